#include "emulator/trace/device_names.h"

#include <gtest/gtest.h>

#include <string>

namespace lockstep::trace {
namespace {

std::string Read(uint64_t pa) {
  const RegisterName name = NameRegister(pa, false);
  return std::string(name.device) + "." + std::string(name.reg);
}
std::string Write(uint64_t pa) {
  const RegisterName name = NameRegister(pa, true);
  return std::string(name.device) + "." + std::string(name.reg);
}

TEST(DeviceNamesTest, Names) {
  EXPECT_EQ(Read(0x10000000), "uart.rbr");
  EXPECT_EQ(Write(0x10000000), "uart.thr");
  EXPECT_EQ(Read(0x10000005), "uart.lsr");
  EXPECT_EQ(Read(0x10000080), "uart.scr");
  EXPECT_EQ(Write(0x2000004), "clint.msip");
  EXPECT_EQ(Write(0x2004008), "clint.mtimecmp");
  EXPECT_EQ(Read(0x200bff8), "clint.mtime");
  EXPECT_EQ(Write(0xc000004), "plic.priority");
  EXPECT_EQ(Read(0xc001000), "plic.pending");
  EXPECT_EQ(Write(0xc002080), "plic.enable");
  EXPECT_EQ(Write(0xc201000), "plic.threshold");
  EXPECT_EQ(Read(0xc201004), "plic.claim");
  EXPECT_EQ(Write(0xc201004), "plic.complete");
  EXPECT_EQ(Read(0x101000), "rtc.time_low");
  EXPECT_EQ(Write(0x10101c), "rtc.clear_interrupt");
  EXPECT_EQ(Write(0x100000), "finisher.finish");
  EXPECT_EQ(Write(0x10100008), "fw_cfg.selector");
  EXPECT_EQ(Read(0x20000000), "flash.flash");
  EXPECT_EQ(Read(0x10001000), "virtio0.magic");
  EXPECT_EQ(Write(0x10008050), "virtio7.queue_notify");
  EXPECT_EQ(Write(0x10008084), "virtio7.queue_desc");
  EXPECT_EQ(Read(0x10008103), "virtio7.config");
  EXPECT_EQ(Read(0x10009000), "none.none");
  EXPECT_EQ(Read(0), "none.none");
}

}  // namespace
}  // namespace lockstep::trace
