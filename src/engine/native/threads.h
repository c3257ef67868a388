// The processor's cores for one kernel: threads that wait, asleep, for work to share.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>

// Numbers 0..count, each handed out once, to whichever thread asks next.
class Parts {
 public:
  explicit Parts(int64_t count) : count_(count) {}
  bool take(int64_t &part) { return (part = next_.fetch_add(1, std::memory_order_relaxed)) < count_; }
  bool isEmpty() const { return next_.load(std::memory_order_relaxed) >= count_; }

 private:
  const int64_t count_;
  std::atomic<int64_t> next_{0};
};

// Threads that TensorFlow's own kernels use: TF_NUM_INTRAOP_THREADS, or the cores that this process may run on.
int threadCount();

// Calls work in the caller's thread and, where there are several parts, in others; each takes parts until none is left. Which part a thread
// gets never changes a result: no two write to the same place. Returns when all is done; may be called from several threads at once.
void inParallel(int64_t count, const std::function<void(Parts &)> &work);

// The same by ranges of 0..count, of `size` numbers each but the last: work(first, last).
template <typename Work>
void inRanges(int64_t count, int64_t size, Work work) {
  inParallel((count + size - 1) / size, [&](Parts &parts) {
    for (int64_t i; parts.take(i);) work(i * size, std::min(count, (i + 1) * size));
  });
}
