// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_memory.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <climits>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::ring {
namespace {

constexpr uint32_t kAllGroups = (1u << LOCKSTEP_GROUPS) - 1;
constexpr uint32_t kAllAbilities = (LOCKSTEP_ABILITY_RANGES << 1) - 1;

static_assert(sizeof(lockstep_control) <= LOCKSTEP_PAGE_BYTES);
static_assert(sizeof(lockstep_cursors) <= LOCKSTEP_PAGE_BYTES);
static_assert(sizeof(lockstep_slot) == LOCKSTEP_SLOT_BYTES);
static_assert(std::endian::native == std::endian::little);

absl::Status SystemError(const char* what) {
  return absl::ResourceExhaustedError(
      absl::StrCat("cannot make the shared memory of an instance: ", what, ": ", strerror(errno)));
}

void FutexWake(uint32_t* word) {
  syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

// A NUL-terminated printable ASCII text of at least one character, or nothing.
template <size_t kBytes>
std::optional<std::string> PrintableName(const char (&field)[kBytes]) {
  char copy[kBytes];
  memcpy(copy, field, kBytes);
  const size_t length = strnlen(copy, kBytes);
  if (length == 0 || length == kBytes) return std::nullopt;
  for (size_t i = 0; i < length; ++i) {
    if (copy[i] < ' ' || copy[i] > '~') return std::nullopt;
  }
  return std::string(copy, length);
}

}  // namespace

absl::StatusOr<RingMemory> RingMemory::Create(uint32_t max_vcpus, uint64_t ring_slots,
                                              const struct lockstep_request& request,
                                              const struct lockstep_rules& rules) {
  if (max_vcpus == 0 || max_vcpus > LOCKSTEP_MAX_VCPUS) {
    return absl::InvalidArgumentError(
        absl::StrCat("a ring cannot hold ", max_vcpus, " vCPUs: give 1 to ", LOCKSTEP_MAX_VCPUS));
  }
  if (!std::has_single_bit(ring_slots) || ring_slots < LOCKSTEP_MIN_RING_SLOTS ||
      ring_slots > LOCKSTEP_MAX_RING_SLOTS) {
    return absl::InvalidArgumentError(
        absl::StrCat("a ring cannot have ", ring_slots, " slots: give a power of two from ",
                     LOCKSTEP_MIN_RING_SLOTS, " to ", LOCKSTEP_MAX_RING_SLOTS));
  }
  RingMemory memory;
  memory.max_vcpus_ = max_vcpus;
  memory.ring_slots_ = ring_slots;
  memory.request_ = request;
  memory.ring_offset_ = uint64_t{LOCKSTEP_PAGE_BYTES} * (1 + max_vcpus);
  memory.total_bytes_ = memory.ring_offset_ + max_vcpus * ring_slots * LOCKSTEP_SLOT_BYTES;
  memory.fd_ = memfd_create("lockstep-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory.fd_ < 0) return SystemError("memfd_create");
  if (ftruncate(memory.fd_, static_cast<off_t>(memory.total_bytes_)) != 0) {
    return SystemError("ftruncate");
  }
  if (fcntl(memory.fd_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return SystemError("fcntl(F_ADD_SEALS)");
  }
  void* map = mmap(nullptr, memory.total_bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, memory.fd_, 0);
  if (map == MAP_FAILED) return SystemError("mmap");
  memory.control_ = static_cast<lockstep_control*>(map);
  lockstep_control& control = *memory.control_;
  control.magic = LOCKSTEP_RING_MAGIC;
  control.version = LOCKSTEP_RING_VERSION;
  control.max_vcpus = max_vcpus;
  control.total_bytes = memory.total_bytes_;
  control.ring_offset = memory.ring_offset_;
  control.ring_slots = ring_slots;
  control.request = request;
  control.rules = rules;
  control.agent_pid = static_cast<uint32_t>(getpid());
  return memory;
}

RingMemory::RingMemory(RingMemory&& other) noexcept { *this = std::move(other); }

RingMemory& RingMemory::operator=(RingMemory&& other) noexcept {
  if (this == &other) return *this;
  Release();
  fd_ = std::exchange(other.fd_, -1);
  control_ = std::exchange(other.control_, nullptr);
  total_bytes_ = other.total_bytes_;
  ring_offset_ = other.ring_offset_;
  max_vcpus_ = other.max_vcpus_;
  ring_slots_ = other.ring_slots_;
  request_ = other.request_;
  return *this;
}

RingMemory::~RingMemory() { Release(); }

void RingMemory::Release() {
  if (control_ != nullptr) munmap(control_, total_bytes_);
  if (fd_ >= 0) close(fd_);
  control_ = nullptr;
  fd_ = -1;
}

lockstep_cursors* RingMemory::cursors(uint32_t vcpu) const {
  return reinterpret_cast<lockstep_cursors*>(reinterpret_cast<char*>(control_) +
                                             uint64_t{LOCKSTEP_PAGE_BYTES} * (1 + vcpu));
}

lockstep_slot* RingMemory::slots(uint32_t vcpu) const {
  return reinterpret_cast<lockstep_slot*>(reinterpret_cast<char*>(control_) + ring_offset_ +
                                          vcpu * ring_slots_ * LOCKSTEP_SLOT_BYTES);
}

ProducerState RingMemory::producer_state() const {
  switch (__atomic_load_n(&control_->state, __ATOMIC_ACQUIRE)) {
    case LOCKSTEP_OPENED:
      return ProducerState::kOpened;
    case LOCKSTEP_CLOSED:
      return ProducerState::kClosed;
    default:
      return ProducerState::kNotOpened;
  }
}

absl::StatusOr<state::ProducerIdentity> RingMemory::Identity() const {
  if (producer_state() == ProducerState::kNotOpened) {
    return absl::FailedPreconditionError("the producer has not opened the ring");
  }
  const std::optional<std::string> producer = PrintableName(control_->producer);
  const std::optional<std::string> arch = PrintableName(control_->guest_arch);
  if (!producer.has_value()) {
    return absl::DataLossError("the ring's producer name is empty, too long or not printable");
  }
  if (!arch.has_value()) {
    return absl::DataLossError("the ring's guest_arch is empty, too long or not printable");
  }
  const uint32_t vcpus = __atomic_load_n(&control_->vcpus, __ATOMIC_RELAXED);
  const uint32_t groups = __atomic_load_n(&control_->groups, __ATOMIC_RELAXED);
  const uint32_t abilities = __atomic_load_n(&control_->abilities, __ATOMIC_RELAXED);
  const uint32_t engine = __atomic_load_n(&control_->engine, __ATOMIC_RELAXED);
  if (vcpus == 0 || vcpus > max_vcpus_) {
    return absl::DataLossError(
        absl::StrCat("the ring names ", vcpus, " vCPUs and has room for ", max_vcpus_));
  }
  if ((groups & ~kAllGroups) != 0) {
    return absl::DataLossError(
        absl::StrCat("the ring names unknown digest groups 0x", absl::Hex(groups)));
  }
  if ((abilities & ~kAllAbilities) != 0) {
    return absl::DataLossError(
        absl::StrCat("the ring names unknown abilities 0x", absl::Hex(abilities)));
  }
  if (engine > LOCKSTEP_ENGINE_JIT) {
    return absl::DataLossError(absl::StrCat("the ring names unknown engine ", engine));
  }
  return state::ProducerIdentity{.producer = *producer,
                                 .guest_arch = *arch,
                                 .vcpus = vcpus,
                                 .groups = groups,
                                 .abilities = abilities,
                                 .engine = static_cast<state::Engine>(engine)};
}

void RingMemory::RequestStop() {
  __atomic_store_n(&control_->stop_requested, 1, __ATOMIC_RELEASE);
  __atomic_add_fetch(&control_->space_futex, 1, __ATOMIC_RELEASE);
  FutexWake(&control_->space_futex);
}

bool RingMemory::AnyUnread(uint64_t at_least) const {
  for (uint32_t vcpu = 0; vcpu < max_vcpus_; ++vcpu) {
    const lockstep_cursors* c = cursors(vcpu);
    const uint64_t published = __atomic_load_n(&c->published, __ATOMIC_SEQ_CST);
    const uint64_t consumed = __atomic_load_n(&c->consumed, __ATOMIC_RELAXED);
    const uint64_t flushed = __atomic_load_n(&c->flushed, __ATOMIC_RELAXED);
    if (published - consumed >= at_least) return true;
    if (published != consumed && flushed == published) return true;  // no more comes
  }
  return false;
}

bool RingMemory::WaitForData(absl::Duration timeout, uint32_t min_slots) {
  if (min_slots == 0) min_slots = 1;
  const uint32_t seen = __atomic_load_n(&control_->data_futex, __ATOMIC_ACQUIRE);
  // A ring that is full, or as good as full, is news whatever was asked for.
  if (min_slots > ring_slots_ / 2) min_slots = static_cast<uint32_t>(ring_slots_ / 2);
  // A producer stores published, then loads agent_waiting: one of us must see the other.
  __atomic_store_n(&control_->agent_waiting, min_slots, __ATOMIC_SEQ_CST);
  if (!AnyUnread(min_slots) && producer_state() != ProducerState::kClosed &&
      timeout > absl::ZeroDuration()) {
    const timespec limit = absl::ToTimespec(timeout);
    syscall(SYS_futex, &control_->data_futex, FUTEX_WAIT, seen,
            timeout == absl::InfiniteDuration() ? nullptr : &limit, nullptr, 0);
  }
  __atomic_store_n(&control_->agent_waiting, 0, __ATOMIC_RELAXED);
  return AnyUnread(1);
}

uint32_t RingMemory::wake_count() const {
  return __atomic_load_n(&control_->data_futex, __ATOMIC_ACQUIRE);
}

void RingMemory::WakeWaiter() {
  __atomic_add_fetch(&control_->data_futex, 1, __ATOMIC_RELEASE);
  FutexWake(&control_->data_futex);
}

}  // namespace lockstep::ring
