// Seeds of the corpora session, agent, client, service and control: whole messages of
// lockstep.v1/session.proto, as the two sides send them, and a ring's control page.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/execution_testing.h"
#include "coordinator/window/sparse_testing.h"
#include "emulator/base/check.h"
#include "plugins/sdk/ring_detail.h"
#include "plugins/sdk/ring_scanner.h"
#include "proto/cc/policy_convert.h"
#include "proto/cc/report_convert.h"
#include "proto/cc/session_convert.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/test_values.h"
#include "proto/cc/window_convert.h"
#include "proto/lockstep/v1/session.pb.h"
#include "tests/fuzz/corpus.h"

namespace lockstep::fuzz {
namespace {

using align::testing::Execution;
using align::testing::Rng;
using window::testing::SparseStream;

constexpr uint32_t kWindow = 16;  // also agent_fuzz's
constexpr uint64_t kInsns = 60;
// session_fuzz: `what` of a message, and of one whose number is put right.
constexpr int kMessage = 0;
constexpr int kNumbered = 1 << 2;

v1::ProducerMessage HelloOf(size_t instance, const state::ProducerIdentity& identity) {
  v1::ProducerMessage message;
  v1::Hello* hello = message.mutable_hello();
  hello->set_run_id("r");
  hello->set_instance(std::string(1, static_cast<char>('A' + instance)));
  hello->set_command("emulator -machine toy");
  *hello->mutable_identity() = wire::ToProto(identity);
  hello->mutable_executable()->set_path("/usr/bin/emulator");
  hello->mutable_executable()->set_sha256(std::string(32, 'x'));
  v1::FileDigest* image = hello->add_guest_images();
  image->set_path("kernel");
  image->set_sha256(std::string(32, static_cast<char>('a' + instance)));
  return message;
}

std::string Say(size_t instance, int what, const v1::ProducerMessage& message) {
  return FrameOf(static_cast<uint8_t>(what | static_cast<int>(instance)),
                 message.SerializeAsString());
}

state::ProducerIdentity Identity() {
  return {.producer = "fuzz 1",
          .guest_arch = "riscv64",
          .vcpus = 1,
          .groups = align::testing::kAllGroups,
          .abilities = 0xff,
          .engine = state::Engine::kJit};
}

// Two executions, of which the second may have other registers from the 31st instruction on.
std::vector<Execution> Executions(bool diverge) {
  Rng rng(3);
  const Execution good = align::testing::RandomExecution(kInsns, rng);
  Execution bad = good;
  for (size_t i = 30; diverge && i < bad.points.size(); ++i) bad.points[i].digests[0] ^= 1;
  return {good, bad};
}

std::string DenseSession(bool diverge, bool reconnect) {
  std::string bytes(1, '\0');
  const std::vector<Execution> executions = Executions(diverge);
  for (size_t i = 0; i < 2; ++i) bytes += Say(i, kMessage, HelloOf(i, Identity()));
  for (size_t i = 0; i < 2; ++i) {
    Rng rng(i);
    const auto recording =
        align::testing::Record(executions[i], {.max_block_insns = 5 + 3 * uint32_t(i)}, rng);
    uint64_t number = 0;
    for (const state::Batch& batch : align::testing::Pack(recording, {.batch_blocks = 8}, rng)) {
      v1::ProducerMessage message;
      wire::ToProto(batch, message.mutable_batch());
      message.set_message_number(++number);
      bytes += Say(i, kNumbered, message);
      if (!reconnect || number != 2) continue;
      v1::ProducerMessage again = HelloOf(i, Identity());
      again.mutable_hello()->set_resume(true);
      bytes += Say(i, 3 << 2, {}) + Say(i, kMessage, again) + Say(i, kMessage, message);
    }
  }
  v1::ProducerMessage end;
  end.mutable_process_end()->set_cause(v1::PROCESS_END_CAUSE_SIGNALLED);
  end.mutable_process_end()->set_signal(11);
  end.mutable_process_end()->set_text("was killed by signal 11");
  return bytes + Say(0, kNumbered, end);
}

std::unique_ptr<SparseStream> Written(const Execution& execution, size_t instance) {
  Rng rng(instance);
  window::testing::StreamOptions options;
  options.window_insns = kWindow;
  const auto recording =
      align::testing::Record(execution, {.max_block_insns = 5 + 3 * uint32_t(instance)}, rng);
  auto stream = std::make_unique<SparseStream>(
      window::testing::CutAtWindows(recording, execution, kWindow), options, rng);
  while (stream->Write()) {
  }
  stream->Flush();
  return stream;
}

std::string SparseSession(bool diverge) {
  std::string bytes(1, static_cast<char>(1 | 2 << 4));
  std::string details;
  const std::vector<Execution> executions = Executions(diverge);
  for (size_t i = 0; i < 2; ++i) bytes += Say(i, kMessage, HelloOf(i, Identity()));
  for (size_t i = 0; i < 2; ++i) {
    const std::unique_ptr<SparseStream> stream = Written(executions[i], i);
    state::WindowBatch windows;
    LOCKSTEP_CHECK(stream->scanner().Scan(1 << 20, &windows).ok());
    v1::ProducerMessage message;
    wire::ToProto(windows, message.mutable_windows());
    bytes += Say(i, kNumbered, message);
    absl::StatusOr<ring::RingDetail> detail = stream->scanner().Detail(kWindow);
    LOCKSTEP_CHECK(detail.ok()) << detail.status();
    state::DetailReply reply;
    reply.request_id = 1;
    for (state::Batch records; detail->Drain(&records).ok() && records.records != 0;) {
      reply.batches.push_back(std::move(records));
      records = state::Batch();
    }
    v1::ProducerMessage answer;
    wire::ToProto(reply, answer.mutable_detail());
    details += Say(i, kNumbered, answer);
  }
  return bytes + details;
}

void MakeSessionSeeds(const std::string& directory) {
  WriteSeed(directory, "dense", DenseSession(false, false));
  WriteSeed(directory, "dense_diverged", DenseSession(true, false));
  WriteSeed(directory, "dense_reconnect", DenseSession(false, true));
  WriteSeed(directory, "sparse", SparseSession(false));
  WriteSeed(directory, "sparse_diverged", SparseSession(true));
}

std::string Tell(uint8_t what, const v1::CoordinatorMessage& message) {
  return FrameOf(what, message.SerializeAsString());
}

v1::CoordinatorMessage Welcome(uint32_t window_insns) {
  v1::CoordinatorMessage message;
  v1::Welcome* welcome = message.mutable_welcome();
  wire::ToProto(state::StreamTerms{.groups = align::testing::kAllGroups,
                                   .window_insns = window_insns,
                                   .block_digests = true},
                welcome);
  welcome->add_events(v1::EVENT_KIND_EXCEPTION);
  welcome->set_batch_bytes(1 << 20);
  v1::VcpuPosition* position = welcome->add_vcpus();
  position->set_record_limit(4);
  welcome->set_byte_limit(1 << 20);
  return message;
}

void MakeAgentSeeds(const std::string& directory) {
  v1::CoordinatorMessage windows;
  wire::ToProto(state::WindowCredit{.vcpu = 0, .agreed_windows = 2},
                windows.mutable_credit()->add_windows());
  windows.mutable_credit()->set_byte_limit(2 << 20);
  v1::CoordinatorMessage records;
  records.mutable_credit()->add_vcpus()->set_record_limit(100);
  records.mutable_credit()->set_acknowledged_messages(1);
  v1::CoordinatorMessage detail;
  wire::ToProto(
      state::DetailRequest{.request_id = 1, .first_icount = 3 * kWindow, .end_icount = 4 * kWindow},
      detail.mutable_detail_request());
  v1::CoordinatorMessage stop;
  stop.mutable_stop()->set_reason(v1::STOP_REASON_DIVERGED);
  stop.mutable_stop()->set_text("instances disagreed");
  const std::string all(1, '\0');
  WriteSeed(directory, "sparse",
            all + Tell(1, Welcome(kWindow)) + Tell(0, {}) + Tell(2, windows) + Tell(2, detail) +
                Tell(2, stop));
  WriteSeed(directory, "dense", all + Tell(1, Welcome(0)) + Tell(2, records) + Tell(2, stop));
  WriteSeed(directory, "stopped_at_once", all + Tell(1, stop));
  WriteSeed(directory, "other_windows", all + Tell(1, Welcome(2 * kWindow)));
  WriteSeed(directory, "acknowledges_what_was_not_sent",
            std::string(1, '\x0e') + Tell(1, Welcome(0)) + Tell(0, records) + Tell(0, records));
}

v1::Run RunMessage() {
  v1::Run run;
  run.set_run_id("nightly-12");
  run.set_state(v1::RUN_STATE_ENDED);
  for (const char* name : {"A", "B"}) {
    run.add_instances(name);
    run.add_joined(name);
  }
  run.set_outcome(v1::OUTCOME_DIVERGED);
  run.set_verified_insns(81'236'711);
  run.mutable_create_time()->set_seconds(1'699'999'000);
  run.mutable_create_time()->set_nanos(5);
  policy::Policy policy;
  policy.csr_masks = {{"mip", 0x80}};
  policy.volatile_ranges = {{0x80000000, 64}};
  policy.extra_csrs = {"mcycle"};
  *run.mutable_policy() = wire::ToProto(policy);
  run.set_max_insns(1000);
  run.set_digest_at(v1::DIGEST_AT_WINDOW);
  run.set_stream_mode(v1::STREAM_MODE_SPARSE);
  return run;
}

void MakeClientSeeds(const std::string& directory) {
  WriteSeed(directory, "run", std::string(1, '\0') + RunMessage().SerializeAsString());
  v1::ListRunsResponse page;
  *page.add_runs() = RunMessage();
  *page.add_runs() = RunMessage();
  page.mutable_runs(1)->set_state(v1::RUN_STATE_WAITING);
  page.mutable_runs(1)->set_run_id("r\x1b[2J");
  page.set_next_page_token("7");
  WriteSeed(directory, "page", std::string(1, 1) + page.SerializeAsString());
  v1::RunProgress progress;
  progress.set_state(v1::RUN_STATE_RUNNING);
  progress.set_verified_insns(5);
  v1::InstanceProgress* instance = progress.add_instances();
  instance->set_name("A");
  instance->set_connected(true);
  WriteSeed(directory, "progress", std::string(1, 2) + progress.SerializeAsString());
  report::Report report = wire::FullReport();
  report.instances[0].command = "emu\nIDENTICAL  insns=1\x1b[2J";
  WriteSeed(directory, "report", std::string(1, 3) + wire::ToProto(report).SerializeAsString());
  *progress.mutable_report() = wire::ToProto(report);
  WriteSeed(directory, "last_progress", std::string(1, 2) + progress.SerializeAsString());
}

void MakeServiceSeeds(const std::string& directory) {
  v1::CreateRunRequest create;
  create.set_run_id("r1");
  create.add_instances("A");
  create.add_instances("B");
  *create.mutable_policy() = RunMessage().policy();
  create.set_history_blocks(20);
  create.set_max_insns(1000);
  create.set_digest_at(v1::DIGEST_AT_BLOCK);
  create.set_stream_mode(v1::STREAM_MODE_DENSE);
  v1::GetRunRequest get;
  get.set_run_id("r1");
  v1::ListRunsRequest list;
  list.set_page_size(1);
  v1::ListRunsRequest next;
  next.set_page_token("2");
  v1::CancelRunRequest cancel;
  cancel.set_run_id("r1");
  cancel.set_reason("not\nneeded");
  v1::GetReportRequest report;
  report.set_run_id("r1");
  const std::string made = FrameOf(0, create.SerializeAsString());
  create.clear_run_id();
  const std::string unnamed = FrameOf(0, create.SerializeAsString());
  WriteSeed(directory, "made_and_cancelled",
            made + FrameOf(1, get.SerializeAsString()) + FrameOf(3, cancel.SerializeAsString()) +
                FrameOf(4, report.SerializeAsString()));
  WriteSeed(directory, "listed",
            made + unnamed + unnamed + FrameOf(2, list.SerializeAsString()) +
                FrameOf(2, next.SerializeAsString()));
  WriteSeed(directory, "too_many", made + made + unnamed + unnamed + unnamed + unnamed);
}

// As a producer leaves it, and as one finds it.
void MakeControlSeeds(const std::string& directory) {
  const std::unique_ptr<SparseStream> stream = Written(Executions(false)[0], 0);
  const std::string page(reinterpret_cast<const char*>(stream->memory().control()),
                         sizeof(struct lockstep_control));
  WriteSeed(directory, "opened", std::string(1, '\0') + page);
  WriteSeed(directory, "opened_twice", std::string(1, 1) + page);
  WriteSeed(directory, "to_open", std::string(1, 1));
}

}  // namespace

void MakeMessageSeeds(const std::string& directory) {
  MakeSessionSeeds(directory + "/session");
  MakeAgentSeeds(directory + "/agent");
  MakeClientSeeds(directory + "/client");
  MakeServiceSeeds(directory + "/service");
  MakeControlSeeds(directory + "/control");
}

}  // namespace lockstep::fuzz
