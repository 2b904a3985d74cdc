#include "coordinator/server/stream_reactor.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "coordinator/server/outbox.h"
#include "coordinator/server/service.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;

// Reads are sequential: only OnCancel() may run beside them.
class StreamReactor final
    : public grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage> {
 public:
  StreamReactor(Registry* registry, grpc::CallbackServerContext* context, JoinCheck check)
      : outbox_(std::make_shared<Outbox>(this, context)),
        input_(registry, outbox_,
               {.check = std::move(check),
                .greeted = [this] { outbox_->SendInitialMetadata(); },
                .refused = [this](const absl::Status& s) { outbox_->set_status(ToGrpc(s)); }}) {
    StartRead(&incoming_);
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      // Half-closed, or broken: then OnCancel() comes too.
      if (!input_.Close()) {
        outbox_->Finish({grpc::StatusCode::INVALID_ARGUMENT, "message: no Hello came"});
      }
      return;
    }
    if (absl::Status status = input_.Handle(incoming_); !status.ok()) {
      outbox_->Finish(ToGrpc(status));
      return;
    }
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override { outbox_->WriteDone(ok); }

  void OnCancel() override {
    input_.Cancel();
    outbox_->Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    outbox_->Detach();
    delete this;
  }

  const std::shared_ptr<Outbox> outbox_;
  StreamInput input_;
  v1::ProducerMessage incoming_;
};

}  // namespace

grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage>* NewStreamReactor(
    Registry* registry, grpc::CallbackServerContext* context, JoinCheck check) {
  return new StreamReactor(registry, context, std::move(check));
}

}  // namespace lockstep::server
