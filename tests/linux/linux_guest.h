// Linux guests for tests: what bazel/fetch_guests.sh has fetched, made into an initial RAM disk, a
// disk image, and a run of lockstep-emu.
#ifndef TESTS_LINUX_LINUX_GUEST_H_
#define TESTS_LINUX_LINUX_GUEST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/guests.h"
#include "tests/support/process.h"

namespace lockstep::testing {

// Whether kernel, modules and busybox are there (tests/support/guests.h says how they are fetched).
bool HaveLinux();

// An archive in the "newc" form of cpio, as the kernel unpacks it into its first file system.
class Initramfs {
 public:
  // With busybox as /bin/busybox and /bin/sh, the usual directories and /dev/console.
  Initramfs();

  void AddDirectory(const std::string& path);
  void AddFile(const std::string& path, const std::string& contents, unsigned mode = 0644);
  // A kernel module and those it depends on, by name ("virtio_blk"): each goes to /modules, and
  // LoadModules() has the commands for all of them.
  void AddModule(const std::string& name);
  std::string LoadModules() const;

  // Writes the archive; its path. `init` is the text of /init behind its first line, which runs
  // after /proc, /sys and /dev are mounted.
  std::string Write(const std::string& init);

 private:
  void AddEntry(const std::string& path, unsigned mode, const std::string& contents,
                unsigned major = 0, unsigned minor = 0);

  std::string archive_;
  unsigned inode_ = 0;
  std::vector<std::string> modules_;  // in the order of loading
};

// Options for a boot of a kernel with an initial RAM disk, console on the serial port.
std::vector<std::string> LinuxOptions(const std::string& initrd, const std::string& append = "",
                                      const std::string& kernel = FetchedGuest("linux/Image"));

// An ext4 image of `mebibytes` with the contents of a directory of the host; its path.
std::string MakeExt4(const std::string& directory, int mebibytes);
// A file's contents out of an ext4 image.
std::string ReadFromExt4(const std::string& image, const std::string& path);

// Runs lockstep-emu with the console on stdout and input from a console script, "" for none.
ProcessResult RunEmulator(const std::vector<std::string>& options, const std::string& script,
                          int timeout_seconds = 300);

}  // namespace lockstep::testing

#endif  // TESTS_LINUX_LINUX_GUEST_H_
