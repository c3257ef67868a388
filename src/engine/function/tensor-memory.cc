// The memory of tensors. TensorFlow's own pool (its "BFC allocator") takes regions from the system that double in size, joins nothing across them,
// and gives a piece of up to twice the size that was asked for whole: a step held a quarter more than it used. glibc's malloc is no better at
// it: a block that is aligned does not fit the hole that it left, and each of its arenas keeps holes of its own.
//
// This pool is one range of addresses. A block is cut from the smallest piece that is free and large enough, neighbours are joined when they are given
// back, and what was used once is used again, by any thread. Nothing goes back to the system, as with TensorFlow's: a page handed back costs a fault
// when it is taken again. TensorFlow's functions for aligned memory are found here, since this library is loaded before it (functions.cc).
#include "library.h"
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <sys/mman.h>
#include <unistd.h>
#include <unordered_map>

namespace {

// Smaller blocks are malloc's
constexpr size_t SMALLEST = 4096;
// Sizes are multiples of it, and all blocks are aligned to it
constexpr size_t GRAIN = 256;

class Pool {
 public:
  Pool() {
    // addresses alone: the system gives a page when it is first written to
    size_ = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    void *range = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    base_ = range == MAP_FAILED ? nullptr : static_cast<char *>(range);
  }

  bool isThere() const { return base_; }
  bool has(const void *block) const { return base_ && block >= base_ && block < base_ + size_; }

  // null where there is no room
  void *take(size_t bytes) {
    if (!base_ || bytes > size_) return nullptr;
    bytes = (bytes + GRAIN - 1) / GRAIN * GRAIN;
    std::lock_guard<std::mutex> lock(mutex_);
    const auto fit = bySize_.lower_bound({bytes, 0});
    const bool isFree = fit != bySize_.end();
    const size_t at = isFree ? fit->second : freeEnd();
    if (!isFree && bytes > size_ - at) return nullptr;
    if (isFree) {
      const size_t size = fit->first;
      removeFree(free_.find(at));
      if (size > bytes) addFree(at + bytes, size - bytes);
    } else {
      if (at < reach_) removeFree(free_.find(at));
      reach_ = at + bytes;
    }
    taken_.emplace(at, bytes);
    sum_ += bytes;
    return base_ + at;
  }

  void give(void *block) {
    std::lock_guard<std::mutex> lock(mutex_);
    size_t at = static_cast<size_t>(static_cast<char *>(block) - base_);
    const auto taken = taken_.find(at);
    size_t size = taken->second;
    taken_.erase(taken);
    sum_ -= size;
    auto after = free_.lower_bound(at);
    if (after != free_.begin()) {
      const auto before = std::prev(after);
      if (before->first + before->second == at) {
        at = before->first, size += before->second;
        removeFree(before);
      }
    }
    if (after != free_.end() && after->first == at + size) {
      size += after->second;
      removeFree(after);
    }
    addFree(at, size);
  }

  // Bytes that are taken, and those that ever were at once, holes included
  std::pair<size_t, size_t> use() {
    std::lock_guard<std::mutex> lock(mutex_);
    return {sum_, reach_};
  }

 private:
  using Free = std::map<size_t, size_t>;

  // Where the last free piece begins that ends with what was used, or else that end
  size_t freeEnd() const {
    if (free_.empty()) return reach_;
    const auto &[at, size] = *free_.rbegin();
    return at + size == reach_ ? at : reach_;
  }

  void addFree(size_t at, size_t size) {
    free_.emplace(at, size);
    bySize_.emplace(size, at);
  }
  void removeFree(Free::iterator piece) {
    bySize_.erase({piece->second, piece->first});
    free_.erase(piece);
  }

  std::mutex mutex_;
  char *base_;
  size_t size_, reach_ = 0, sum_ = 0;
  std::unordered_map<size_t, size_t> taken_;  // sizes by place
  Free free_;                                 // the same of what is free
  std::set<std::pair<size_t, size_t>> bySize_;
};

// never destroyed: TensorFlow gives tensors back until the process is gone
Pool &pool() {
  static Pool *const one = new Pool();
  return *one;
}

}  // namespace

// Memory of one call of an op of ours (native/scratch.h), or null.
extern "C" __attribute__((visibility("default"))) void *ipcganTakeMemory(size_t bytes) { return pool().take(bytes); }
extern "C" __attribute__((visibility("default"))) void ipcganGiveMemory(void *block) { pool().give(block); }

namespace tsl::port {

__attribute__((visibility("default"))) void *AlignedMalloc(size_t bytes, std::align_val_t alignment) {
  const size_t align = std::max(static_cast<size_t>(alignment), sizeof(void *));
  void *block = bytes >= SMALLEST && align <= GRAIN ? pool().take(bytes) : nullptr;
  if (block) return block;
  return posix_memalign(&block, align, bytes) == 0 ? block : nullptr;
}

__attribute__((visibility("default"))) void AlignedFree(void *block) {
  if (pool().has(block))
    pool().give(block);
  else
    std::free(block);
}

__attribute__((visibility("default"))) void AlignedSizedFree(void *block, size_t, std::align_val_t) { AlignedFree(block); }

}  // namespace tsl::port

void poolTensors() {
  // else oneDNN's kernels bring TensorFlow's own pool; whoever sets the variable decides
  if (pool().isThere()) setenv("TF_ONEDNN_USE_SYSTEM_ALLOCATOR", "1", 0);
}

std::pair<size_t, size_t> tensorMemory() { return pool().use(); }
