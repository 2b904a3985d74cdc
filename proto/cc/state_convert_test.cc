#include "proto/cc/state_convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "proto/cc/test_values.h"

namespace lockstep::wire {
namespace {

using ::testing::HasSubstr;

v1::BlockBatch FullProto() {
  v1::BlockBatch proto;
  ToProto(FullBatch(), &proto);
  return proto;
}

TEST(Batch, RoundTrip) {
  const state::Batch batch = FullBatch();
  const v1::BlockBatch proto = FullProto();
  EXPECT_EQ(proto.block_ids().size(), 12u);
  const absl::StatusOr<state::Batch> again = FromProto(proto);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->vcpu, batch.vcpu);
  EXPECT_EQ(again->sequence, batch.sequence);
  EXPECT_EQ(again->records, batch.records);
  EXPECT_EQ(again->first_icount, batch.first_icount);
  EXPECT_EQ(again->block_ids, batch.block_ids);
  EXPECT_EQ(again->icount_offsets, batch.icount_offsets);
  EXPECT_EQ(again->gpr_digests, batch.gpr_digests);
  ASSERT_EQ(again->infos.size(), 2u);
  EXPECT_EQ(again->infos[0].value.offsets, batch.infos[0].value.offsets);
  EXPECT_EQ(again->infos[0].value.code, batch.infos[0].value.code);
  EXPECT_EQ(again->infos[1].before, 3u);
  EXPECT_EQ(again->infos[1].value.pc, batch.infos[1].value.pc);
  EXPECT_EQ(again->infos[1].value.space.tag, 0x12340801u);
  EXPECT_EQ(again->infos[1].value.n_insns, 70u);
  ASSERT_EQ(again->group_updates.size(), 2u);
  EXPECT_EQ(again->group_updates[1].before, 2u);
  EXPECT_EQ(again->group_updates[1].value.group, state::Group::kFpr);
  EXPECT_EQ(again->group_updates[1].value.digest, ~0ull);
  ASSERT_EQ(again->events.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again->events[i].before, batch.events[i].before);
    EXPECT_EQ(again->events[i].value, batch.events[i].value);
  }
  ASSERT_EQ(again->registers.size(), 2u);
  EXPECT_EQ(again->registers[1].value.icount, 6u);
  EXPECT_EQ(again->registers[1].value.values, batch.registers[1].value.values);
  ASSERT_EQ(again->step_bases.size(), 2u);
  EXPECT_EQ(again->step_bases[1].value, ~0ull);
  ASSERT_EQ(again->console.size(), 1u);
  EXPECT_EQ(again->console[0].value.bytes, batch.console[0].value.bytes);
  EXPECT_EQ(again->register_names, batch.register_names);
  ASSERT_TRUE(again->end.has_value());
  EXPECT_EQ(again->end->reason, state::EndReason::kError);
  EXPECT_EQ(again->end->step, batch.end->step);
  EXPECT_EQ(again->end->digests, batch.end->digests);
  EXPECT_EQ(again->end->exit_code, -6);
  EXPECT_EQ(again->end->text, "gave up");
}

TEST(Batch, MemoryOfTheMessageIsUsedAgain) {
  v1::BlockBatch proto = FullProto();
  const std::string once = proto.SerializeAsString();
  ToProto(FullBatch(), &proto);
  EXPECT_EQ(proto.SerializeAsString(), once);
}

TEST(Batch, TextThatIsNotUtf8StaysSendable) {
  state::Batch batch;
  batch.end.emplace().text = "a\xff";
  v1::BlockBatch proto;
  ToProto(batch, &proto);
  EXPECT_EQ(proto.end().text(), "a\xef\xbf\xbd");
}

// Credit counts slots: nothing may come without any.
TEST(Batch, TakesAtLeastTheSlotsOfItsRecords) {
  v1::BlockBatch proto;
  EXPECT_EQ(FromProto(proto).status().message(), "record_count: 0 slots for what takes 1");
  proto.set_record_count(1);
  EXPECT_TRUE(FromProto(proto).ok());
  proto.add_console()->set_data(std::string(160, 'x'));
  EXPECT_EQ(FromProto(proto).status().message(), "record_count: 1 slots for what takes 11");
  proto.set_record_count(11);
  EXPECT_TRUE(FromProto(proto).ok());
}

struct BadBatch {
  std::function<void(v1::BlockBatch&)> spoil;
  const char* message;
};

TEST(Batch, EachFieldIsChecked) {
  const std::string u32(4, 0);
  const BadBatch cases[] = {
      {[](auto& b) { b.set_vcpu(64); }, "vcpu: 64"},
      {[](auto& b) { b.set_record_count(35); }, "record_count: 35 slots for what takes 36"},
      {[](auto& b) { b.set_block_count(4); }, "block_ids: the column has 12 bytes, not 4 values"},
      {[](auto& b) { b.set_block_count(0x40000003); }, "block"},
      {[](auto& b) { b.mutable_block_ids()->append("x"); }, "block_ids: "},
      {[](auto& b) { (*b.mutable_block_ids())[3] = '\x80'; }, "block_ids: an id is not below"},
      {[](auto& b) { b.mutable_icount_offsets()->clear(); }, "icount_offsets: "},
      {[](auto& b) { (*b.mutable_icount_offsets())[0] = 1; }, "icount_offsets: they must begin"},
      {[](auto& b) { (*b.mutable_icount_offsets())[8] = 2; }, "icount_offsets: they must"},
      {[](auto& b) { b.set_first_icount(~0ull - 2); }, "first_icount: "},
      {[](auto& b) { b.mutable_gpr_digests()->resize(16); }, "gpr_digests: "},
      {[](auto& b) { b.mutable_infos(0)->set_id(1u << 31); }, "infos.id"},
      {[](auto& b) { b.mutable_infos(0)->set_insn_count(0); }, "infos.insn_count: 0"},
      {[](auto& b) { b.mutable_infos(0)->set_insn_count(65536); }, "infos.insn_count: 65536"},
      {[](auto& b) { b.mutable_infos(0)->set_insn_count(3); }, "infos.offsets: the column"},
      {[](auto& b) { (*b.mutable_infos(0)->mutable_offsets())[0] = 1; }, "infos.offsets: they"},
      {[](auto& b) { (*b.mutable_infos(0)->mutable_offsets())[2] = 0; }, "infos.offsets: they"},
      {[](auto& b) { b.mutable_infos(0)->set_code("x"); }, "infos.code"},
      {[](auto& b) { b.mutable_infos(0)->set_before(4); }, "infos.before: place 4"},
      {[](auto& b) { b.mutable_infos(1)->set_before(0), b.mutable_infos(0)->set_before(1); },
       "infos.before: place 0 after place 1"},
      {[](auto& b) { b.mutable_group_ids()->append("\2"); }, "group_before: the column"},
      {[&](auto& b) { b.mutable_group_ids()->append("\2"), b.mutable_group_before()->append(u32); },
       "group_digests: the column"},
      {[](auto& b) { (*b.mutable_group_ids())[0] = 1; }, "group_ids: 1"},
      {[](auto& b) { (*b.mutable_group_ids())[0] = 5; }, "group_ids: 5"},
      {[](auto& b) { (*b.mutable_group_before())[0] = 3; }, "group_before: place 2 after place 3"},
      {[](auto& b) { (*b.mutable_event_kinds())[0] = 0; }, "event_kinds: unknown kind 0"},
      {[](auto& b) { (*b.mutable_event_kinds())[0] = 8; }, "event_kinds: unknown kind 8"},
      {[](auto& b) { (*b.mutable_event_kinds())[0] = 6; }, "event_fields: the column"},
      {[](auto& b) { b.mutable_event_icounts()->clear(); }, "event_icounts: "},
      {[](auto& b) { (*b.mutable_event_before())[8] = 9; }, "event_before: place 9"},
      {[](auto& b) { b.set_register_count(3); }, "register_values: "},
      {[](auto& b) { b.set_register_count(4097); }, "register_count: 4097"},
      {[](auto& b) { b.set_register_count(0), b.clear_register_values(); }, "register_count: 0"},
      {[](auto& b) { b.mutable_register_icounts()->append("x"); }, "register_icounts: "},
      {[](auto& b) { b.mutable_register_before()->clear(); }, "register_before: "},
      {[](auto& b) { b.mutable_register_names(0)->set_group("vec"); }, "register_names.group"},
      {[](auto& b) { b.mutable_register_names(0)->clear_name(); }, "register_names.name: empty"},
      {[](auto& b) { b.mutable_register_names(0)->set_name("a b"); }, "not printable"},
      {[](auto& b) {
         for (int i = 0; i < 4097; ++i) b.add_register_names();
       },
       "register_names: 4099"},
      {[](auto& b) { b.mutable_step_bases()->append("x"); }, "step_bases: "},
      {[](auto& b) { b.clear_step_before(); }, "step_before: "},
      {[](auto& b) { b.mutable_console(0)->set_before(7); }, "console.before: place 7"},
      {[](auto& b) { b.mutable_end()->set_reason(v1::END_REASON_UNSPECIFIED); }, "end.reason"},
      {[](auto& b) { b.mutable_end()->clear_digests(); }, "end.digests"},
      {[](auto& b) { b.mutable_end()->set_text(std::string(5000, 'x')); }, "end.text"},
  };
  for (const BadBatch& bad : cases) {
    v1::BlockBatch proto = FullProto();
    bad.spoil(proto);
    const absl::Status status = FromProto(proto).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
  }
}

TEST(Identity, RoundTripAndChecks) {
  const state::ProducerIdentity identity{"emu 1", "riscv64", 4, 0xb, 0xff, state::Engine::kJit};
  const v1::ProducerIdentity good = ToProto(identity);
  EXPECT_EQ(good.abilities_size(), 8);
  const absl::StatusOr<state::ProducerIdentity> again = FromProto(good);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->producer, "emu 1");
  EXPECT_EQ(again->guest_arch, "riscv64");
  EXPECT_EQ(again->vcpus, 4u);
  EXPECT_EQ(again->groups, 0xbu);
  EXPECT_EQ(again->abilities, 0xffu);
  EXPECT_EQ(again->engine, state::Engine::kJit);
  const auto message = [&](const std::function<void(v1::ProducerIdentity&)>& spoil) {
    v1::ProducerIdentity proto = good;
    spoil(proto);
    return std::string(FromProto(proto).status().message());
  };
  EXPECT_THAT(message([](auto& p) { p.set_producer(""); }), HasSubstr("identity.producer"));
  EXPECT_THAT(message([](auto& p) { p.set_producer("a\nb"); }), HasSubstr("identity.producer"));
  EXPECT_THAT(message([](auto& p) { p.set_guest_arch(std::string(16, 'x')); }),
              HasSubstr("identity.guest_arch"));
  EXPECT_THAT(message([](auto& p) { p.set_vcpus(0); }), HasSubstr("identity.vcpus: 0"));
  EXPECT_THAT(message([](auto& p) { p.set_vcpus(65); }), HasSubstr("identity.vcpus: 65"));
  EXPECT_THAT(message([](auto& p) { p.add_groups(v1::DigestGroup(9)); }), HasSubstr("group 9"));
  EXPECT_THAT(message([](auto& p) { p.add_groups(v1::DIGEST_GROUP_UNSPECIFIED); }),
              HasSubstr("group 0"));
  EXPECT_THAT(message([](auto& p) { p.add_abilities(v1::Ability(11)); }), HasSubstr("ability 11"));
  EXPECT_THAT(message([](auto& p) { p.set_engine(v1::Engine(3)); }), HasSubstr("engine 3"));
}

TEST(Event, WantsItsFields) {
  v1::Event proto;
  ToProto(FullBatch().events[1].value, &proto);
  ASSERT_TRUE(FromProto(proto).ok());
  proto.add_fields(1);
  EXPECT_THAT(std::string(FromProto(proto).status().message()),
              HasSubstr("event.fields: 9 values, not 8"));
  proto.set_kind(v1::EVENT_KIND_UNSPECIFIED);
  EXPECT_THAT(std::string(FromProto(proto).status().message()), HasSubstr("event.kind"));
}

}  // namespace
}  // namespace lockstep::wire
