#include "emulator/machine/device_tree.h"

#include <gtest/gtest.h>
#include <libfdt.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "emulator/cpu/model.h"

namespace lockstep::machine {
namespace {

constexpr uint64_t kRam = 128 << 20;

// All properties of a tree by "path:name". Values of properties that hold phandles have these
// replaced by the node's path, so that trees that number them differently compare equal.
using Properties = std::map<std::string, std::string>;

std::string PathOf(const void* fdt, int node) {
  char path[256];
  EXPECT_EQ(fdt_get_path(fdt, node, path, sizeof(path)), 0);
  return path;
}

uint32_t Cell(const std::string& bytes, size_t index) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(bytes[index * 4 + i]);
  return value;
}

std::string Resolve(const void* fdt, const std::string& name, const std::string& value) {
  size_t stride = name == "interrupts-extended" ? 2 : 1;
  if (name != "interrupts-extended" && name != "interrupt-parent" && name != "regmap" &&
      name != "cpu") {
    return value;
  }
  std::string out;
  for (size_t i = 0; i < value.size() / 4; ++i) {
    if (i % stride == 0) {
      int node = fdt_node_offset_by_phandle(fdt, Cell(value, i));
      EXPECT_GE(node, 0) << name << ": phandle " << Cell(value, i) << " leads nowhere";
      out += "<" + (node >= 0 ? PathOf(fdt, node) : "?") + ">";
    } else {
      out += std::to_string(Cell(value, i));
    }
  }
  return out;
}

Properties Flatten(const void* fdt) {
  Properties out;
  for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, nullptr)) {
    std::string path = PathOf(fdt, node);
    out[path] = "node";
    int property;
    fdt_for_each_property_offset(property, fdt, node) {
      const char* name = nullptr;
      int size = 0;
      const void* value = fdt_getprop_by_offset(fdt, property, &name, &size);
      if (std::string(name) == "phandle") continue;
      std::string bytes(static_cast<const char*>(value), static_cast<size_t>(size));
      out[path + ":" + name] = Resolve(fdt, name, bytes);
    }
  }
  return out;
}

std::vector<uint8_t> QemuTree(
    const std::string& extra,
    const std::string& cpu = "rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off") {
  std::string path = ::testing::TempDir() + "/virt.dtb";
  std::string command = "qemu-system-riscv64 -M virt,dumpdtb=" + path + " -cpu " + cpu +
                        " -display none " + extra + " >/dev/null 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::vector<uint8_t> bytes(2 << 20);
  std::FILE* file = std::fopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr);
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  return bytes;
}

// What is left out of the comparison: the PCI host, which does not exist here, and the entropy.
void DropAbsent(Properties& properties) {
  for (auto it = properties.begin(); it != properties.end();) {
    bool is_absent = it->first.rfind("/soc/pci@", 0) == 0 || it->first == "/chosen:rng-seed";
    it = is_absent ? properties.erase(it) : std::next(it);
  }
}

class QemuTreeTest : public ::testing::TestWithParam<uint64_t> {};

TEST_P(QemuTreeTest, HasTheContentOfQemus) {
  std::vector<uint8_t> qemu = QemuTree("-m " + std::to_string(GetParam() >> 20) + "M");
  Properties expected = Flatten(qemu.data());
  DropAbsent(expected);
  std::vector<uint8_t> ours = GenerateDeviceTree({GetParam(), 1});
  Properties actual = Flatten(ours.data());
  EXPECT_GT(actual.size(), 120u);
  for (const auto& [name, value] : expected) {
    auto it = actual.find(name);
    if (it == actual.end()) {
      ADD_FAILURE() << "missing: " << name;
    } else {
      EXPECT_EQ(it->second, value) << name;
    }
  }
  for (const auto& [name, value] : actual) EXPECT_TRUE(expected.count(name)) << "extra: " << name;
}
INSTANTIATE_TEST_SUITE_P(RamSizes, QemuTreeTest,
                         ::testing::Values(kRam, uint64_t{1} << 30, uint64_t{8} << 30));

class CpuTest : public ::testing::TestWithParam<const char*> {};

TEST_P(CpuTest, IsDescribedAsQemusIs) {
  const std::string cpu = std::string("rv64,h=off") + GetParam();
  std::vector<uint8_t> qemu = QemuTree("", cpu);
  Properties expected = Flatten(qemu.data());
  DropAbsent(expected);
  const absl::StatusOr<cpu::CpuModel> model = cpu::ParseCpu(cpu);
  ASSERT_TRUE(model.ok()) << model.status();
  std::vector<uint8_t> ours = GenerateDeviceTree({kRam, 1, model->extensions, model->has_mmu});
  EXPECT_EQ(Flatten(ours.data()), expected);
}
INSTANTIATE_TEST_SUITE_P(Cpus, CpuTest,
                         ::testing::Values("", ",zba=off,zbs=off", ",zbb=off,zbc=off",
                                           ",svinval=on", ",sstc=off,svnapot=on", ",svpbmt=on",
                                           ",f=off,d=off,m=off,a=off",
                                           ",d=off,Zifencei=off,Zihintpause=off", ",mmu=off",
                                           ",g=on"));

TEST(DeviceTreeTest, SeveralHartsHavePhandlesOfTheirOwn) {
  std::vector<uint8_t> qemu = QemuTree("-smp 4");
  Properties expected = Flatten(qemu.data());
  DropAbsent(expected);
  std::vector<uint8_t> ours = GenerateDeviceTree({kRam, 4});
  EXPECT_EQ(Flatten(ours.data()), expected);
}

TEST(DeviceTreeTest, PatchesWhatTheBootNeeds) {
  BootProperties boot;
  boot.bootargs = "console=ttyS0";
  boot.initrd = {{0x84000000, 0x84001234}};
  boot.rng_seed = RngSeed(1);
  absl::StatusOr<std::vector<uint8_t>> tree = PatchDeviceTree(GenerateDeviceTree({kRam, 1}), boot);
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_TRUE(CheckDeviceTree(*tree).ok());
  Properties properties = Flatten(tree->data());
  EXPECT_EQ(properties["/chosen:bootargs"], std::string("console=ttyS0\0", 14));
  EXPECT_EQ(Cell(properties["/chosen:linux,initrd-start"], 0), 0x84000000u);
  EXPECT_EQ(Cell(properties["/chosen:linux,initrd-end"], 0), 0x84001234u);
  EXPECT_EQ(properties["/chosen:rng-seed"].size(), 32u);
  EXPECT_EQ(tree->size(), fdt_totalsize(tree->data()));
}

TEST(DeviceTreeTest, WithoutBootPropertiesOnlyTheSeedIsAdded) {
  std::vector<uint8_t> bare = GenerateDeviceTree({kRam, 1});
  absl::StatusOr<std::vector<uint8_t>> tree = PatchDeviceTree(bare, {});
  ASSERT_TRUE(tree.ok());
  Properties patched = Flatten(tree->data());
  patched.erase("/chosen:rng-seed");
  EXPECT_EQ(patched, Flatten(bare.data()));
}

TEST(DeviceTreeTest, SeedsDiffer) {
  EXPECT_NE(RngSeed(1), RngSeed(2));
  EXPECT_EQ(RngSeed(1), RngSeed(1));
}

TEST(DeviceTreeTest, DamagedTreesAreRefused) {
  std::vector<uint8_t> tree = GenerateDeviceTree({kRam, 1});
  EXPECT_TRUE(CheckDeviceTree(tree).ok());
  EXPECT_FALSE(CheckDeviceTree({}).ok());
  for (size_t size = 0; size < tree.size(); size += 13) {
    EXPECT_FALSE(CheckDeviceTree(std::span(tree).first(size)).ok()) << size;
  }
  tree[0] ^= 1;
  EXPECT_FALSE(CheckDeviceTree(tree).ok());
}

}  // namespace
}  // namespace lockstep::machine
