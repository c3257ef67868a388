// What our ops share: tensors and errors of a kernel's call.
#pragma once
#include "tensorflow-c.h"
#include "threads.h"
#include <algorithm>
#include <initializer_list>
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

// The attributes of an op that is made; an error fails its construction.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction *construction) : construction_(construction), status_(TF_NewStatus()) {}
  ~Attributes() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelConstruction_Failure(construction_, status_);
    TF_DeleteStatus(status_);
  }
  Attributes(const Attributes &) = delete;
  Attributes &operator=(const Attributes &) = delete;

  void read(const char *name, int32_t &value) { TF_OpKernelConstruction_GetAttrInt32(construction_, name, &value, status_); }
  void read(const char *name, float &value) { TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_); }
  void read(const char *name, unsigned char &value) { TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status_); }

 private:
  TF_OpKernelConstruction *construction_;
  TF_Status *status_;
};

// An op's settings, which read themselves from its attributes
template <typename Settings>
void *create(TF_OpKernelConstruction *construction) {
  Attributes attributes(construction);
  auto *settings = new Settings();
  settings->read(attributes);
  return settings;
}
template <typename Settings>
void destroy(void *settings) {
  delete static_cast<Settings *>(settings);
}

inline const float *floats(const TF_Tensor *tensor) { return static_cast<const float *>(TF_TensorData(tensor)); }
inline std::vector<int64_t> shapeOf(const TF_Tensor *tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor));
  for (size_t i = 0; i < shape.size(); i++) shape[i] = TF_Dim(tensor, i);
  return shape;
}

// So many numbers are worth another thread.
constexpr int64_t RANGE = 1 << 15;

// Registers an op with unknown output shapes, and its kernel on the CPU.
void registerOp(const char *name, std::initializer_list<const char *> inputs, std::initializer_list<const char *> outputs,
                std::initializer_list<const char *> attributes, void *(*create)(TF_OpKernelConstruction *),
                void (*compute)(void *, TF_OpKernelContext *), void (*destroy)(void *));

void registerWinogradConvolution();
void registerWinogradFilterGradient();
void registerAdam();
void registerAdamW();
void registerMomentum();
void registerChannelSum();
