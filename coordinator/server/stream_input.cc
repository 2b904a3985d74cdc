#include "coordinator/server/stream_input.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "coordinator/server/image_notes.h"
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

Run::MessageNumber NumberOf(const v1::ProducerMessage& message) {
  return {.number = message.message_number(),
          .bytes = message.ByteSizeLong(),
          .counted = !message.has_process_end()};
}

template <typename Proto>
absl::Status PushTo(Run* run, size_t instance, const Proto& proto) {
  auto converted = wire::FromProto(proto);
  if (!converted.ok()) return converted.status();
  return run->Push(instance, *std::move(converted));
}

}  // namespace

absl::Status StreamInput::Handle(const v1::ProducerMessage& message) {
  if (message.has_hello()) return HandleHello(message.hello());
  if (!joined_.has_value()) return absl::InvalidArgumentError("message: the first is not Hello");
  const std::shared_ptr<Run>& run = joined_->run;
  // Until it is in the run's queue the instance cannot resume elsewhere.
  const Run::Delivery delivery(run.get(), joined_->index);
  absl::StatusOr<bool> fresh = run->Receive(joined_->index, link_.get(), NumberOf(message));
  if (absl::IsAlreadyExists(fresh.status())) return fresh.status();  // it is well elsewhere
  if (!fresh.ok()) return Refuse(fresh.status());
  if (!*fresh) return absl::OkStatus();
  absl::Status status = HandleContent(message);
  return status.ok() ? status : Refuse(status);
}

bool StreamInput::Close() {
  absl::MutexLock lock(&mutex_);
  return LoseLocked("closed its stream before its end", /*for_good=*/false);
}

void StreamInput::Cancel() {
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  LoseLocked(kBrokeOff, /*for_good=*/true);
}

absl::Status StreamInput::Refuse(const absl::Status& status) {
  hooks_.refused(status);
  joined_->run->InstanceFailed(joined_->index,
                               absl::StrCat("protocol error: ", std::string(status.message())),
                               /*reachable=*/false);
  return status;
}

absl::Status StreamInput::HandleContent(const v1::ProducerMessage& message) {
  Run* const run = joined_->run.get();
  switch (message.message_case()) {
    case v1::ProducerMessage::kBatch:
      return PushTo(run, joined_->index, message.batch());
    case v1::ProducerMessage::kWindows:
      return PushTo(run, joined_->index, message.windows());
    case v1::ProducerMessage::kDetail:
      return PushTo(run, joined_->index, message.detail());
    case v1::ProducerMessage::kProcessEnd:
      // The call goes on, for the details of its last window.
      run->InstanceFailed(joined_->index, EndText(message.process_end()),
                          LeavesRecords(message.process_end().cause()));
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError("message: has no content that this version knows");
  }
}

absl::Status StreamInput::HandleHello(const v1::Hello& hello) {
  if (joined_.has_value()) return Refuse(absl::InvalidArgumentError("hello: comes twice"));
  hooks_.greeted();
  if (absl::Status allowed = hooks_.check(hello); !allowed.ok()) return allowed;
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
  absl::StatusOr<size_t> index = (*run)->Join(hello.instance(), hello.command(), identity, link_,
                                              hello.resume(), hello.can_rerun());
  if (!index.ok()) return index.status();
  (*run)->SetFiles(*index, *std::move(files));
  absl::MutexLock lock(&mutex_);
  joined_ = {*std::move(run), *index};
  if (cancelled_) LoseLocked(kBrokeOff, /*for_good=*/true);
  return absl::OkStatus();
}

bool StreamInput::LoseLocked(const std::string& reason, bool for_good) {
  if (!joined_.has_value()) return false;
  joined_->run->Disconnected(joined_->index, link_.get(), reason, for_good);
  return true;
}

}  // namespace lockstep::server
