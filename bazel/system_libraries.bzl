"""System libraries as Bazel repositories.

One repository per library, each a set of `cc_library` targets whose link options come
from pkg-config, or are written here where the Debian package has no .pc file. A user
with other versions or another distribution changes this file only.
"""

def _impl(repository_ctx):
    lines = ['package(default_visibility = ["//visibility:public"])']
    for target, spec in repository_ctx.attr.targets.items():
        copts = []
        if spec.startswith("-"):
            linkopts = [word for word in spec.split(" ") if word]
        else:
            modules = spec.split(" ")
            result = repository_ctx.execute(["pkg-config", "--libs"] + modules)
            if result.return_code != 0:
                fail("pkg-config does not know '%s' (run bazel/install_deps.sh): %s" %
                     (spec, result.stderr))
            linkopts = []
            for word in result.stdout.strip().split(" "):
                if word and word not in linkopts:
                    linkopts.append(word)
            result = repository_ctx.execute(["pkg-config", "--cflags-only-other"] + modules)
            copts = [w for w in result.stdout.strip().split(" ") if w.startswith("-D")]
        lines.append("""
cc_library(
    name = "%s",
    defines = %s,
    linkopts = %s,
)""" % (target, repr([c[2:] for c in copts]), repr(linkopts)))
    repository_ctx.file("BUILD.bazel", "\n".join(lines) + "\n")

_system_library = repository_rule(
    implementation = _impl,
    attrs = {"targets": attr.string_dict(
        mandatory = True,
        doc = "target name -> pkg-config modules, or literal link options if it starts with '-'",
    )},
    local = True,
)

_ABSL = {
    "algorithm": "absl_algorithm_container",
    "base": "absl_base absl_core_headers",
    "cleanup": "absl_cleanup",
    "flat_hash_map": "absl_flat_hash_map",
    "flat_hash_set": "absl_flat_hash_set",
    "inlined_vector": "absl_inlined_vector",
    "random": "absl_random_random",
    "span": "absl_span",
    "status": "absl_status",
    "statusor": "absl_statusor",
    "str_format": "absl_str_format",
    "strings": "absl_strings",
    "synchronization": "absl_synchronization",
    "time": "absl_time",
}

def system_libraries():
    """Declares @absl, @asmjit, @benchmark, @cli11, @elfutils, @fdt, @grpc, @googletest, ..."""
    _system_library(name = "absl", targets = _ABSL)
    _system_library(name = "asmjit", targets = {"asmjit": "-lasmjit"})
    _system_library(name = "benchmark", targets = {
        "benchmark": "benchmark",
        "benchmark_main": "-lbenchmark_main -lbenchmark -lpthread",
    })
    _system_library(name = "cli11", targets = {"cli11": "CLI11"})
    _system_library(name = "elfutils", targets = {"dw": "libdw", "elf": "libelf"})
    _system_library(name = "fdt", targets = {"fdt": "-lfdt"})
    _system_library(name = "googletest", targets = {
        "gmock": "gmock",
        "gtest": "gtest",
        "gtest_main": "-lgtest_main -lgtest -lgmock -lpthread",
    })
    _system_library(name = "grpc", targets = {
        "grpc++": "grpc++ protobuf",
        "grpc++_reflection": "-lgrpc++_reflection -lgrpc++ -lprotobuf",
        "grpcpp_channelz": "-lgrpcpp_channelz -lgrpc++ -lprotobuf",
    })
    _system_library(name = "nlohmann_json", targets = {"json": "nlohmann_json"})
    _system_library(name = "prometheus", targets = {"pull": "prometheus-cpp-pull"})
    _system_library(name = "protobuf", targets = {"protobuf": "protobuf"})
    _system_library(name = "rapidcheck", targets = {"rapidcheck": "-lrapidcheck"})

    # Its .pc file asks for glib's, which the development package does not bring.
    _system_library(name = "slirp", targets = {"slirp": "-lslirp"})
    _system_library(name = "xxhash", targets = {"xxhash": "libxxhash"})
    _system_library(name = "zlib", targets = {"zlib": "zlib"})
    _system_library(name = "zstd", targets = {"zstd": "libzstd"})
    _system_library(name = "openssl", targets = {"crypto": "libcrypto", "ssl": "openssl"})
