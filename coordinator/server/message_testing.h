// Messages of an instance, for tests that talk to a coordinator by hand.
#ifndef COORDINATOR_SERVER_MESSAGE_TESTING_H_
#define COORDINATOR_SERVER_MESSAGE_TESTING_H_

#include <cstdint>
#include <string>

#include "coordinator/server/stream_testing.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"
#include "proto/lockstep/v1/session.pb.h"

namespace lockstep::server::testing {

// Hello of the producer of stream_testing.h.
v1::ProducerMessage Hello(const std::string& run_id, const std::string& instance,
                          bool resume = false,
                          const state::ProducerIdentity& identity = Identity());

// A message with its number, or without one.
v1::ProducerMessage Message(uint64_t number, const state::Batch& batch);
v1::ProducerMessage BatchMessage(const state::Batch& batch);
v1::ProducerMessage Message(uint64_t number, const state::WindowBatch& batch);
v1::ProducerMessage Message(uint64_t number, const state::DetailReply& reply);

}  // namespace lockstep::server::testing

#endif  // COORDINATOR_SERVER_MESSAGE_TESTING_H_
