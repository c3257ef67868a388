// The library as Node loads it: a module that registers our ops with the TensorFlow that is loaded already.
#include "kernel.h"
#include "signal-stack.h"
#include <climits>
#include <cstdio>
#include <malloc.h>

static void unknownShape(TF_ShapeInferenceContext *context, TF_Status *status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

void registerOp(const char *name, std::initializer_list<const char *> inputs, std::initializer_list<const char *> outputs,
                std::initializer_list<const char *> attributes, void *(*create)(TF_OpKernelConstruction *),
                void (*compute)(void *, TF_OpKernelContext *), void (*destroy)(void *)) {
  TF_OpDefinitionBuilder *op = TF_NewOpDefinitionBuilder(name);
  for (const char *input : inputs) TF_OpDefinitionBuilderAddInput(op, input);
  for (const char *output : outputs) TF_OpDefinitionBuilderAddOutput(op, output);
  for (const char *attribute : attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, unknownShape);
  // it is there for what it changes in place: a graph would leave it out, or run it when it likes
  if (outputs.size() == 0) TF_OpDefinitionBuilderSetIsStateful(op, true);
  TF_Status *status = TF_NewStatus();
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK) TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, compute, destroy), status);
  if (TF_GetCode(status) != TF_OK) std::fprintf(stderr, "%s: not registered: %s\n", name, TF_Message(status));
  TF_DeleteStatus(status);
}

// A step frees and takes the same blocks again and again: handing them back to the system costs a page fault for every 4 kB.
// Larger blocks than this glibc always maps anew.
constexpr int LARGEST_KEPT = 32 << 20;
static bool keepMemory() { return mallopt(M_TRIM_THRESHOLD, INT_MAX) && mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT); }

// Node may load the module into several contexts of one process; TensorFlow knows an op once
NAPI_MODULE_INIT() {
  static const bool isRegistered =
      (keepMemory(), registerWinogradConvolution(), registerWinogradFilterGradient(), registerAdam(), registerAdamW(), registerMomentum(),
       registerChannelSum(), true);
  exportSignalStack(env, exports);
  return isRegistered ? exports : nullptr;
}
