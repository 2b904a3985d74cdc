// Golden bytes of the wire format: each wire/NAME.txtpb encodes to the bytes in NAME.hex, which
// decode to it again, and the converters lose nothing of it.
//
// After a change on purpose: bazel run //proto/vectors:wire_test -- --bless
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "proto/cc/policy_convert.h"
#include "proto/cc/report_convert.h"
#include "proto/cc/state_convert.h"
#include "proto/lockstep/v1/session.pb.h"

namespace lockstep {
namespace {

using ::google::protobuf::Message;

bool bless = false;

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Vectors whose names begin with one of `prefixes`.
std::vector<std::string> Names(std::vector<std::string> prefixes) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("proto/vectors/wire")) {
    const std::string name = entry.path().stem();
    if (entry.path().extension() == ".txtpb" &&
        std::any_of(prefixes.begin(), prefixes.end(),
                    [&](const std::string& prefix) { return name.rfind(prefix, 0) == 0; })) {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

// A message of the type that the text's "# proto-message:" line names.
std::unique_ptr<Message> Parse(const std::string& text) {
  constexpr char kKey[] = "# proto-message: ";
  const size_t begin = text.find(kKey) + sizeof(kKey) - 1;
  const std::string type = text.substr(begin, text.find('\n', begin) - begin);
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  std::unique_ptr<Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  if (!google::protobuf::TextFormat::ParseFromString(text, message.get())) return nullptr;
  return message;
}

std::string Encode(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

// 32 bytes a line.
std::string ToHex(const std::string& bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 32) {
    text += absl::BytesToHexString(bytes.substr(i, 32)) + "\n";
  }
  return text;
}

std::string FromHex(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
  return absl::HexStringToBytes(text);
}

template <typename T>
void ExpectLossless(const T& message) {
  const auto value = wire::FromProto(message);
  ASSERT_TRUE(value.ok()) << value.status();
  T again;
  wire::ToProto(*value, &again);
  EXPECT_EQ(again.DebugString(), message.DebugString());
}

class WireTest : public ::testing::TestWithParam<std::string> {};

TEST_P(WireTest, EncodesAndDecodes) {
  const std::filesystem::path base = std::filesystem::path("proto/vectors/wire") / GetParam();
  const std::unique_ptr<Message> source = Parse(ReadFile(base.string() + ".txtpb"));
  ASSERT_NE(source, nullptr);
  const std::string encoded = Encode(*source);
  if (bless) {
    const char* workspace = getenv("BUILD_WORKSPACE_DIRECTORY");
    ASSERT_NE(workspace, nullptr) << "bless by bazel run";
    std::ofstream(std::filesystem::path(workspace) / (base.string() + ".hex")) << ToHex(encoded);
    return;
  }
  const std::string golden = FromHex(ReadFile(base.string() + ".hex"));
  EXPECT_EQ(ToHex(encoded), ToHex(golden));
  std::unique_ptr<Message> decoded(source->New());
  ASSERT_TRUE(decoded->ParseFromString(golden));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*decoded, *source))
      << decoded->DebugString();
}

class ConvertTest : public WireTest {};

TEST_P(ConvertTest, LosesNothing) {
  const std::unique_ptr<Message> source =
      Parse(ReadFile("proto/vectors/wire/" + GetParam() + ".txtpb"));
  ASSERT_NE(source, nullptr);
  if (const auto* batch = dynamic_cast<const v1::BlockBatch*>(source.get())) {
    ExpectLossless(*batch);
  } else if (const auto* policy = dynamic_cast<const v1::Policy*>(source.get())) {
    ExpectLossless(*policy);
  } else if (const auto* report = dynamic_cast<const v1::Report*>(source.get())) {
    ExpectLossless(*report);
  } else if (const auto* message = dynamic_cast<const v1::ProducerMessage*>(source.get());
             message != nullptr && message->has_hello()) {
    ExpectLossless(message->hello().identity());
  } else {
    ADD_FAILURE() << "a message without a domain type";
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, WireTest, ::testing::ValuesIn(Names({""})),
                         [](const auto& info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(Vectors, ConvertTest,
                         ::testing::ValuesIn(Names({"block_batch", "hello", "policy", "report"})),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lockstep

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  lockstep::bless = argc > 1 && std::string(argv[1]) == "--bless";
  return RUN_ALL_TESTS();
}
