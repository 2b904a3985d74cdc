"""Build rules shared by all packages."""

def proto_sources(name, protos, root, visibility = None, grpc = []):
    """Generates C++ messages (and gRPC stubs) from .proto files with the system's protoc.

    The .proto files import one another by their path below `root` ("lockstep/v1/x.proto" for the
    root "proto"), as buf and other languages want it. C++ code includes the generated headers by
    their workspace path ("proto/lockstep/v1/x.pb.h").

    Args:
      name: the cc_library that holds the messages and stubs.
      protos: .proto files of this package.
      root: the folder, a leading part of this package's path, that imports are relative to.
      visibility: as everywhere.
      grpc: those of `protos` that define services.
    """
    package = native.package_name()
    below = package[len(root) + 1:]
    up = "/".join([".." for _ in below.split("/")])
    outs = []
    for proto in protos:
        stem = proto[:-len(".proto")]
        outs += [stem + ".pb.h", stem + ".pb.cc"]
        if proto in grpc:
            outs += [stem + ".grpc.pb.h", stem + ".grpc.pb.cc"]
    cmd = "protoc -I{root} --cpp_out=$(RULEDIR)/{up} $(SRCS)"
    if grpc:
        cmd += (" && protoc -I{root} --grpc_out=$(RULEDIR)/{up} " +
                "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin {services}")

    # The generated files include one another by their path below the root.
    cmd += " && sed -i 's|^#include \"{below}/|#include \"{package}/|' $(OUTS)"
    native.genrule(
        name = name + "_gen",
        srcs = protos,
        outs = outs,
        cmd = cmd.format(
            below = below,
            package = package,
            root = root,
            services = " ".join(["$(location %s)" % proto for proto in grpc]),
            up = up,
        ),
    )
    native.cc_library(
        name = name,
        srcs = [o for o in outs if o.endswith(".cc")],
        hdrs = [o for o in outs if o.endswith(".h")],
        copts = ["-Wno-unused-parameter"],
        visibility = visibility,
        deps = ["@grpc//:grpc++", "@protobuf"],
    )
