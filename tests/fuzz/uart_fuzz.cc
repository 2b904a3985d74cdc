// Any accesses of the serial port, bytes from outside and passing time, in any order.
//
// Input: operations of one byte: 0 to 3 read, 4 to 7 write (with a value), else a byte comes or
// time passes.
#include <cstddef>
#include <cstdint>

#include "emulator/base/check.h"
#include "emulator/devices/fake_clock.h"
#include "emulator/devices/uart16550/uart16550.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lockstep::devices::Uart16550;
  lockstep::devices::FakeClock clock;
  Uart16550 uart(
      &clock, [](uint8_t) {}, [](bool) {});
  uart.Reset();
  for (size_t i = 0; i + 1 < size; i += 2) {
    const unsigned op = data[i] % 16, offset = data[i] / 16 % 8;
    uint64_t value = data[i + 1];
    if (op < 4) {
      LOCKSTEP_CHECK(uart.Read(offset, 1, &value));
      LOCKSTEP_CHECK(value <= 0xff);
    } else if (op < 8) {
      LOCKSTEP_CHECK(uart.Write(offset, 1, value));
    } else if (op < 12) {
      uart.Receive(data[i + 1]);
    } else {
      clock.now_ns += value << op;
      if (uart.DeadlineNs() <= clock.now_ns) uart.OnDeadline();
      LOCKSTEP_CHECK(uart.DeadlineNs() > clock.now_ns) << "a deadline that is not left behind";
    }
    LOCKSTEP_CHECK(uart.state().rx_count <= Uart16550::kFifoBytes);
  }
  return 0;
}
