// cuBLAS and cuDNN: handles, versions, and calls that are counted and compute nothing.
#include "counts.h"
#include <string.h>

#define CREATES(name)            \
  EXPORT Result name(void **it) { \
    *it = newHandle();            \
    return 0;                     \
  }
#define COMPUTES(name)           \
  EXPORT Result name() {         \
    count("library", #name, 0);  \
    return 0;                    \
  }

CREATES(cublasCreate_v2)
CREATES(cublasLtCreate)
EXPORT Result cublasGetVersion_v2(void *handle, int *version) {
  *version = 120503;
  return 0;
}
EXPORT size_t cublasLtGetVersion(void) { return 120503; }
EXPORT Result cublasGetMathMode(void *handle, int *mode) {
  *mode = 0;
  return 0;
}
EXPORT Result cublasGetProperty(int part, int *value) {
  *value = part == 0 ? 12 : part == 1 ? 5 : 3;
  return 0;
}
COMPUTES(cublasSgemm_v2)
COMPUTES(cublasSgemmEx)
COMPUTES(cublasSgemmBatched)
COMPUTES(cublasSgemmStridedBatched)
COMPUTES(cublasSgemv_v2)
COMPUTES(cublasGemmEx)
COMPUTES(cublasGemmBatchedEx)
COMPUTES(cublasGemmStridedBatchedEx)
COMPUTES(cublasLtMatmul)

CREATES(cudnnCreate)
CREATES(cudnnCreateTensorDescriptor)
CREATES(cudnnCreateFilterDescriptor)
CREATES(cudnnCreateConvolutionDescriptor)
CREATES(cudnnCreatePoolingDescriptor)
CREATES(cudnnCreateLRNDescriptor)
CREATES(cudnnCreateActivationDescriptor)
CREATES(cudnnCreateDropoutDescriptor)
CREATES(cudnnCreateRNNDescriptor)
CREATES(cudnnCreateOpTensorDescriptor)
CREATES(cudnnCreateReduceTensorDescriptor)
EXPORT size_t cudnnGetVersion(void) { return CUDNN_VERSION; }
EXPORT size_t cudnnGetCudartVersion(void) { return RUNTIME_VERSION; }
EXPORT Result cudnnGetProperty(int part, int *value) {
  *value = part == 0 ? 9 : part == 1 ? 3 : 0;
  return 0;
}
EXPORT const char *cudnnGetErrorString(int error) { return "an error of the GPU that does nothing"; }
EXPORT void cudnnGetLastErrorString(char *text, size_t room) {
  if (room > 0) *text = '\0';
}
COMPUTES(cudnnActivationForward)
COMPUTES(cudnnBatchNormalizationBackward)
COMPUTES(cudnnBatchNormalizationBackwardEx)
COMPUTES(cudnnBatchNormalizationForwardInference)
COMPUTES(cudnnBatchNormalizationForwardTraining)
COMPUTES(cudnnBatchNormalizationForwardTrainingEx)
COMPUTES(cudnnConvolutionForward)
COMPUTES(cudnnLRNCrossChannelBackward)
COMPUTES(cudnnLRNCrossChannelForward)
COMPUTES(cudnnPoolingBackward)
COMPUTES(cudnnPoolingForward)
COMPUTES(cudnnTransformTensor)
COMPUTES(cudnnBackendExecute)
EXPORT Result cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(void *handle, int mode, int ops, void *a, void *b, void *c, void *d, void *e,
                                                                       size_t *bytes) {
  *bytes = 0;
  return 0;
}
EXPORT Result cudnnGetBatchNormalizationTrainingExReserveSpaceSize(void *handle, int mode, int ops, void *a, void *b, size_t *bytes) {
  *bytes = 0;
  return 0;
}
EXPORT Result cudnnGetBatchNormalizationBackwardExWorkspaceSize(void *handle, int mode, int ops, void *a, void *b, void *c, void *d, void *e, void *f,
                                                                void *g, size_t *bytes) {
  *bytes = 0;
  return 0;
}

// the backend API, by which convolutions are chosen: one plan that needs no memory
EXPORT Result cudnnBackendCreateDescriptor(int type, void **descriptor) {
  *descriptor = newHandle();
  return 0;
}
EXPORT Result cudnnBackendDestroyDescriptor(void *descriptor) { return 0; }
EXPORT Result cudnnBackendFinalize(void *descriptor) { return 0; }
EXPORT Result cudnnBackendSetAttribute(void *descriptor, int name, int type, int64_t number, const void *values) { return 0; }
EXPORT Result cudnnBackendGetAttribute(void *descriptor, int name, int type, int64_t wanted, int64_t *number, void *values) {
  enum { HEURISTIC_RESULTS = 202, CONFIG_KNOBS = 302, CONFIG_WORKSPACE = 303, PLAN_WORKSPACE = 402, ENGINE_KNOBS = 1302 };
  enum { INT64 = 3, DESCRIPTOR = 15 };
  int64_t found = 0;
  if (name == HEURISTIC_RESULTS) found = 1;
  else if (type == INT64 && wanted >= 1 && values) {
    *(int64_t *)values = name == PLAN_WORKSPACE || name == CONFIG_WORKSPACE ? 0 : 1;
    found = 1;
  } else if (type == DESCRIPTOR) found = name != CONFIG_KNOBS && name != ENGINE_KNOBS;
  if (number) *number = found;
  return 0;
}
