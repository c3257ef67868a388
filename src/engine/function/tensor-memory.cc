// The memory of tensors. TensorFlow's own pool (its "BFC allocator") takes regions from the system that double in size, joins nothing across them,
// and gives a piece of up to twice the size that was asked for whole: a step held a quarter more than it used. glibc's malloc is no better at
// it: a block that is aligned does not fit the hole that it left, and each of its arenas keeps holes of its own.
//
// This pool is one range of addresses. A block is cut from the first piece that is free and large enough, neighbours are joined when they are given
// back, and what was used once is used again, by any thread. The smallest piece that is large enough leaves more holes: of the blocks of a training
// step, which are 515 MB at most, the first one made a range of 564 MB and the smallest one of 622.
//
// Nothing goes back to the system, as with TensorFlow's: a page handed back costs a fault when it is taken again. TensorFlow's functions for
// aligned memory are found here, since this library is loaded before it (functions.cc).
#include "library.h"
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <new>
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
    auto piece = free_.begin();
    while (piece != free_.end() && piece->second < bytes) ++piece;
    // else from the end on, and from what is free before it
    if (piece == free_.end() && piece != free_.begin() && std::prev(piece)->first + std::prev(piece)->second == reach_) --piece;
    const bool isFree = piece != free_.end();
    const size_t at = isFree ? piece->first : reach_, end = at + bytes;
    if (bytes > size_ - at) return nullptr;
    if (isFree) {
      const size_t freeEnd = at + piece->second;
      free_.erase(piece);
      if (freeEnd > end) free_.emplace(end, freeEnd - end);
    }
    reach_ = std::max(reach_, end);
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
        free_.erase(before);
      }
    }
    if (after != free_.end() && after->first == at + size) {
      size += after->second;
      free_.erase(after);
    }
    free_.emplace(at, size);
  }

  // Bytes that are taken, and those that ever were at once, holes included
  std::pair<size_t, size_t> use() {
    std::lock_guard<std::mutex> lock(mutex_);
    return {sum_, reach_};
  }

 private:
  std::mutex mutex_;
  char *base_;
  size_t size_, reach_ = 0, sum_ = 0;
  std::unordered_map<size_t, size_t> taken_;  // sizes by place
  std::map<size_t, size_t> free_;             // the same of what is free
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
