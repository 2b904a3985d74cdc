#include "coordinator/ingest/sparse_stream.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "plugins/sdk/ring_detail.h"

namespace lockstep::ingest {
namespace {

// Read at a time: some windows, and what fits into a second-level cache.
constexpr size_t kScanSlots = 65536;
// Worth waking up for.
constexpr uint32_t kWakeSlots = 16384;
// Between two looks in a run by sums: else a message would travel for each window.
constexpr absl::Duration kPace = absl::Milliseconds(5);

}  // namespace

absl::StatusOr<SparseStream> SparseStream::Create(const ring::RingMemory& memory,
                                                  const state::ProducerIdentity& identity,
                                                  const state::StreamTerms& terms, Sink* sink) {
  if (memory.request().window_insns != terms.window_insns) {
    return absl::FailedPreconditionError(
        absl::StrCat("the coordinator wants windows of ", terms.window_insns,
                     " instructions; the emulator was asked for ", memory.request().window_insns));
  }
  ring::ScannerOptions options;
  options.groups = terms.groups;
  options.block_digests = terms.block_digests;
  options.fills = terms.compare_tlb_fills;
  SparseStream stream(&memory, sink);
  for (uint32_t v = 0; v < identity.vcpus; ++v) {
    absl::StatusOr<ring::RingScanner> scanner =
        ring::RingScanner::Create(memory, v, identity, options);
    if (!scanner.ok()) return scanner.status();
    stream.scanners_.push_back(*std::move(scanner));
  }
  return stream;
}

absl::StatusOr<SparseStream::Pass> SparseStream::Step() {
  Pass pass;
  const absl::StatusOr<bool> obeyed = Obey();
  if (!obeyed.ok()) return obeyed.status();
  pass.progress = *obeyed;
  const bool is_early = !producer_dead_ && !discarding_ && absl::Now() < next_look_;
  for (ring::RingScanner& scanner : scanners_) {
    if (is_early && !scanner.ended() && !scanner.IsDue(kWakeSlots)) {
      pass.exhausted = false;
      continue;
    }
    const uint64_t before = scanner.scanned();
    const absl::Status status = scanner.Scan(kScanSlots, &batch_);
    if (!status.ok()) {
      pass.garbage = status;
      return pass;
    }
    const bool read = scanner.scanned() != before;
    pass.progress = pass.progress || read;
    if (read && memory_->request().sums != 0) next_look_ = absl::Now() + kPace;
    pass.out_of_credit = pass.out_of_credit || (scanner.out_of_credit() && !scanner.ended());
    pass.exhausted = pass.exhausted && scanner.exhausted() && !read;
    if (batch_.rows() == 0) continue;
    if (absl::Status sent = sink_->DeliverWindows(&batch_); !sent.ok()) return sent;
  }
  return pass;
}

absl::StatusOr<bool> SparseStream::Obey() {
  absl::Status status = sink_->TakeOrders(&orders_);
  if (!status.ok()) return status;
  for (const state::WindowCredit& credit : orders_.credits) {
    if (credit.vcpu >= scanners_.size()) continue;
    if (credit.agreed_windows == UINT64_MAX) {
      scanners_[credit.vcpu].Discard();
    } else {
      scanners_[credit.vcpu].Release(credit.agreed_windows);
    }
  }
  for (const state::DetailRequest& request : orders_.details) {
    if (request.request_id <= last_request_) continue;
    last_request_ = request.request_id;
    status = Answer(request);
    if (!status.ok()) return status;
  }
  return !orders_.credits.empty() || !orders_.details.empty();
}

// One batch a message: each is at most half a MiB.
absl::Status SparseStream::Answer(const state::DetailRequest& request) {
  state::DetailReply reply;
  reply.request_id = request.request_id;
  if (request.vcpu >= scanners_.size()) return sink_->DeliverDetail(&reply);
  absl::StatusOr<ring::RingDetail> detail = scanners_[request.vcpu].Detail(request.first_icount);
  // What is not there is told by an empty answer; what is broken, by the windows that do not come.
  state::Batch next;
  bool more = detail.ok() && detail->Drain(&next).ok() && next.records != 0;
  do {
    reply.batches.clear();
    if (more) {
      reply.batches.push_back(std::move(next));
      next = state::Batch();
      more = detail->Drain(&next).ok() && next.records != 0;
    }
    reply.more = more;
    if (absl::Status status = sink_->DeliverDetail(&reply); !status.ok()) return status;
  } while (reply.more);
  return absl::OkStatus();
}

void SparseStream::set_producer_dead() {
  producer_dead_ = true;
  for (ring::RingScanner& scanner : scanners_) scanner.set_producer_dead();
}

bool SparseStream::AllEnded() const {
  return std::all_of(scanners_.begin(), scanners_.end(),
                     [](const ring::RingScanner& scanner) { return scanner.ended(); });
}

void SparseStream::Discard() {
  for (ring::RingScanner& scanner : scanners_) {
    if (!discarding_) scanner.Discard();
    scanner.Scan(kScanSlots, &batch_).IgnoreError();
  }
  discarding_ = true;
}

void SparseStream::Wait(absl::Duration timeout, uint32_t seen) const {
  std::vector<const ring::RingScanner*> scanners;
  for (const ring::RingScanner& scanner : scanners_) scanners.push_back(&scanner);
  const absl::Duration until_look = next_look_ - absl::Now();
  if (until_look > absl::ZeroDuration()) timeout = std::min(timeout, until_look);
  ring::WaitForScanners(*memory_, scanners, timeout, kWakeSlots, seen);
}

}  // namespace lockstep::ingest
