"""Build rules shared by all packages."""

def proto_sources(name, protos, visibility = None, grpc = True):
    """Generates C++ (and gRPC stubs) from .proto files with the system's protoc.

    The generated headers are included by their workspace path ("proto/lockstep/v1/x.pb.h").

    Args:
      name: the cc_library that holds the messages and stubs.
      protos: .proto files of this package.
      visibility: as everywhere.
      grpc: also generate service stubs.
    """
    package = native.package_name()
    outs = []
    for proto in protos:
        stem = proto[:-len(".proto")]
        outs += [stem + ".pb.h", stem + ".pb.cc"]
        if grpc:
            outs += [stem + ".grpc.pb.h", stem + ".grpc.pb.cc"]
    grpc_flags = ""
    if grpc:
        grpc_flags = "--grpc_out=$(RULEDIR)/{up} --plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin"
    up = "/".join([".." for _ in package.split("/")])
    native.genrule(
        name = name + "_gen",
        srcs = protos,
        outs = outs,
        cmd = ("protoc -I. --cpp_out=$(RULEDIR)/{up} " + grpc_flags + " $(SRCS)").format(up = up),
    )
    native.cc_library(
        name = name,
        srcs = [o for o in outs if o.endswith(".cc")],
        hdrs = [o for o in outs if o.endswith(".h")],
        copts = ["-Wno-unused-parameter"],
        visibility = visibility,
        deps = ["@grpc//:grpc++", "@protobuf"],
    )
