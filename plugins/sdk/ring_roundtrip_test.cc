// SPDX-License-Identifier: MIT
// The producer library against the reader, through a real memfd.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "plugins/sdk/ring_test_util.h"

namespace lockstep::ring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Create, RefusesBadGeometry) {
  EXPECT_EQ(RingMemory::Create(0, 8192, WantAll()).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(RingMemory::Create(65, 8192, WantAll()).ok());
  EXPECT_FALSE(RingMemory::Create(1, 4096, WantAll()).ok());
  EXPECT_FALSE(RingMemory::Create(1, 8193, WantAll()).ok());
}

TEST(Open, ReportsWhatIsWrong) {
  struct lockstep_open_params params = AllParams();
  lockstep_producer* p = nullptr;
  unsetenv(LOCKSTEP_RING_ENV);
  EXPECT_EQ(lockstep_open(&params, &p), -ENOENT);
  setenv(LOCKSTEP_RING_ENV, "three", 1);
  EXPECT_EQ(lockstep_open(&params, &p), -EINVAL);
  setenv(LOCKSTEP_RING_ENV, "999", 1);
  EXPECT_EQ(lockstep_open(&params, &p), -EBADF);

  RingMemory memory = RingMemory::Create(2, 8192, WantAll()).value();
  NameRing(memory);
  params.vcpus = 3;
  EXPECT_EQ(lockstep_open(&params, &p), -E2BIG);
  params.vcpus = 0;
  EXPECT_EQ(lockstep_open(&params, &p), -EINVAL);
  params = AllParams();
  const std::string long_name(64, 'x');
  params.producer = long_name.c_str();
  EXPECT_EQ(lockstep_open(&params, &p), -EINVAL);
  params = AllParams();
  params.guest_arch = "";
  EXPECT_EQ(lockstep_open(&params, &p), -EINVAL);

  params = AllParams();
  lockstep_control* control = memory.control();
  EXPECT_EQ(memory.Identity().status().code(), absl::StatusCode::kFailedPrecondition);
  const auto broken = [&](auto& field, uint64_t value) {
    const auto good = field;
    field = static_cast<std::remove_reference_t<decltype(field)>>(value);
    const int error = lockstep_open(&params, &p);
    field = good;
    return error;
  };
  EXPECT_EQ(broken(control->magic, 1), -EPROTO);
  EXPECT_EQ(broken(control->version, 1), -EPROTONOSUPPORT);
  EXPECT_EQ(broken(control->total_bytes, control->total_bytes + 4096), -EPROTO);
  EXPECT_EQ(broken(control->ring_slots, control->ring_slots * 2), -EPROTO);
  EXPECT_EQ(broken(control->ring_slots, uint64_t{1} << 60), -EPROTO);
  EXPECT_EQ(broken(control->ring_offset, 4096), -EPROTO);
  EXPECT_EQ(broken(control->ring_offset, ~uint64_t{4095}), -EPROTO);
  EXPECT_EQ(broken(control->max_vcpus, 1000), -EPROTO);
  EXPECT_EQ(broken(control->rules.n_csr_masks, LOCKSTEP_MAX_CSR_MASKS + 1), -EPROTO);
  EXPECT_EQ(broken(control->rules.n_csr_masks, 1), -EPROTO);  // its name is empty
  EXPECT_EQ(broken(control->rules.n_extra_csrs, 1), -EPROTO);
  EXPECT_EQ(broken(control->rules.n_extra_csrs, LOCKSTEP_MAX_EXTRA_CSRS + 1), -EPROTO);
  EXPECT_EQ(broken(control->rules.n_ranges, 1), -EPROTO);  // it has no length
  EXPECT_EQ(broken(control->rules.n_ranges, LOCKSTEP_MAX_RANGES + 1), -EPROTO);

  ASSERT_EQ(lockstep_open(&params, &p), 0);
  lockstep_producer* second = nullptr;
  EXPECT_EQ(lockstep_open(&params, &second), -EBUSY);
  EXPECT_EQ(memory.producer_state(), ProducerState::kOpened);
  EXPECT_EQ(memory.Identity()->producer, "test 1.0");
  EXPECT_EQ(memory.Identity()->engine, state::Engine::kJit);
  EXPECT_EQ(lockstep_close(p), 0);
  EXPECT_EQ(memory.producer_state(), ProducerState::kClosed);
}

TEST(Identity, ChecksWhatTheProducerWrote) {
  Pair pair;
  lockstep_control* control = pair.memory.control();
  const auto message = [&](auto& field, uint64_t value) {
    const auto good = field;
    field = static_cast<std::remove_reference_t<decltype(field)>>(value);
    const absl::Status status = pair.memory.Identity().status();
    field = good;
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    return std::string(status.message());
  };
  EXPECT_THAT(message(control->vcpus, 2), HasSubstr("2 vCPUs"));
  EXPECT_THAT(message(control->groups, 0x10), HasSubstr("groups 0x10"));
  EXPECT_THAT(message(control->abilities, 0x10000), HasSubstr("abilities 0x10000"));
  EXPECT_THAT(message(control->engine, 3), HasSubstr("engine 3"));
  EXPECT_THAT(message(control->producer[0], 0), HasSubstr("producer name"));
  EXPECT_THAT(message(control->guest_arch[1], 27), HasSubstr("guest_arch"));
}

TEST(RoundTrip, EveryKindOfRecord) {
  Pair pair;
  lockstep_producer* p = pair.producer;
  RingReader reader = pair.Reader();
  const char* names[] = {"gpr:a0", "csr:mepc", "pc:pc"};
  ASSERT_EQ(lockstep_register_names(p, 0, names, 3), 0);
  EXPECT_EQ(lockstep_register_names(p, 0, names, 3), -EINVAL);
  ASSERT_EQ(Describe(p, 1, 3), 0);
  ASSERT_EQ(Describe(p, 2, 5), 0);
  const uint64_t registers[] = {10, 20, 30};
  lockstep_registers(p, 0, 0, registers, 3);
  lockstep_set_step_base(p, 0, 77);
  lockstep_enter(p, 0, 1, 0, 0xabc);
  lockstep_set_group(p, 0, LOCKSTEP_MEM, 0x123);
  lockstep_set_group(p, 0, LOCKSTEP_MEM, 0x123);  // unchanged: no record
  const uint64_t trap[] = {2, 0x1004, 0, 3, 3, 0x2000};
  lockstep_event(p, 0, LOCKSTEP_EV_EXCEPTION, 2, trap, 6);
  lockstep_console(p, 0, 2, "hi\0\xff", 4);
  lockstep_enter(p, 0, 2, 2, 0xdef);
  struct lockstep_end end {};
  end.reason = LOCKSTEP_END_EXIT;
  end.icount = 7;
  end.step = 84;
  end.digests[3] = 9;
  end.console_digest = 5;
  end.exit_code = -3;
  end.text = "by\033e";
  lockstep_end(p, 0, &end);
  lockstep_enter(p, 0, 2, 7, 0);  // after the end: dropped

  absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->sequence, 0u);
  EXPECT_EQ(batch->records, reader.position());
  EXPECT_THAT(batch->block_ids, ElementsAre(1, 2));
  EXPECT_THAT(batch->icount_offsets, ElementsAre(0, 2));
  EXPECT_THAT(batch->gpr_digests, ElementsAre(0xabc, 0xdef));
  ASSERT_EQ(batch->infos.size(), 2u);
  EXPECT_EQ(batch->infos[1].before, 0u);
  EXPECT_EQ(batch->infos[1].value.pc, 0x2000u);
  EXPECT_EQ(batch->infos[1].value.space.privilege(), 3);
  EXPECT_THAT(batch->infos[1].value.offsets, ElementsAre(0, 4, 8, 12, 16));
  EXPECT_EQ(batch->infos[1].value.code.size(), 20u);
  ASSERT_EQ(batch->group_updates.size(), 1u);
  EXPECT_EQ(batch->group_updates[0].before, 1u);
  EXPECT_EQ(batch->group_updates[0].value.digest, 0x123u);
  ASSERT_EQ(batch->events.size(), 1u);
  EXPECT_EQ(batch->events[0].value.kind, state::EventKind::kException);
  EXPECT_EQ(batch->events[0].value.icount, 2u);
  EXPECT_EQ(batch->events[0].value.n_fields, 6);
  EXPECT_EQ(batch->events[0].value.fields[5], 0x2000u);
  ASSERT_EQ(batch->registers.size(), 1u);
  EXPECT_THAT(batch->registers[0].value.values, ElementsAre(10, 20, 30));
  ASSERT_EQ(batch->register_names.size(), 3u);
  EXPECT_EQ(batch->register_names[1], (state::RegisterName{"csr", "mepc"}));
  ASSERT_EQ(batch->step_bases.size(), 1u);
  EXPECT_EQ(batch->step_bases[0].value, 77u);
  ASSERT_EQ(batch->console.size(), 1u);
  EXPECT_EQ(batch->console[0].value.bytes, std::string("hi\0\xff", 4));
  ASSERT_TRUE(batch->end.has_value());
  EXPECT_EQ(batch->end->reason, state::EndReason::kExit);
  EXPECT_EQ(batch->end->icount, 7u);
  EXPECT_EQ(batch->end->step, 84u);
  EXPECT_EQ(batch->end->digests[3], 9u);
  EXPECT_EQ(batch->end->console_digest, 5u);
  EXPECT_EQ(batch->end->exit_code, -3);
  EXPECT_EQ(batch->end->text, "by?e");
  EXPECT_TRUE(reader.ended());
  EXPECT_TRUE(reader.exhausted());
  batch = reader.Drain();
  ASSERT_TRUE(batch.ok());
  EXPECT_EQ(batch->records, 0u);
}

TEST(Producer, IsGivenTheRules) {
  struct lockstep_rules rules {};
  rules.n_csr_masks = 2;
  strcpy(rules.csr_masks[0].csr, "mip");
  rules.csr_masks[0].ignored_bits = 0x80;
  strcpy(rules.csr_masks[1].csr, "a_register_of_23_bytes_");
  rules.csr_masks[1].ignored_bits = ~uint64_t{0};
  rules.n_extra_csrs = 1;
  strcpy(rules.extra_csrs[0], "time");
  rules.n_ranges = 2;
  rules.ranges[0] = {0x80000000, 0x1000};
  rules.ranges[1] = {~uint64_t{0}, 1};
  RingMemory memory = RingMemory::Create(1, LOCKSTEP_MIN_RING_SLOTS, WantAll(), rules).value();
  NameRing(memory);
  const struct lockstep_open_params params = AllParams();
  lockstep_producer* p = nullptr;
  ASSERT_EQ(lockstep_open(&params, &p), 0);
  const struct lockstep_rules* given = lockstep_rules(p);
  EXPECT_EQ(memcmp(given, &rules, sizeof(rules)), 0);
  EXPECT_EQ(lockstep_ignored_bits(given, "mip"), 0x80u);
  EXPECT_EQ(lockstep_ignored_bits(given, "a_register_of_23_bytes_"), ~uint64_t{0});
  EXPECT_EQ(lockstep_ignored_bits(given, "mie"), 0u);
  lockstep_close(p);

  // A range that wraps is refused.
  RingMemory wrong = RingMemory::Create(1, LOCKSTEP_MIN_RING_SLOTS, WantAll(), rules).value();
  wrong.control()->rules.ranges[1].bytes = 2;
  NameRing(wrong);
  EXPECT_EQ(lockstep_open(&params, &p), -EPROTO);
  // So is a name without an end.
  wrong.control()->rules.ranges[1].bytes = 1;
  wrong.control()->rules.csr_masks[1].csr[23] = 'x';
  EXPECT_EQ(lockstep_open(&params, &p), -EPROTO);
}

TEST(Producer, RefusesBadBlocks) {
  Pair pair;
  struct lockstep_block block {};
  uint16_t offsets[] = {0, 4, 4};
  block.id = 1;
  block.offsets = offsets;
  EXPECT_EQ(lockstep_block_info(pair.producer, 0, &block), -EINVAL);  // no instruction
  block.n_insns = 3;
  EXPECT_EQ(lockstep_block_info(pair.producer, 0, &block), -EINVAL);  // offsets do not rise
  block.n_insns = 2;
  EXPECT_EQ(lockstep_block_info(pair.producer, 0, &block), 0);
  block.id = 0x80000000u;
  EXPECT_EQ(lockstep_block_info(pair.producer, 0, &block), -EINVAL);
  EXPECT_EQ(Describe(pair.producer, 3, 15000), -EMSGSIZE);
}

TEST(Producer, LeavesOutWhatIsNotWanted) {
  struct lockstep_request request = WantAll();
  request.groups = 1u << LOCKSTEP_CSR;
  request.events = 1u << LOCKSTEP_EV_MMIO;
  Pair pair(request);
  RingReader reader = pair.Reader();
  Describe(pair.producer, 1, 4);
  lockstep_set_group(pair.producer, 0, LOCKSTEP_MEM, 1);
  lockstep_set_group(pair.producer, 0, LOCKSTEP_CSR, 2);
  const uint64_t fields[8] = {};
  lockstep_event(pair.producer, 0, LOCKSTEP_EV_TLB_FILL, 0, fields, 8);
  lockstep_event(pair.producer, 0, LOCKSTEP_EV_MMIO, 0, fields, 4);
  lockstep_enter(pair.producer, 0, 1, 0, 5);
  lockstep_flush(pair.producer, 0);
  const absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->group_updates.size(), 1u);
  EXPECT_EQ(batch->events.size(), 1u);
  EXPECT_EQ(batch->block_ids.size(), 1u);
  EXPECT_TRUE(batch->gpr_digests.empty());
}

TEST(Producer, IsSilentUntilAsked) {
  struct lockstep_request request = WantAll();
  request.silent_until_icount = 5'000'000'000;  // its low half is not where a count from 0 begins
  Pair pair(request);
  RingReader reader = pair.Reader();
  Describe(pair.producer, 1, 1000);
  const uint64_t fields[8] = {};
  for (uint64_t icount = 4'999'000'000; icount < 5'000'002'500; icount += 1000) {
    if (icount % 100'000 == 0) Describe(pair.producer, 2, 10);  // infos pass
    lockstep_set_group(pair.producer, 0, LOCKSTEP_MEM, icount);
    lockstep_event(pair.producer, 0, LOCKSTEP_EV_TLB_FILL, icount, fields, 8);
    lockstep_enter(pair.producer, 0, 1, icount, icount);
  }
  lockstep_flush(pair.producer, 0);
  const absl::StatusOr<state::Batch> batch = reader.Drain();
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->infos.size(), 12u);
  EXPECT_EQ(batch->first_icount, 5'000'000'000u);
  EXPECT_THAT(batch->icount_offsets, ElementsAre(0, 1000, 2000));
  EXPECT_EQ(batch->events.size(), 3u);
  ASSERT_EQ(batch->group_updates.size(), 3u);
  EXPECT_EQ(batch->group_updates[0].before, 0u);
  EXPECT_EQ(batch->group_updates[0].value.digest, 5'000'000'000u);
}

// The second pass after a divergence of vCPU 1 wants no other.
TEST(Producer, OnlyOneVcpuSpeaksIfAsked) {
  struct lockstep_request request = WantAll();
  request.silent_until_icount = 100;
  request.only_vcpu = 2;
  Pair pair(request, AllParams(2));
  for (uint32_t vcpu : {0u, 1u}) {
    Describe(pair.producer, 1, 1, vcpu);
    lockstep_set_step_base(pair.producer, vcpu, 1000);
    for (uint64_t icount = 0; icount < 200; ++icount) {
      lockstep_enter(pair.producer, vcpu, 1, icount, icount);
    }
    struct lockstep_end end {};
    end.reason = LOCKSTEP_END_LIMIT;
    end.icount = 200;
    lockstep_end(pair.producer, vcpu, &end);
    RingReader reader = pair.Reader(vcpu);
    const absl::StatusOr<state::Batch> batch = reader.Drain();
    ASSERT_TRUE(batch.ok()) << batch.status();
    EXPECT_EQ(batch->block_ids.size(), vcpu == 0 ? 0u : 100u);
    EXPECT_EQ(batch->step_bases.size(), vcpu == 0 ? 0u : 1u);
    ASSERT_TRUE(batch->end.has_value());
    EXPECT_EQ(batch->end->icount, 200u);
  }
}

// Every record lands at every position of the ring, so that headers and payloads wrap.
TEST(RoundTrip, WrapsAround) {
  Pair pair;
  lockstep_producer* p = pair.producer;
  RingReader reader = pair.Reader();
  uint64_t icount = 0;
  uint64_t seen = 0;
  uint64_t sequence = 0;
  for (uint32_t round = 0; round < 20000; ++round) {
    const uint32_t id = round % 300;
    const uint32_t n = 1 + (round * 7) % 40;
    ASSERT_EQ(Describe(p, id, n), 0);
    lockstep_enter(p, 0, id, icount, icount * 3);
    icount += n;
    if (round % 100 != 99) continue;
    lockstep_flush(p, 0);
    for (;;) {
      const absl::StatusOr<state::Batch> batch = reader.Drain(97);
      ASSERT_TRUE(batch.ok()) << batch.status();
      if (batch->records == 0) break;
      ASSERT_EQ(batch->sequence, sequence++);
      for (size_t i = 0; i < batch->block_ids.size(); ++i, ++seen) {
        ASSERT_EQ(batch->block_ids[i], seen % 300);
        ASSERT_EQ(batch->gpr_digests[i], 3 * (batch->first_icount + batch->icount_offsets[i]));
      }
      for (const auto& info : batch->infos) {
        ASSERT_EQ(info.value.pc, 0x1000u * info.value.id);
        ASSERT_EQ(info.value.code, std::vector<uint8_t>(4 * info.value.n_insns,
                                                        static_cast<uint8_t>(info.value.id)));
      }
    }
  }
  EXPECT_EQ(seen, 20000u);
  EXPECT_GT(reader.position(), 10u * LOCKSTEP_MIN_RING_SLOTS);
}

TEST(RoundTrip, TheLargestRecordFits) {
  Pair pair;
  RingReader reader = pair.Reader();
  const std::string text(LOCKSTEP_MAX_PAYLOAD_BYTES + 100, 'x');
  std::thread producer([&] {
    for (int i = 0; i < 20; ++i) lockstep_console(pair.producer, 0, 0, text.data(), text.size());
    lockstep_flush(pair.producer, 0);
  });
  size_t bytes = 0;
  while (bytes < 20 * text.size()) {
    pair.memory.WaitForData(absl::Milliseconds(10));
    const absl::StatusOr<state::Batch> batch = reader.Drain(16);
    ASSERT_TRUE(batch.ok()) << batch.status();
    for (const auto& console : batch->console) bytes += console.value.bytes.size();
  }
  producer.join();
  EXPECT_EQ(bytes, 20 * text.size());
}

// A producer far ahead of its reader: it waits, and nothing is lost or repeated.
TEST(RoundTrip, FullRingWithASlowReader) {
  Pair pair;
  constexpr uint64_t kBlocks = 400'000;
  std::thread producer([&] {
    Describe(pair.producer, 7, 3);
    for (uint64_t i = 0; i < kBlocks; ++i) {
      lockstep_enter(pair.producer, 0, 7, 3 * i, i);
      if (i % 1000 == 0) lockstep_set_group(pair.producer, 0, LOCKSTEP_MEM, i + 1);
    }
    struct lockstep_end end {};
    end.reason = LOCKSTEP_END_LIMIT;
    end.icount = 3 * kBlocks;
    lockstep_end(pair.producer, 0, &end);
  });
  RingReader reader = pair.Reader();
  uint64_t seen = 0;
  uint64_t updates = 0;
  state::Batch batch;
  for (uint64_t round = 0; !reader.ended(); ++round) {
    pair.memory.WaitForData(absl::Milliseconds(100), 4096);
    ASSERT_TRUE(reader.Drain(round % 7 == 0 ? 5 : 3000, &batch).ok());
    for (uint64_t digest : batch.gpr_digests) ASSERT_EQ(digest, seen++);
    updates += batch.group_updates.size();
    if (round % 50 == 0) absl::SleepFor(absl::Milliseconds(1));
  }
  producer.join();
  EXPECT_EQ(seen, kBlocks);
  EXPECT_EQ(updates, kBlocks / 1000);
}

// A record of many slots passes the place where the producer would publish and look for space.
TEST(RoundTrip, BlocksAfterALongRecordStillWaitForTheReader) {
  Pair pair;
  const uint64_t blocks = 3 * LOCKSTEP_MIN_RING_SLOTS;
  std::thread producer([&] {
    Describe(pair.producer, 7, 200);
    for (uint64_t i = 0; i < blocks; ++i) {
      lockstep_enter(pair.producer, 0, 7, 200 * i, i);
      if (i % 100 == 63) Describe(pair.producer, 7, 200);
    }
    struct lockstep_end end {};
    end.reason = LOCKSTEP_END_LIMIT;
    end.icount = 200 * blocks;
    lockstep_end(pair.producer, 0, &end);
  });
  RingReader reader = pair.Reader();
  uint64_t seen = 0;
  state::Batch batch;
  while (!reader.ended()) {
    pair.memory.WaitForData(absl::Milliseconds(100), 4096);
    absl::SleepFor(absl::Microseconds(200));
    const absl::Status status = reader.Drain(1000, &batch);
    if (!status.ok()) {
      ADD_FAILURE() << status;
      break;
    }
    for (uint64_t digest : batch.gpr_digests) ASSERT_EQ(digest, seen++);
  }
  producer.join();
  EXPECT_EQ(seen, blocks);
}

TEST(RoundTrip, SeveralVcpus) {
  Pair pair(WantAll(), AllParams(3));
  std::vector<std::thread> threads;
  for (uint32_t vcpu = 0; vcpu < 3; ++vcpu) {
    threads.emplace_back([&, vcpu] {
      Describe(pair.producer, 1, 1, vcpu);
      for (uint64_t i = 0; i < 50'000; ++i) lockstep_enter(pair.producer, vcpu, 1, i, vcpu);
      lockstep_flush(pair.producer, vcpu);
    });
  }
  std::vector<RingReader> readers;
  for (uint32_t vcpu = 0; vcpu < 3; ++vcpu) readers.push_back(pair.Reader(vcpu));
  uint64_t seen[3] = {};
  while (seen[0] + seen[1] + seen[2] < 150'000) {
    pair.memory.WaitForData(absl::Milliseconds(100), 1000);
    for (RingReader& reader : readers) {
      const absl::StatusOr<state::Batch> batch = reader.Drain();
      ASSERT_TRUE(batch.ok()) << batch.status();
      seen[batch->vcpu] += batch->block_ids.size();
      for (uint64_t digest : batch->gpr_digests) ASSERT_EQ(digest, batch->vcpu);
    }
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(seen, ElementsAre(50'000, 50'000, 50'000));
}

// icount beyond 32 bits is put together from its low half; a batch ends where an offset would not
// fit.
TEST(RoundTrip, LargeCounts) {
  struct lockstep_open_params params = AllParams();
  params.abilities = 0;
  Pair pair(WantAll(), params, 1 << 18);
  RingReader reader = pair.Reader();
  struct lockstep_block block {};
  block.id = 1;
  block.n_insns = 65535;
  ASSERT_EQ(lockstep_block_info(pair.producer, 0, &block), 0);
  for (uint64_t i = 0; i < 200'000; ++i) lockstep_enter(pair.producer, 0, 1, i * 65535, 0);
  lockstep_flush(pair.producer, 0);
  uint64_t seen = 0;
  int batches = 0;
  for (;; ++batches) {
    const absl::StatusOr<state::Batch> batch = reader.Drain(1 << 18);
    ASSERT_TRUE(batch.ok()) << batch.status();
    if (batch->records == 0) break;
    for (uint32_t offset : batch->icount_offsets) {
      ASSERT_EQ(batch->first_icount + offset, seen++ * 65535);
    }
  }
  EXPECT_EQ(seen, 200'000u);
  EXPECT_EQ(batches, 4);
  EXPECT_EQ(reader.last_icount(), 199'999ull * 65535);
}

TEST(Wait, ReturnsOnDataFlushAndTime) {
  Pair pair;
  const absl::Time start = absl::Now();
  EXPECT_FALSE(pair.memory.WaitForData(absl::Milliseconds(30)));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(29));
  std::thread producer([&] {
    absl::SleepFor(absl::Milliseconds(20));
    Describe(pair.producer, 1, 1);
    lockstep_flush(pair.producer, 0);
  });
  EXPECT_TRUE(pair.memory.WaitForData(absl::Seconds(20), 1000));  // a flush wakes at once
  EXPECT_LT(absl::Now() - start, absl::Seconds(10));
  producer.join();
  EXPECT_TRUE(pair.memory.WaitForData(absl::Seconds(20), 1));
}

}  // namespace
}  // namespace lockstep::ring
