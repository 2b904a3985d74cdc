#include "coordinator/server/stream_reactor.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/server/image_notes.h"
#include "coordinator/server/outbox.h"
#include "coordinator/server/run.h"
#include "coordinator/server/service.h"
#include "proto/cc/session_convert.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/utf8.h"
#include "proto/cc/window_convert.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;

constexpr char kBrokeOff[] = "its connection broke off";

constexpr int kMaxImages = 64;

// Whether the agent still answers for what the process left in its rings.
bool LeavesRecords(v1::ProcessEndCause cause) {
  return cause == v1::PROCESS_END_CAUSE_EXITED || cause == v1::PROCESS_END_CAUSE_SIGNALLED ||
         cause == v1::PROCESS_END_CAUSE_BAD_RECORDS;
}

// One line without control characters, of bounded length.
std::string OneLine(const std::string& text) {
  constexpr size_t kMaxText = 500;
  std::string line = wire::ValidUtf8(text.substr(0, kMaxText));
  for (char& c : line) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return line;
}

std::string EndText(const v1::ProcessEnd& end) {
  return end.text().empty() ? "its process ended" : OneLine(end.text());
}

absl::StatusOr<FileDigest> FromProto(const v1::FileDigest& proto) {
  constexpr size_t kSha256Bytes = 32;
  if (proto.sha256().size() != kSha256Bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("sha256: ", proto.sha256().size(), " bytes, not ", kSha256Bytes));
  }
  return FileDigest{OneLine(proto.path()), proto.sha256()};
}

absl::StatusOr<InstanceFiles> FilesOf(const v1::Hello& hello) {
  InstanceFiles files;
  if (hello.has_executable()) {
    absl::StatusOr<FileDigest> executable = FromProto(hello.executable());
    if (!executable.ok()) return executable.status();
    files.executable = *std::move(executable);
  }
  if (hello.guest_images_size() > kMaxImages) {
    return absl::InvalidArgumentError(
        absl::StrCat("guest_images: ", hello.guest_images_size(), " are more than ", kMaxImages));
  }
  for (const v1::FileDigest& proto : hello.guest_images()) {
    absl::StatusOr<FileDigest> image = FromProto(proto);
    if (!image.ok()) return image.status();
    files.guest_images.push_back(*std::move(image));
  }
  return files;
}

// Reads are sequential: only OnCancel() may run beside them.
class StreamReactor final
    : public grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage> {
 public:
  StreamReactor(Registry* registry, grpc::CallbackServerContext* context, JoinCheck check)
      : registry_(registry),
        check_(std::move(check)),
        outbox_(std::make_shared<Outbox>(this, context)) {
    StartRead(&incoming_);
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      // Half-closed, or broken: then OnCancel() comes too. Harmless if the instance's end has come.
      absl::MutexLock lock(&mutex_);
      if (!LoseLocked("closed its stream before its end", /*for_good=*/false)) {
        outbox_->Finish({grpc::StatusCode::INVALID_ARGUMENT, "message: no Hello came"});
      }
      return;
    }
    if (absl::Status status = Handle(); !status.ok()) {
      outbox_->Finish(ToGrpc(status));
      return;
    }
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override { outbox_->WriteDone(ok); }

  void OnCancel() override {
    {
      absl::MutexLock lock(&mutex_);
      cancelled_ = true;
      LoseLocked(kBrokeOff, /*for_good=*/true);
    }
    outbox_->Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    outbox_->Detach();
    delete this;
  }

  absl::Status Handle() {
    if (incoming_.has_hello()) return HandleHello(incoming_.hello());
    if (!joined_.has_value()) return absl::InvalidArgumentError("message: the first is not Hello");
    const std::shared_ptr<Run>& run = joined_->run;
    // Until it is in the run's queue the instance cannot resume elsewhere.
    const Run::Delivery delivery(run.get(), joined_->index);
    absl::StatusOr<bool> fresh = run->Receive(joined_->index, outbox_.get(), NumberOf(incoming_));
    if (absl::IsAlreadyExists(fresh.status())) return fresh.status();  // it is well elsewhere
    if (!fresh.ok()) return Refuse(fresh.status());
    if (!*fresh) return absl::OkStatus();
    absl::Status status = HandleContent();
    return status.ok() ? status : Refuse(status);
  }

  // The instance has broken the contract.
  absl::Status Refuse(const absl::Status& status) {
    // Told of the failure, the run may stop the stream before it is ended here.
    outbox_->set_status(ToGrpc(status));
    joined_->run->InstanceFailed(joined_->index,
                                 absl::StrCat("protocol error: ", std::string(status.message())),
                                 /*reachable=*/false);
    return status;
  }

  static Run::MessageNumber NumberOf(const v1::ProducerMessage& message) {
    return {.number = message.message_number(),
            .bytes = message.ByteSizeLong(),
            .counted = !message.has_process_end()};
  }

  absl::Status HandleContent() {
    switch (incoming_.message_case()) {
      case v1::ProducerMessage::kBatch:
        return HandleBatch(incoming_.batch());
      case v1::ProducerMessage::kWindows:
        return HandleWindows(incoming_.windows());
      case v1::ProducerMessage::kDetail:
        return HandleDetail(incoming_.detail());
      case v1::ProducerMessage::kProcessEnd:
        // The call goes on, for the details of its last window.
        joined_->run->InstanceFailed(joined_->index, EndText(incoming_.process_end()),
                                     LeavesRecords(incoming_.process_end().cause()));
        return absl::OkStatus();
      default:
        return absl::InvalidArgumentError("message: has no content that this version knows");
    }
  }

  absl::Status HandleHello(const v1::Hello& hello) {
    if (joined_.has_value()) {
      return Refuse(absl::InvalidArgumentError("hello: comes twice"));
    }
    outbox_->SendInitialMetadata();
    if (absl::Status allowed = check_(hello); !allowed.ok()) return allowed;
    std::optional<state::ProducerIdentity> identity;
    if (hello.has_identity()) {
      absl::StatusOr<state::ProducerIdentity> converted = wire::FromProto(hello.identity());
      if (!converted.ok()) return converted.status();
      identity = *std::move(converted);
    }
    absl::StatusOr<InstanceFiles> files = FilesOf(hello);
    if (!files.ok()) return files.status();
    absl::StatusOr<std::shared_ptr<Run>> run = registry_->Find(hello.run_id());
    if (!run.ok()) return run.status();
    absl::StatusOr<size_t> index = (*run)->Join(hello.instance(), hello.command(), identity,
                                                outbox_, hello.resume(), hello.can_rerun());
    if (!index.ok()) return index.status();
    (*run)->SetFiles(*index, *std::move(files));
    absl::MutexLock lock(&mutex_);
    joined_ = {*std::move(run), *index};
    if (cancelled_) LoseLocked(kBrokeOff, /*for_good=*/true);
    return absl::OkStatus();
  }

  absl::Status HandleBatch(const v1::BlockBatch& batch) {
    absl::StatusOr<state::Batch> converted = wire::FromProto(batch);
    if (!converted.ok()) return converted.status();
    return joined_->run->Push(joined_->index, *std::move(converted));
  }

  absl::Status HandleWindows(const v1::WindowBatch& batch) {
    absl::StatusOr<state::WindowBatch> converted = wire::FromProto(batch);
    if (!converted.ok()) return converted.status();
    return joined_->run->Push(joined_->index, *std::move(converted));
  }

  absl::Status HandleDetail(const v1::DetailReply& reply) {
    absl::StatusOr<state::DetailReply> converted = wire::FromProto(reply);
    if (!converted.ok()) return converted.status();
    return joined_->run->Push(joined_->index, *std::move(converted));
  }

  // Tells the run that nothing more comes over this call. False when the instance has not joined a
  // run.
  bool LoseLocked(const std::string& reason, bool for_good) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!joined_.has_value()) return false;
    joined_->run->Disconnected(joined_->index, outbox_.get(), reason, for_good);
    return true;
  }

  struct Joined {
    std::shared_ptr<Run> run;
    size_t index = 0;
  };

  Registry* const registry_;
  const JoinCheck check_;
  const std::shared_ptr<Outbox> outbox_;
  v1::ProducerMessage incoming_;
  absl::Mutex mutex_;             // of what OnCancel() uses
  std::optional<Joined> joined_;  // written under mutex_, by reads only
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage>* NewStreamReactor(
    Registry* registry, grpc::CallbackServerContext* context, JoinCheck check) {
  return new StreamReactor(registry, context, std::move(check));
}

}  // namespace lockstep::server
