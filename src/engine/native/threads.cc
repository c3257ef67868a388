// Starting a thread for every call would cost more than many a call's work, so they are started once and sleep in between.
#include "threads.h"
#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <thread>

int threadCount() {
  const char *wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
  if (wanted && std::atoi(wanted) > 0) return std::atoi(wanted);
  cpu_set_t cores;
  return sched_getaffinity(0, sizeof cores, &cores) == 0 ? std::max(1, CPU_COUNT(&cores)) : 1;
}

namespace {

// One call of inParallel. It lives on the caller's stack: helpers are counted under the pool's lock, and the caller waits for them.
struct Job {
  Parts parts;
  const std::function<void(Parts &)> &work;
  int helpers = 0;
};

class Pool {
 public:
  explicit Pool(int helpers) {
    // signals are for the threads of Node: none may be handled here
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 0; i < helpers; i++) std::thread([this] { help(); }).detach();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  // A caller works itself: where the helpers are busy with another kernel's work, it is done without them
  void run(Job &job, int64_t wanted) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (int64_t i = 0; i < wanted; i++) waiting_.push_back(&job);
    }
    for (int64_t i = 0; i < wanted; i++) isWork_.notify_one();
    job.work(job.parts);
    std::unique_lock<std::mutex> lock(mutex_);
    waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), &job), waiting_.end());
    isDone_.wait(lock, [&] { return job.helpers == 0; });
  }

 private:
  void help() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      isWork_.wait(lock, [this] { return !waiting_.empty(); });
      Job &job = *waiting_.front();
      waiting_.pop_front();
      if (job.parts.isEmpty()) continue;
      job.helpers++;
      lock.unlock();
      job.work(job.parts);
      lock.lock();
      if (--job.helpers == 0) isDone_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable isWork_, isDone_;
  std::deque<Job *> waiting_;  // once for every helper that a job can use
};

}  // namespace

void inParallel(int64_t count, const std::function<void(Parts &)> &work) {
  Job job{Parts(count), work};
  static const int threads = threadCount();
  // never destroyed: at the process's exit its threads still sleep in it
  static Pool *const pool = new Pool(threads - 1);
  const int64_t helpers = std::min<int64_t>(threads, count) - 1;
  if (helpers > 0)
    pool->run(job, helpers);
  else
    work(job.parts);
}
