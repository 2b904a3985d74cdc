// Writes the seeds of the corpora that are made, not written by hand, into a directory:
//
//   bazel run //tests/fuzz:make_corpus -- DIR
#include <stdio.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "emulator/base/check.h"
#include "proto/cc/state_convert.h"
#include "tests/fuzz/corpus.h"

namespace lockstep::fuzz {

void WriteSeed(const std::string& directory, const std::string& name, const std::string& bytes) {
  std::filesystem::create_directories(directory);
  std::ofstream out(absl::StrCat(directory, "/", name), std::ios::binary);
  out << bytes;
  LOCKSTEP_CHECK(out.good()) << directory << "/" << name;
}

std::string FrameOf(uint8_t what, const std::string& payload) {
  LOCKSTEP_CHECK(payload.size() < 65536) << payload.size();
  std::string frame(1, static_cast<char>(what));
  frame += static_cast<char>(payload.size() & 0xff);
  frame += static_cast<char>(payload.size() >> 8);
  return frame + payload;
}

std::string Encode(const state::Batch& batch) {
  v1::BlockBatch proto;
  wire::ToProto(batch, &proto);
  return proto.SerializeAsString();
}

}  // namespace lockstep::fuzz

int main(int argc, char** argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: make_corpus DIR\n");
    return 2;
  }
  lockstep::fuzz::MakeExecutionSeeds(argv[1]);
  lockstep::fuzz::MakeMessageSeeds(argv[1]);
  return 0;
}
