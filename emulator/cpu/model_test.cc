#include "emulator/cpu/model.h"

#include <gtest/gtest.h>

#include <string>

#include "emulator/isa/extensions.h"

namespace lockstep::cpu {
namespace {

using isa::Extension;

std::string IsaOf(const char* text) {
  const absl::StatusOr<CpuModel> model = ParseCpu(text);
  return model.ok() ? isa::IsaString(model->extensions) : std::string(model.status().message());
}

std::string Error(const char* text) { return std::string(ParseCpu(text).status().message()); }

// QEMU 7.2 less H; device_tree_test compares the strings with QEMU's.
TEST(ParseCpuTest, DefaultsAreQemus) {
  EXPECT_EQ(IsaOf("rv64"), "rv64imafdc_zicsr_zifencei_zihintpause_zba_zbb_zbc_zbs_sstc");
  EXPECT_EQ(IsaOf("rv64,h=off,svinval=on,svnapot=on,svpbmt=on"),
            "rv64imafdc_zicsr_zifencei_zihintpause_zba_zbb_zbc_zbs_sstc_svinval_svnapot_svpbmt");
  const CpuModel model = *ParseCpu("rv64");
  EXPECT_TRUE(model.has_mmu);
  EXPECT_TRUE(model.has_pmp);
  EXPECT_EQ(model.marchid, 0u);
}

TEST(ParseCpuTest, WhatEveryVersionOfQemuIsToldForRv64gc) {
  EXPECT_EQ(*ParseCpu("rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,marchid=0,mimpid=0"),
            CpuModel());
  EXPECT_EQ(*ParseCpu("rv64,zba=off,zbb=off,zbc=off,zbs=off,sstc=off,sv57=off,sv48=off,svadu=off,"
                      "zicbom=off,zicboz=off,zicbop=off,zawrs=off,zfa=off,zihintntl=off,zmmul=off"),
            CpuModel());
}

TEST(ParseCpuTest, SwitchesAndNumbers) {
  EXPECT_EQ(IsaOf("rv64,d=off,f=off,zifencei=false,Zihintpause=no"),
            "rv64imac_zicsr_zba_zbb_zbc_zbs_sstc");
  EXPECT_EQ(IsaOf("rv64,zba=off,zba=on,zbb=on,zbb=off,zbc=n,zbs=y,sstc=false"),
            "rv64imafdc_zicsr_zifencei_zihintpause_zba_zbs");
  EXPECT_EQ(IsaOf("rv64,g=on,d=off,f=off,a=off,m=off,Zifencei=off"), IsaOf("rv64"));
  EXPECT_FALSE(ParseCpu("rv64,mmu=off")->has_mmu);
  EXPECT_FALSE(ParseCpu("rv64,pmp=off")->has_pmp);
  const CpuModel model = *ParseCpu("rv64,marchid=0x123456789abcdef0,mimpid=7,mvendorid=0xffffffff");
  EXPECT_EQ(model.marchid, 0x123456789abcdef0u);
  EXPECT_EQ(model.mimpid, 7u);
  EXPECT_EQ(model.mvendorid, 0xffffffffu);
}

TEST(ParseCpuTest, Errors) {
  EXPECT_EQ(Error("rv64,h=on"), "property h=on is not available; only h=off is");
  EXPECT_EQ(Error("rv64,c=off"), "property c=off is not available; only c=on is");
  EXPECT_EQ(Error("rv64,frob=on"),
            "unknown property 'frob'; there are m a f d Zifencei Zihintpause zba zbb zbc zbs sstc "
            "svinval svnapot svpbmt mmu pmp g mvendorid marchid mimpid");
  EXPECT_EQ(Error("rv32"), "'rv32' is not known; only rv64 is");
  EXPECT_EQ(Error("rv64,d"), "'d' is not property=value");
  EXPECT_EQ(Error("rv64,"), "'' is not property=value");
  EXPECT_EQ(Error("rv64,zba=maybe"), "property zba=maybe is neither on nor off");
  EXPECT_EQ(Error("rv64,f=off"), "d=on needs f=on; give d=off too");
  EXPECT_EQ(Error("rv64,mvendorid=0x100000000"),
            "property mvendorid=0x100000000 is not a number from 0 to 0xffffffff");
  EXPECT_FALSE(ParseCpu("rv64,marchid=-1").ok());
  EXPECT_FALSE(ParseCpu("rv64,marchid=").ok());
}

TEST(CpuHelpTest, NamesThemAll) {
  const std::string help = CpuHelp();
  for (const char* word : {"  zba=on\n", "  svpbmt=off\n", "  mmu=on\n", "  marchid=0\n"}) {
    EXPECT_NE(help.find(word), std::string::npos) << word;
  }
}

}  // namespace
}  // namespace lockstep::cpu
