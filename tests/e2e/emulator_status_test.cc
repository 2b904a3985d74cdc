// How lockstep-emu ends: its exit status and the one line on stderr that says why.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace lockstep {
namespace {

using testing::ProcessResult;
using testing::Runfile;

using Words = std::vector<std::string>;

std::string Emulator() { return Runfile("emulator/main/lockstep-emu"); }

ProcessResult Emulate(const Words& arguments) {
  Words argv = {Emulator()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return testing::RunProcess(argv);
}

// A raw image of the given instructions; its path.
std::string Program(const std::vector<uint32_t>& words) {
  std::string path = testing::MakeTempDir() + "/program.bin";
  testing::WriteFile(path,
                     std::string(reinterpret_cast<const char*>(words.data()), words.size() * 4));
  return path;
}

constexpr uint32_t kJumpToSelf = 0x0000006f, kWfi = 0x10500073;

struct BadCase {
  const char* name;
  Words arguments;
  const char* stderr_start;  // after "lockstep-emu: "
};

class BadInputTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadInputTest, IsOneLineAndStatusTwo) {
  ProcessResult result = Emulate(GetParam().arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err.rfind(std::string("lockstep-emu: ") + GetParam().stderr_start, 0), 0u)
      << result.err;
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}
INSTANTIATE_TEST_SUITE_P(
    Cases, BadInputTest,
    ::testing::Values(
        BadCase{"UnknownOption", {"-frobnicate"}, "unknown option -frobnicate"},
        BadCase{"StrayWord", {"kernel"}, "unexpected argument 'kernel'"},
        BadCase{"MissingValue", {"-bios"}, "--bios"},
        BadCase{"LaterOption", {"-gdb", "tcp::1234"}, "unknown option -gdb"},
        BadCase{"NoEngine", {"--engine", "tcg"}, "--engine: 'tcg' is not an engine"},
        BadCase{"NineHarts", {"-smp", "9"}, "-smp: 9 harts are not available"},
        BadCase{"MissingKernel", {"-kernel", "/does/not/exist"}, "-kernel /does/not/exist: "},
        BadCase{"MissingFirmware", {"-bios", "/does/not/exist"}, "-bios /does/not/exist: "},
        BadCase{
            "ForeignElf", {"-bios", "/bin/true"}, "-bios /bin/true: ELF file of another machine"},
        BadCase{"Directory", {"-kernel", "/"}, "-kernel /: is a directory"},
        BadCase{
            "BadTree", {"-bios", "none", "-dtb", "/etc/passwd"}, "-dtb /etc/passwd: not a valid"},
        BadCase{"OutsideRam",
                {"-bios", "none", "-device", "loader,file=/etc/passwd,addr=0x1000,force-raw=on"},
                "-device loader,file=/etc/passwd,addr=0x1000,force-raw=on: 0x1000-"},
        BadCase{"Overlap",
                {"-device", "loader,file=/etc/passwd,addr=0x80000010,force-raw=on"},
                "-device loader,file=/etc/passwd,addr=0x80000010,force-raw=on: overlaps '-bios"},
        BadCase{"RamTooSmall", {"-m", "1M"}, ""},
        BadCase{"MissingScript", {"-serial", "script:/does/not/exist"}, "-serial: script /does"},
        BadCase{"UnwritableOutput", {"-serial", "file:/does/not/exist"}, "-serial: cannot write"},
        BadCase{"UnknownLogItem", {"-d", "int,op"}, "-d: 'op' is none of int, "},
        BadCase{"UnknownTrace", {"--trace=tlbs"}, "--trace: 'tlbs' is none of tlb, "},
        BadCase{"BadIcounts", {"--trace=tlb", "--trace-icount", "9..5"}, "--trace-icount: '9..5'"},
        BadCase{"BadAddresses", {"-d", "exec", "-dfilter", "main"}, "--trace-address: 'main' is "},
        BadCase{"LogOfNothing", {"-D", "log"}, "-D, --trace-icount and --trace-address say"},
        BadCase{"UnwritableLog",
                {"-bios", "none", "-d", "int", "-D", "/does/not/exist"},
                "-D: cannot write /does/not/exist (No such"},
        BadCase{"UnknownStats", {"--stats=xml"}, "--stats: 'xml' is none of text, brief, json"},
        BadCase{"UnwritableStats",
                {"-bios", "none", "--max-insns", "9", "--stats=json,file=/does/not/exist"},
                "--stats /does/not/exist: cannot write the file"},
        BadCase{"ValuedUnknown", {"--frob=1"}, "unknown option --frob"},
        BadCase{"UnknownFault", {"--inject", "gremlins"}, "--inject gremlins: "}),
    [](const ::testing::TestParamInfo<BadCase>& info) { return info.param.name; });

TEST(EmulatorStatusTest, GuestsCodeThroughTheFinisher) {
  // lui t0,0x100; lui t1,0x2a3; addi t1,t1,0x333; sw t1,0(t0)
  std::string program = Program({0x001002b7, 0x002a3337, 0x33330313, 0x0062a023, kJumpToSelf});
  ProcessResult result = Emulate({"-bios", program});
  EXPECT_EQ(result.exit_code, 0x2a);
  EXPECT_EQ(result.err, "");
}

TEST(EmulatorStatusTest, LimitIsSuccess) {
  ProcessResult result =
      Emulate({"-bios", Program({kJumpToSelf}), "--max-insns", "12345", "--stats"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("insns=12345 "), std::string::npos) << result.err;
}

TEST(EmulatorStatusTest, GuestThatCanNeverWakeIsReported) {
  ProcessResult result = Emulate({"-bios", Program({kWfi, kJumpToSelf})});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.err.find("nothing can wake it"), std::string::npos) << result.err;
}

TEST(EmulatorStatusTest, PendingScriptIsReportedWhenVerbose) {
  std::string script = testing::MakeTempDir() + "/script";
  testing::WriteFile(script, "# nothing is printed\nexpect prompt\n");
  Words arguments = {"-bios", Program({kWfi, kJumpToSelf}), "-serial", "script:" + script};
  EXPECT_EQ(Emulate(arguments).err.find("script"), std::string::npos);
  arguments.push_back("-v");
  EXPECT_NE(Emulate(arguments).err.find("console script stands at line 2"), std::string::npos);
}

TEST(EmulatorStatusTest, DumpsTheDeviceTree) {
  std::string path = testing::MakeTempDir() + "/tree.dtb";
  EXPECT_EQ(Emulate({"-bios", "none", "--dump-dtb", path}).exit_code, 0);
  EXPECT_EQ(testing::ReadFile(path).substr(0, 4), "\xd0\x0d\xfe\xed");
}

TEST(EmulatorStatusTest, SignalEndsTheRunInGoodOrder) {
  std::string program = Program({kJumpToSelf});
  std::string emulator = Emulator();
  pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    execl(emulator.c_str(), emulator.c_str(), "-bios", program.c_str(), "-serial", "null", nullptr);
    _exit(127);
  }
  usleep(500'000);
  kill(pid, SIGTERM);
  int status = 0;
  waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
}

}  // namespace
}  // namespace lockstep
