#include "coordinator/ingest/sink.h"

namespace lockstep::ingest {

absl::Status Sink::DeliverWindows(state::WindowBatch*) {
  return absl::UnimplementedError("this sink takes no windows");
}
absl::Status Sink::DeliverDetail(state::DetailReply*) {
  return absl::UnimplementedError("this sink takes no details");
}
absl::Status Sink::TakeOrders(Orders*) {
  return absl::UnimplementedError("this sink gives no orders");
}
void Sink::EndStream(const StreamEnd&) {}

}  // namespace lockstep::ingest
