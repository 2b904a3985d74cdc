#include "emulator/main/device_options.h"

#include <gtest/gtest.h>

namespace lockstep::emu {
namespace {

const char kDrive[] = "file=disk.img,format=raw,if=none,id=d0";

const std::vector<std::string> kNetdevs = {
    "user,id=n0,restrict=on,hostname=guest,tftp=/srv/files,hostfwd=tcp::2222-:22,"
    "hostfwd=udp:127.0.0.1:53-10.0.2.9:53",
    "socket,id=n1,listen=:1234", "socket,id=n2,connect=localhost:1234"};

const std::vector<std::string> kChardevs = {
    "file,id=c0,path=/tmp/a,,b",      "null,id=c1",  "null,id=c2",
    "file,id=c3,path=o,input-path=i", "stdio,id=c4", "script,id=c5,path=s,out=o"};

// The error of these options; "" when there is none.
std::string Error(const RawDevices& raw) {
  absl::StatusOr<DeviceOptions> options = ParseDevices(raw);
  return options.ok() ? "" : std::string(options.status().message());
}
std::string DeviceError(const std::string& text) {
  return Error({.drives = {kDrive},
                .netdevs = kNetdevs,
                .chardevs = kChardevs,
                .devices = {text},
                .globals = {}});
}
std::string DriveError(const std::string& text) {
  return Error(
      {.drives = {text}, .netdevs = kNetdevs, .chardevs = kChardevs, .devices = {}, .globals = {}});
}

TEST(DeviceOptionsTest, Drives) {
  auto options = ParseDevices(
      {.drives = {kDrive,
                  "id=d1,file=a,,b,format=raw,if=none,readonly=on,snapshot=on,discard=unmap,"
                  "cache=unsafe"},
       .netdevs = kNetdevs,
       .devices = {},
       .globals = {}});
  ASSERT_TRUE(options.ok()) << options.status();
  const backend::DiskSpec& plain = options->drives.at("d0");
  EXPECT_EQ(plain.path, "disk.img");
  EXPECT_FALSE(plain.read_only || plain.snapshot || plain.discard);
  EXPECT_TRUE(plain.flush_to_medium);
  const backend::DiskSpec& other = options->drives.at("d1");
  EXPECT_EQ(other.path, "a,b");
  EXPECT_TRUE(other.read_only && other.snapshot && other.discard);
  EXPECT_FALSE(other.flush_to_medium);
}

TEST(DeviceOptionsTest, SlotsAreTakenFromTheHighestDown) {
  auto options =
      ParseDevices({.drives = {kDrive},
                    .netdevs = kNetdevs,
                    .devices = {"virtio-rng-device,bus=virtio-mmio-bus.6",
                                "virtio-blk-device,drive=d0,serial=abc",
                                "loader,addr=0x80000000,cpu-num=0", "virtio-rng-device,id=r"},
                    .globals = {}});
  ASSERT_TRUE(options.ok()) << options.status();
  ASSERT_EQ(options->virtio.size(), 3u);
  EXPECT_EQ(options->virtio[0].slot, 6u);
  EXPECT_EQ(options->virtio[1].slot, 7u);
  EXPECT_EQ(options->virtio[1].drive, "d0");
  EXPECT_EQ(options->virtio[1].serial, "abc");
  EXPECT_EQ(options->virtio[2].slot, 5u);
  EXPECT_EQ(options->loaders.size(), 1u);
  EXPECT_EQ(options->empty_virtio_version, 1u);
}

TEST(DeviceOptionsTest, Networks) {
  auto options =
      ParseDevices({.drives = {},
                    .netdevs = kNetdevs,
                    .devices = {"virtio-net-device,netdev=n1", "virtio-net-device,netdev=n0",
                                "virtio-net-device,netdev=n2,mac=02:0a:00:00:00:Ff"},
                    .globals = {}});
  ASSERT_TRUE(options.ok()) << options.status();
  const auto& user = std::get<backend::UserNetworkSpec>(options->netdevs.at("n0"));
  EXPECT_TRUE(user.restricted);
  EXPECT_EQ(user.host_name, "guest");
  EXPECT_EQ(user.tftp_directory, "/srv/files");
  ASSERT_EQ(user.forwards.size(), 2u);
  EXPECT_EQ(user.forwards[0].host_port, 2222);
  EXPECT_EQ(user.forwards[0].guest_port, 22);
  EXPECT_TRUE(user.forwards[1].is_udp);
  EXPECT_EQ(user.forwards[1].host_address, 0x7f000001u);
  EXPECT_EQ(user.forwards[1].guest_address, 0x0a000209u);
  const auto& socket = std::get<backend::SocketNetworkSpec>(options->netdevs.at("n2"));
  EXPECT_FALSE(socket.listens);
  EXPECT_EQ(socket.host, "localhost");
  EXPECT_EQ(socket.port, 1234);
  EXPECT_EQ(options->virtio[0].mac[5], 0x56);
  EXPECT_EQ(options->virtio[1].mac[5], 0x57);
  EXPECT_EQ(options->virtio[2].mac[5], 0xff);
}

TEST(DeviceOptionsTest, NetworkErrors) {
  const auto netdev_error = [](const std::string& text) {
    return Error({.drives = {}, .netdevs = {text}, .chardevs = {}, .devices = {}, .globals = {}});
  };
  EXPECT_EQ(netdev_error("tap,id=n"),
            "-netdev tap,id=n: unknown kind of network; known: user, socket");
  EXPECT_EQ(netdev_error("user"), "-netdev user: id= is needed");
  EXPECT_EQ(netdev_error("user,id=n,hostfwd=22-22"),
            "-netdev user,id=n,hostfwd=22-22: hostfwd=22-22: not "
            "tcp:[ADDRESS]:PORT-[ADDRESS]:PORT");
  EXPECT_NE(netdev_error("user,id=n,hostfwd=tcp::1-:0"), "");
  EXPECT_EQ(netdev_error("user,id=n,ipv6=on"),
            "-netdev user,id=n,ipv6=on: IPv6 is not available here; only ipv6=off is");
  EXPECT_NE(netdev_error("user,id=n,hostfwd=tcp:host:1-:2"), "");
  EXPECT_EQ(netdev_error("user,id=n,net=10.0.0.0"),
            "-netdev user,id=n,net=10.0.0.0: unknown property 'net'");
  EXPECT_EQ(netdev_error("socket,id=n"),
            "-netdev socket,id=n: one of listen=[HOST]:PORT and connect=[HOST]:PORT is needed");
  EXPECT_EQ(netdev_error("socket,id=n,listen=99999"),
            "-netdev socket,id=n,listen=99999: listen=99999: not [HOST]:PORT");
  EXPECT_EQ(DeviceError("virtio-net-device,netdev=x"),
            "-device virtio-net-device,netdev=x: there is no -netdev with id=x");
  EXPECT_EQ(DeviceError("virtio-net-device,netdev=n0,mac=01:00:00:00:00:00"),
            "-device virtio-net-device,netdev=n0,mac=01:00:00:00:00:00: mac=01:00:00:00:00:00: not "
            "an address like 52:54:00:12:34:56");
}

TEST(DeviceOptionsTest, Ports) {
  const auto parse = [](const std::vector<std::string>& devices) {
    return ParseDevices(
        {.drives = {}, .netdevs = {}, .chardevs = kChardevs, .devices = devices, .globals = {}});
  };
  auto options = parse({"virtio-serial-device,max_ports=4", "virtserialport,chardev=c1,name=org.x",
                        "virtconsole,chardev=c0", "virtconsole,chardev=c2,nr=3"});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->chardevs.at("c0").path, "/tmp/a,b");
  EXPECT_EQ(options->chardevs.at("c0").in_path, "");
  EXPECT_EQ(options->chardevs.at("c1").kind, SerialSpec::Kind::kNull);
  EXPECT_EQ(options->chardevs.at("c3").kind, SerialSpec::Kind::kFile);
  EXPECT_EQ(options->chardevs.at("c3").in_path, "i");
  EXPECT_EQ(options->chardevs.at("c4").kind, SerialSpec::Kind::kStdio);
  EXPECT_EQ(options->chardevs.at("c5").kind, SerialSpec::Kind::kScript);
  EXPECT_EQ(options->chardevs.at("c5").path, "s");
  EXPECT_EQ(options->chardevs.at("c5").out_path, "o");
  const VirtioSpec& serial = options->virtio.at(0);
  EXPECT_EQ(serial.max_ports, 4u);
  ASSERT_EQ(serial.ports.size(), 3u);
  EXPECT_EQ(serial.ports.at(0).chardev, "c0");
  EXPECT_EQ(serial.ports.at(1).name, "org.x");
  EXPECT_TRUE(serial.ports.at(3).is_console);
  const auto error = [&](const std::vector<std::string>& devices) {
    return std::string(parse(devices).status().message());
  };
  EXPECT_EQ(error({"virtconsole,chardev=c0"}),
            "-device virtconsole,chardev=c0: there is no -device virtio-serial-device before it");
  EXPECT_EQ(error({"virtio-serial-device", "virtconsole"}),
            "-device virtconsole: chardev= is needed");
  EXPECT_EQ(error({"virtio-serial-device", "virtconsole,chardev=x"}),
            "-device virtconsole,chardev=x: there is no -chardev with id=x");
  EXPECT_EQ(error({"virtio-serial-device", "virtserialport,chardev=c0,nr=0"}),
            "-device virtserialport,chardev=c0,nr=0: port 0 is for a virtconsole");
  EXPECT_EQ(error({"virtio-serial-device,max_ports=1", "virtserialport,chardev=c0"}),
            "-device virtserialport,chardev=c0: all ports are taken; give more max_ports");
  EXPECT_EQ(error({"virtio-serial-device,max_ports=32"}),
            "-device virtio-serial-device,max_ports=32: max_ports=32: not a number from 1 to 31");
  EXPECT_EQ(error({"virtio-serial-device", "virtconsole,chardev=c0", "virtconsole,chardev=c0"}),
            "-device virtconsole,chardev=c0: chardev 'c0' is used by another port");
}

TEST(DeviceOptionsTest, ChardevErrors) {
  const auto error = [](const std::vector<std::string>& chardevs) {
    return Error({.drives = {}, .netdevs = {}, .chardevs = chardevs, .devices = {}, .globals = {}});
  };
  EXPECT_EQ(error({"pty,id=c"}),
            "-chardev pty,id=c: unknown kind of character device; known: file, null, script, "
            "stdio");
  EXPECT_EQ(error({"file,id=c"}), "-chardev file,id=c: path= is needed");
  EXPECT_EQ(error({"script,id=c,out=x"}), "-chardev script,id=c,out=x: path= is needed");
  EXPECT_EQ(error({"stdio,id=c,path=x"}), "-chardev stdio,id=c,path=x: unknown property 'path'");
  EXPECT_EQ(error({"stdio,id=c", "stdio,id=d"}),
            "-chardev stdio,id=d: standard input is chardev 'c' already");
  EXPECT_EQ(error({"null,id=c", "null,id=c"}),
            "-chardev null,id=c: there is a chardev 'c' already");
}

TEST(DeviceOptionsTest, Globals) {
  auto options = ParseDevices({.drives = {},
                               .netdevs = kNetdevs,
                               .chardevs = kChardevs,
                               .devices = {},
                               .globals = {"virtio-mmio.force-legacy=false"}});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->empty_virtio_version, 2u);
  EXPECT_EQ(Error({.drives = {},
                   .netdevs = kNetdevs,
                   .devices = {},
                   .globals = {"virtio-mmio.force-legacy=on"}}),
            "-global virtio-mmio.force-legacy=on: the legacy transport is not available; occupied "
            "slots are version 2");
  EXPECT_EQ(Error({.drives = {},
                   .netdevs = kNetdevs,
                   .chardevs = kChardevs,
                   .devices = {},
                   .globals = {"a.b=c"}}),
            "-global a.b=c: only virtio-mmio.force-legacy=off is known");
}

TEST(DeviceOptionsTest, DriveErrors) {
  EXPECT_EQ(DriveError("disk.img"), "-drive disk.img: 'disk.img' is not property=value");
  EXPECT_EQ(DriveError("file=x"), "-drive file=x: id= is needed");
  EXPECT_EQ(DriveError("id=x"), "-drive id=x: file= is needed");
  EXPECT_EQ(DriveError("id=x,file=y,format=qcow2,if=none"),
            "-drive id=x,file=y,format=qcow2,if=none: format=raw is needed: raw images are what is "
            "read");
  EXPECT_NE(DriveError("id=x,file=y,format=raw").find("if=none is needed"), std::string::npos);
  EXPECT_NE(DriveError(std::string(kDrive) + ",readonly=maybe")
                .find("readonly=maybe: neither on nor off"),
            std::string::npos);
  EXPECT_NE(DriveError(std::string(kDrive) + ",discard=x").find("neither unmap nor ignore"),
            std::string::npos);
  EXPECT_NE(DriveError(std::string(kDrive) + ",cache=x").find("not writeback, none or unsafe"),
            std::string::npos);
  EXPECT_NE(DriveError(std::string(kDrive) + ",frob=x").find("unknown property 'frob'"),
            std::string::npos);
  EXPECT_NE(Error({.drives = {kDrive, kDrive},
                   .netdevs = kNetdevs,
                   .chardevs = kChardevs,
                   .devices = {},
                   .globals = {}})
                .find("there is a drive 'd0' already"),
            std::string::npos);
}

TEST(DeviceOptionsTest, DeviceErrors) {
  EXPECT_EQ(
      DeviceError("virtio-gpu-device"),
      "-device virtio-gpu-device: unknown device; known: loader, virtconsole, virtio-blk-device, "
      "virtio-net-device, virtio-rng-device, virtio-serial-device, virtserialport");
  EXPECT_EQ(DeviceError("virtio-blk-device"), "-device virtio-blk-device: drive= is needed");
  EXPECT_EQ(DeviceError("virtio-blk-device,drive=x"),
            "-device virtio-blk-device,drive=x: there is no -drive with id=x");
  EXPECT_EQ(DeviceError("virtio-rng-device,bus=pci.0"),
            "-device virtio-rng-device,bus=pci.0: bus=pci.0: not virtio-mmio-bus.0 to "
            "virtio-mmio-bus.7");
  EXPECT_EQ(DeviceError("virtio-rng-device,frob=1"),
            "-device virtio-rng-device,frob=1: unknown property 'frob'");
  EXPECT_EQ(DeviceError("loader"), std::string(machine::ParseLoader("loader").status().message()));
  EXPECT_EQ(Error({.drives = {kDrive},
                   .netdevs = kNetdevs,
                   .devices = {"virtio-blk-device,drive=d0", "virtio-blk-device,drive=d0"},
                   .globals = {}}),
            "-device virtio-blk-device,drive=d0: drive 'd0' is used by another device");
  EXPECT_EQ(Error({.drives = {},
                   .netdevs = kNetdevs,
                   .devices = {"virtio-rng-device,id=a", "virtio-rng-device,id=a"},
                   .globals = {}}),
            "-device virtio-rng-device,id=a: there is a device 'a' already");
  EXPECT_EQ(Error({.drives = {},
                   .netdevs = kNetdevs,
                   .devices = {"virtio-rng-device", "virtio-rng-device,bus=virtio-mmio-bus.7"},
                   .globals = {}}),
            "-device virtio-rng-device,bus=virtio-mmio-bus.7: bus virtio-mmio-bus.7 is taken");
  EXPECT_EQ(Error({.drives = {},
                   .netdevs = kNetdevs,
                   .devices = std::vector<std::string>(9, "virtio-rng-device"),
                   .globals = {}}),
            "-device virtio-rng-device: all 8 virtio slots are taken");
}

}  // namespace
}  // namespace lockstep::emu
