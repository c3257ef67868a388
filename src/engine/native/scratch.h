// Memory of one call, aligned as cache lines are.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

class Scratch {
 public:
  explicit Scratch(int64_t floats) : bytes_((floats * sizeof(float) + 63) / 64 * 64) {
    memory_ = isKept() ? std::aligned_alloc(64, bytes_) : mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!memory_ || memory_ == MAP_FAILED) throw std::bad_alloc();
    // a fault for every 2 MB, where the system has such pages, is cheaper than one for every 4 kB
    if (!isKept()) madvise(memory_, bytes_, MADV_HUGEPAGE);
  }
  ~Scratch() {
    if (isKept())
      std::free(memory_);
    else
      munmap(memory_, bytes_);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  float *data() const { return static_cast<float *>(memory_); }

 private:
  // What malloc gets back it keeps for the next call (module.cc). Larger blocks go back to the system: the process would grow by them.
  bool isKept() const { return bytes_ <= (12 << 20); }

  size_t bytes_;
  void *memory_;
};
