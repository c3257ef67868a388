// What our ops share: tensors and errors of a kernel's call, and its share of the processor's cores.
#pragma once
#include "tensorflow-c.h"
#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <sched.h>
#include <thread>
#include <vector>

// Inputs and outputs of one call; frees what it was handed. After a failure every pointer is null, and the op reports the first error.
class Call {
 public:
  explicit Call(TF_OpKernelContext *context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor *tensor : tensors_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  bool failed() const { return TF_GetCode(status_) != TF_OK; }
  void fail(const char *message) {
    if (!failed()) TF_SetStatus(status_, TF_INVALID_ARGUMENT, message);
  }
  int inputs() const { return TF_NumInputs(context_); }
  const TF_Tensor *input(int i) {
    TF_Tensor *tensor = nullptr;
    if (!failed()) TF_GetInput(context_, i, &tensor, status_);
    return keep(tensor);
  }
  // an input's own values, to be replaced by new ones: whoever calls the op knows that nobody else reads them
  float *inPlace(int i, const TF_Tensor *ofSizeOf) {
    const TF_Tensor *tensor = input(i);
    if (failed()) return nullptr;
    if (TF_TensorElementCount(tensor) != TF_TensorElementCount(ofSizeOf)) fail("sizes of a gradient and what it changes differ");
    return static_cast<float *>(TF_TensorData(tensor));
  }
  float *output(int i, const std::vector<int64_t> &shape) {
    size_t count = 1;
    for (int64_t size : shape) count *= size;
    if (failed()) return nullptr;
    TF_Tensor *tensor = keep(TF_AllocateOutput(context_, i, TF_FLOAT, shape.data(), shape.size(), count * sizeof(float), status_));
    return failed() ? nullptr : static_cast<float *>(TF_TensorData(tensor));
  }

 private:
  TF_Tensor *keep(TF_Tensor *tensor) {
    if (tensor) tensors_.push_back(tensor);
    return tensor;
  }
  TF_OpKernelContext *context_;
  TF_Status *status_;
  std::vector<TF_Tensor *> tensors_;
};

inline const float *floats(const TF_Tensor *tensor) { return static_cast<const float *>(TF_TensorData(tensor)); }
inline std::vector<int64_t> shapeOf(const TF_Tensor *tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor, i);
  return shape;
}

// Threads that TensorFlow's own kernels use: TF_NUM_INTRAOP_THREADS, or the cores that this process may run on.
inline int threadCount() {
  const char *wanted = std::getenv("TF_NUM_INTRAOP_THREADS");
  if (wanted && std::atoi(wanted) > 0) return std::atoi(wanted);
  cpu_set_t cores;
  return sched_getaffinity(0, sizeof cores, &cores) == 0 ? std::max(1, CPU_COUNT(&cores)) : 1;
}

// So many numbers take less time than starting a thread for a part of them.
constexpr int64_t SMALLEST_SHARE = 1 << 15;

// Calls work(first, last) on parts of 0..count, of `least` at least. Which part a thread gets never changes a result: no two write to the
// same place.
template <typename Work>
void inParallel(int64_t count, Work work, int64_t least = 1) {
  const int64_t threads = std::min<int64_t>(threadCount(), (count + least - 1) / least);
  std::vector<std::thread> others;
  for (int64_t i = 1; i < threads; i++) others.emplace_back([=] { work(count * i / threads, count * (i + 1) / threads); });
  if (count > 0) work(0, count / std::max<int64_t>(threads, 1));
  for (std::thread &other : others) other.join();
}

// Registers an op with unknown output shapes, and its kernel on the CPU.
void registerOp(const char *name, std::initializer_list<const char *> inputs, std::initializer_list<const char *> outputs,
                std::initializer_list<const char *> attributes, void *(*create)(TF_OpKernelConstruction *),
                void (*compute)(void *, TF_OpKernelContext *), void (*destroy)(void *));

void registerWinograd();
void registerAdam();
void registerAdamW();
void registerMomentum();
void registerChannelSum();
