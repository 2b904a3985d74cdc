// The input of the fuzz targets that replay a conversation: frames of one byte that says what, two
// bytes of length (little-endian), and the payload.
#ifndef TESTS_FUZZ_FRAMES_H_
#define TESTS_FUZZ_FRAMES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace lockstep::fuzz {

struct Frame {
  uint8_t what = 0;
  const uint8_t* data = nullptr;
  size_t size = 0;
};

// Takes the frames off the front, the last one as short as the input is.
class Frames {
 public:
  Frames(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  bool Next(Frame* frame) {
    if (size_ < 3) return false;
    frame->what = data_[0];
    frame->size = std::min<size_t>(size_ - 3, static_cast<size_t>(data_[1]) | data_[2] << 8);
    frame->data = data_ + 3;
    data_ += 3 + frame->size;
    size_ -= 3 + frame->size;
    return true;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

}  // namespace lockstep::fuzz

#endif  // TESTS_FUZZ_FRAMES_H_
