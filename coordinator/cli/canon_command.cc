#include "coordinator/cli/canon_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "coordinator/cli/output.h"
#include "coordinator/cli/words.h"
#include "emulator/canon/canon.h"

namespace lockstep::cli {
namespace {

constexpr struct {
  canon::Target target;
  const char* file;
  const char* program;
} kTargets[] = {
    {canon::Target::kQemu7, "qemu-7.2.args", "qemu-system-riscv64"},
    {canon::Target::kQemu10, "qemu-10.args", "/opt/qemu-10/bin/qemu-system-riscv64"},
    {canon::Target::kLockstepEmu, "lockstep-emu.args", "lockstep-emu"},
};

// QEMU does not repeat itself with several harts.
bool IsFor(canon::Target target, unsigned harts) {
  return harts == 1 || target == canon::Target::kLockstepEmu;
}

std::string AbsolutePath(const std::string& path) {
  char* real = realpath(path.c_str(), nullptr);
  const std::string absolute = real != nullptr ? real : path;
  free(real);
  return absolute;
}

absl::Status WriteFile(const std::string& path, absl::string_view content) {
  std::ofstream out(path, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  out.close();
  if (out) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("cannot write '", path, "': ", strerror(errno)));
}

absl::Status Write(const CanonOptions& options, const canon::Config& config,
                   const canon::Image& image) {
  std::error_code code;
  std::filesystem::create_directories(options.out, code);
  if (code) {
    return absl::UnavailableError(
        absl::StrCat("cannot make the directory '", options.out, "': ", code.message()));
  }
  const std::string path = AbsolutePath(options.out);
  for (const canon::Part& part : image.parts) {
    const absl::string_view bytes(reinterpret_cast<const char*>(part.bytes.data()),
                                  part.bytes.size());
    if (absl::Status s = WriteFile(absl::StrCat(path, "/", part.name), bytes); !s.ok()) return s;
  }
  for (const auto& target : kTargets) {
    if (!IsFor(target.target, config.harts)) continue;
    const std::string arguments = canon::Arguments(image, config, path, target.target);
    const std::string file = absl::StrCat(path, "/", target.file);
    if (absl::Status s = WriteFile(file, arguments + "\n"); !s.ok()) return s;
  }
  return absl::OkStatus();
}

void Print(const CanonOptions& options, const canon::Image& image) {
  for (const canon::Part& part : image.parts) {
    absl::PrintF("%#10x  %10d bytes  %s/%s\n", part.pa, part.bytes.size(), options.out, part.name);
  }
  if (!image.append.empty()) absl::PrintF("kernel command line: %s\n", image.append);
  if (image.append != options.append) {
    absl::PrintF("(no4lvl was added: QEMU 7.2 always offers Sv48, and the others do not)\n");
  }
  absl::PrintF("\nOne of them by itself:\n");
  const auto command = [&](const auto& target) {
    return absl::StrCat(target.program, " $(cat ", JoinWords({options.out}), "/", target.file, ")");
  };
  for (const auto& target : kTargets) {
    if (!IsFor(target.target, options.harts)) continue;
    absl::PrintF("  eval \"%s\" -serial stdio\n", command(target));
  }
  absl::PrintF("\nCompared:\n");
  const std::string run = JoinWords({options.program, "run"});
  if (options.harts > 1) {
    const std::string emulator = command(kTargets[std::size(kTargets) - 1]);
    absl::PrintF("  %s --a \"%s\" --b \"%s --engine jit\"\n", run, emulator, emulator);
    return;
  }
  for (size_t i = 1; i < std::size(kTargets); ++i) {
    absl::PrintF("  %s --a \"%s\" --b \"%s\"\n", run, command(kTargets[0]), command(kTargets[i]));
  }
}

}  // namespace

int CanonCommand(const CanonOptions& options) {
  canon::Config config;
  config.bios = options.bios;
  config.kernel = options.kernel;
  config.initrd = options.initrd;
  config.append = options.append;
  config.dtb = options.dtb;
  config.cpu = options.cpu;
  config.ram_bytes = options.ram_bytes;
  config.harts = options.harts;
  absl::StatusOr<canon::Image> image = canon::MakeImage(config);
  absl::Status status = image.status();
  if (status.ok()) status = Write(options, config, *image);
  if (!status.ok()) {
    PrintError(std::string(status.message()));
    return StatusOf(report::Outcome::kTrouble, /*bisect=*/false);
  }
  Print(options, *image);
  return 0;
}

}  // namespace lockstep::cli
