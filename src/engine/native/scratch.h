// Memory of one call, aligned as cache lines are.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <new>

class Scratch {
 public:
  explicit Scratch(int64_t floats) : bytes_((floats * sizeof(float) + 63) / 64 * 64), pooled_(memory().take ? memory().take(bytes_) : nullptr) {
    memory_ = pooled_ ? pooled_ : std::aligned_alloc(64, bytes_);
    if (!memory_) throw std::bad_alloc();
  }
  ~Scratch() {
    if (pooled_)
      memory().give(pooled_);
    else
      std::free(memory_);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;
  float *data() const { return static_cast<float *>(memory_); }

 private:
  // The pool of tensors (function/tensor-memory.cc), where the library that has it is loaded: what an op works in is free for tensors afterwards
  struct Memory {
    void *(*take)(size_t);
    void (*give)(void *);
  };
  static const Memory &memory() {
    static const Memory found = {reinterpret_cast<void *(*)(size_t)>(dlsym(RTLD_DEFAULT, "ipcganTakeMemory")),
                                 reinterpret_cast<void (*)(void *)>(dlsym(RTLD_DEFAULT, "ipcganGiveMemory"))};
    return found;
  }

  size_t bytes_;
  void *pooled_, *memory_;
};
