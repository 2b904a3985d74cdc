// A TCP relay in front of a coordinator that loses connections on demand.
#ifndef TESTS_REMOTE_RELAY_H_
#define TESTS_REMOTE_RELAY_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace lockstep::remotetest {

// Passes on bytes between whoever connects to address() and the target. Thread-safe.
class Relay {
 public:
  // `target`: "unix:PATH" or "HOST:PORT" with a numeric host. Listens on a free port of loopback.
  explicit Relay(const std::string& target);
  // Cuts all connections.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  std::string address() const;  // "127.0.0.1:PORT"

  // Resets all connections. New ones are accepted at once.
  void Cut() { ++cuts_; }
  // Resets all connections, and new ones as soon as they are made, until it is false again.
  void Refuse(bool refuse) { refuse_ = refuse; }
  // Each of the next `connections` connections is cut when the client has sent so many bytes over
  // it.
  void CutAfter(uint64_t bytes, int connections) {
    cut_after_ = bytes;
    doomed_ = connections;
  }
  // No byte passes any more, in either direction, and nobody is told: a dead peer.
  void Freeze(bool freeze) { freeze_ = freeze; }

  // Connections accepted so far, and lost on purpose.
  int accepted() const { return accepted_; }
  int lost() const { return lost_; }
  // Bytes that clients have sent so far.
  uint64_t bytes() const { return bytes_; }

 private:
  struct Pair {
    int client = -1;
    int server = -1;
    uint64_t sent = 0;   // by the client
    uint64_t limit = 0;  // 0: none
    int cuts_before = 0;
  };
  void Loop();
  void Accept();
  // False when the pair is to be closed.
  bool Pass(Pair& pair);
  void Close(Pair& pair, bool reset);

  const std::string target_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> cuts_ = 0;
  std::atomic<bool> refuse_ = false;
  std::atomic<bool> freeze_ = false;
  std::atomic<uint64_t> cut_after_ = 0;
  std::atomic<int> doomed_ = 0;
  std::atomic<int> accepted_ = 0;
  std::atomic<int> lost_ = 0;
  std::atomic<uint64_t> bytes_ = 0;
  std::vector<Pair> pairs_;  // the thread only
  std::thread thread_;
};

}  // namespace lockstep::remotetest

#endif  // TESTS_REMOTE_RELAY_H_
