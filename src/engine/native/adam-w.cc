// AdamW of one variable in one pass over memory (src/engine/kernels/in-place-updates.ts has the formula), in the place of the old values.
#include "kernel.h"
#include <cmath>

// the rounding of the ops that it stands for: no product is fused with its sum
#pragma GCC optimize("fp-contract=off")

namespace {

struct Settings {
  float beta1, rest1, beta2, rest2, epsilon;

  void read(Attributes &attributes) {
    attributes.read("beta1", beta1);
    attributes.read("rest1", rest1);
    attributes.read("beta2", beta2);
    attributes.read("rest2", rest2);
    attributes.read("epsilon", epsilon);
  }
};

void update(const Settings &settings, float rate, float kept, const float *gradient, float *variable, float *m, float *v, int64_t count) {
  const auto [beta1, rest1, beta2, rest2, epsilon] = settings;
  for (int64_t i = 0; i < count; i++) {
    const float g = gradient[i];
    const float newM = m[i] * beta1 + g * rest1, newV = v[i] * beta2 + g * g * rest2;
    m[i] = newM;
    v[i] = newV;
    variable[i] = variable[i] * kept - newM * rate / (std::sqrt(newV) + epsilon);
  }
}

void compute(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *gradient = call.input(0), *rate = call.input(4), *kept = call.input(5);
  float *variable = call.inPlace(1, gradient), *m = call.inPlace(2, gradient), *v = call.inPlace(3, gradient);
  if (call.failed()) return;
  const float step = *floats(rate), share = *floats(kept);
  inRanges(TF_TensorElementCount(gradient), RANGE, [&](int64_t first, int64_t last) {
    update(settings, step, share, floats(gradient) + first, variable + first, m + first, v + first, last - first);
  });
}

}  // namespace

void registerAdamW() {
  registerOp("IpcganAdamW", {"gradient: float", "variable: float", "m: float", "v: float", "rate: float", "kept: float"}, {},
             {"beta1: float", "rest1: float", "beta2: float", "rest2: float", "epsilon: float"},
             create<Settings>, compute, destroy<Settings>);
}
