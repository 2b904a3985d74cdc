#include "tests/linux/linux_guest.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "emulator/base/check.h"
#include "tests/support/guests.h"

namespace lockstep::testing {
namespace {

constexpr char kFirmware[] = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf";
constexpr unsigned kDirectory = 040755, kCharacterDevice = 020600, kLink = 0120777;

std::string Base(const std::string& module_path) {
  return std::filesystem::path(module_path).stem().stem().string();
}

// The file of a module; names may be written with - or _.
std::string FindModule(std::string name) {
  std::ranges::replace(name, '-', '_');
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(FetchedGuest("linux/modules"))) {
    std::string base = Base(entry.path().string());
    std::ranges::replace(base, '-', '_');
    if (entry.is_regular_file() && base == name) return entry.path().string();
  }
  LOCKSTEP_CHECK(false) << "no module " << name;
  return "";
}

// Names that the module's information section says it depends on.
std::vector<std::string> Dependencies(const std::string& module) {
  static const std::string kKey("\0depends=", 9);
  std::vector<std::string> names;
  const size_t found = module.find(kKey);
  if (found == std::string::npos) return names;
  const std::string list = module.c_str() + found + kKey.size();
  for (size_t start = 0; start < list.size();) {
    const size_t end = std::min(list.find(',', start), list.size());
    names.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  return names;
}

std::string RunOrDie(const std::vector<std::string>& argv) {
  const ProcessResult result = RunProcess(argv, "", 300);
  LOCKSTEP_CHECK(result.exit_code == 0) << argv[0] << ": " << result.err;
  return result.out;
}

}  // namespace

bool HaveLinux() {
  return !FetchedGuest("linux/Image").empty() && !FetchedGuest("linux/modules").empty() &&
         !FetchedGuest("linux/busybox").empty();
}

Initramfs::Initramfs() {
  for (const char* path : {"bin", "dev", "proc", "sys", "mnt", "tmp", "etc", "modules"}) {
    AddEntry(path, kDirectory, "");
  }
  AddEntry("dev/console", kCharacterDevice, "", 5, 1);
  AddFile("bin/busybox", ReadFile(FetchedGuest("linux/busybox")), 0755);
  AddEntry("bin/sh", kLink, "busybox");
}

void Initramfs::AddEntry(const std::string& path, unsigned mode, const std::string& contents,
                         unsigned major, unsigned minor) {
  char header[111];
  snprintf(header, sizeof(header), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
           ++inode_, mode, 0, 0, 1, 0, static_cast<unsigned>(contents.size()), 0, 0, major, minor,
           static_cast<unsigned>(path.size() + 1), 0);
  const auto pad = [this] { archive_.resize((archive_.size() + 3) / 4 * 4); };
  archive_ += header;
  archive_.append(path.c_str(), path.size() + 1);
  pad();
  archive_ += contents;
  pad();
}

void Initramfs::AddDirectory(const std::string& path) { AddEntry(path, kDirectory, ""); }

void Initramfs::AddFile(const std::string& path, const std::string& contents, unsigned mode) {
  constexpr unsigned kRegular = 0100000;
  AddEntry(path, kRegular | mode, contents);
}

void Initramfs::AddModule(const std::string& name) {
  const std::string file = FindModule(name);
  const std::string base = Base(file);
  if (std::ranges::find(modules_, base) != modules_.end()) return;
  const std::string module = RunOrDie({"xz", "-dc", file});
  for (const std::string& dependency : Dependencies(module)) AddModule(dependency);
  AddFile("modules/" + base + ".ko", module);
  modules_.push_back(base);
}

std::string Initramfs::LoadModules() const {
  std::string commands;
  for (const std::string& module : modules_) {
    commands += "busybox insmod /modules/" + module + ".ko\n";
  }
  return commands;
}

std::string Initramfs::Write(const std::string& init) {
  AddFile("init",
          "#!/bin/sh\n"
          "export PATH=/bin:/sbin\n"
          "busybox mount -t proc proc /proc\n"
          "busybox mount -t sysfs sys /sys\n"
          "busybox mount -t devtmpfs dev /dev\n" +
              init,
          0755);
  AddEntry("TRAILER!!!", 0, "");
  std::string path = MakeTempDir() + "/initrd";
  WriteFile(path, archive_);
  return path;
}

std::vector<std::string> LinuxOptions(const std::string& initrd, const std::string& append,
                                      const std::string& kernel) {
  return {"-M",        "virt",    "-m",      "512M",
          "-bios",     kFirmware, "-kernel", kernel,
          "-initrd",   initrd,    "-append", "console=ttyS0 panic=-1 quiet " + append,
          "-no-reboot"};
}

std::string MakeExt4(const std::string& directory, int mebibytes) {
  std::string path = MakeTempDir() + "/disk.img";
  RunOrDie({"/sbin/mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", directory, path,
            std::to_string(mebibytes) + "M"});
  return path;
}

std::string ReadFromExt4(const std::string& image, const std::string& path) {
  return RunOrDie({"/sbin/debugfs", "-R", "cat " + path, image});
}

ProcessResult RunEmulator(const std::vector<std::string>& options, const std::string& script,
                          int timeout_seconds) {
  std::vector<std::string> argv = {Runfile("emulator/main/lockstep-emu")};
  argv.insert(argv.end(), options.begin(), options.end());
  argv.insert(argv.end(), {"-v", "--stats=brief"});
  if (!script.empty()) {
    const std::string path = MakeTempDir() + "/script";
    WriteFile(path, script);
    argv.insert(argv.end(), {"-serial", "script:" + path});
  }
  return RunProcess(argv, "", timeout_seconds);
}

}  // namespace lockstep::testing
