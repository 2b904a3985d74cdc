"""Fuzz targets: libFuzzer binaries, or tests that replay their corpus."""

def fuzz_target(name, srcs, corpus, deps, args = []):
    """A libFuzzer target with its corpus.

    `bazel test //tests/fuzz/...` runs every file of the corpus through it once. With --config=fuzz the
    same target is a libFuzzer binary, to be run by hand:

        bazel build --config=fuzz //tests/fuzz:ring_fuzz
        bazel-bin/tests/fuzz/ring_fuzz -max_total_time=600 NEW_DIR tests/fuzz/corpus/ring

    Args:
      name: of the target.
      srcs: with LLVMFuzzerTestOneInput().
      corpus: files to replay; those that once made it fail belong here.
      deps: as everywhere.
      args: before the corpus.
    """
    native.cc_test(
        name = name,
        srcs = srcs + select({
            "//tests/fuzz:libfuzzer": [],
            "//conditions:default": ["replay_main.cc"],
        }),
        args = args + ["$(location %s)" % file for file in corpus],
        data = corpus,
        linkopts = select({
            "//tests/fuzz:libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps,
    )
