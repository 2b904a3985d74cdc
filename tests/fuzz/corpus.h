// What make_corpus writes, and with what.
#ifndef TESTS_FUZZ_CORPUS_H_
#define TESTS_FUZZ_CORPUS_H_

#include <cstdint>
#include <string>

#include "proto/cc/state.h"

namespace lockstep::fuzz {

// Dies if it cannot.
void WriteSeed(const std::string& directory, const std::string& name, const std::string& bytes);

// As frames.h reads it. REQUIRES: fewer than 64 KiB of payload.
std::string FrameOf(uint8_t what, const std::string& payload);

// A BlockBatch.
std::string Encode(const state::Batch& batch);

// Below `directory`: of executions, as an emulator's ring and batches tell of them.
void MakeExecutionSeeds(const std::string& directory);
// Of whole messages: session, agent, client, service.
void MakeMessageSeeds(const std::string& directory);

}  // namespace lockstep::fuzz

#endif  // TESTS_FUZZ_CORPUS_H_
