#include "coordinator/server/message_testing.h"

#include "proto/cc/session_convert.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/window_convert.h"

namespace lockstep::server::testing {

v1::ProducerMessage Hello(const std::string& run_id, const std::string& instance, bool resume,
                          const state::ProducerIdentity& identity) {
  v1::ProducerMessage message;
  message.mutable_hello()->set_run_id(run_id);
  message.mutable_hello()->set_instance(instance);
  message.mutable_hello()->set_resume(resume);
  *message.mutable_hello()->mutable_identity() = wire::ToProto(identity);
  return message;
}

v1::ProducerMessage Message(uint64_t number, const state::Batch& batch) {
  v1::ProducerMessage message = BatchMessage(batch);
  message.set_message_number(number);
  return message;
}

v1::ProducerMessage BatchMessage(const state::Batch& batch) {
  v1::ProducerMessage message;
  wire::ToProto(batch, message.mutable_batch());
  return message;
}

v1::ProducerMessage Message(uint64_t number, const state::WindowBatch& batch) {
  v1::ProducerMessage message;
  message.set_message_number(number);
  wire::ToProto(batch, message.mutable_windows());
  return message;
}

v1::ProducerMessage Message(uint64_t number, const state::DetailReply& reply) {
  v1::ProducerMessage message;
  message.set_message_number(number);
  wire::ToProto(reply, message.mutable_detail());
  return message;
}

}  // namespace lockstep::server::testing
