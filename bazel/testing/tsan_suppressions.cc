// What TSan is not to report, for --config=tsan only: the insides of uninstrumented system
// libraries, none of our code. See tsan_absl.cc for what it is told instead.

extern "C" const char* __tsan_default_suppressions();

// TSan asks for it before it is set up.
__attribute__((no_sanitize("thread"))) const char* __tsan_default_suppressions() {
  return R"(
# called_from_lib leaves out what such a library itself does with memory through libc (allocate,
# copy, free); what we do, and what a library's thread does in our callbacks, is looked at as ever.

# gRPC hands calls from thread to thread by atomics, which TSan cannot see in it: it frees the arena
# of a call that another thread has written, and copies slices that another has filled.
called_from_lib:libgrpc.so
called_from_lib:libgpr.so
# The server's request object, allocated by whichever thread polls and run by another.
called_from_lib:libgrpc++.so
# The reference counts of absl::Status (gRPC's, made in one thread and dropped in another) and of
# the payloads in it.
called_from_lib:libabsl_status.so
called_from_lib:libabsl_cord.so
# The graph of absl::Mutex's deadlock detection, under a spin lock.
called_from_lib:libabsl_graphcycles_internal.so
# The table of time zones (Abseil's own lock and entries).
called_from_lib:libabsl_time_zone.so

# gRPC's templates, compiled into our binaries from its headers: what one thread puts into a call's
# operations and another takes out. Only where the access itself stands there (race_top): what our
# callbacks do, which these functions call, is reported.
race_top:grpc::internal::
race_top:grpc::ByteBuffer::
# The same, where the access stands below, in a string or a function object of the call; none of our
# code is called by these.
race:ServerCallbackUnaryImpl::Finish
race:InterceptorBatchMethodsImpl::Set
race:CallbackWithSuccessTag::Clear
race:CallOpClientRecvStatus::FinishOp
)";
}
