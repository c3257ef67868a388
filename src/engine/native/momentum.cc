// Momentum of one variable in one pass over memory (src/engine/kernels/in-place-updates.ts has the formula), in the place of the old values.
#include "kernel.h"

// the rounding of the ops that it stands for: no product is fused with its sum
#pragma GCC optimize("fp-contract=off")

namespace {

struct Settings {
  float momentum, decay;

  void read(Attributes &attributes) {
    attributes.read("momentum", momentum);
    attributes.read("decay", decay);
  }
};

void update(const Settings &settings, float rate, const float *gradient, float *variable, float *velocity, int64_t count) {
  const float momentum = settings.momentum, decay = settings.decay;
  for (int64_t i = 0; i < count; i++) {
    const float w = variable[i], v = velocity[i] * momentum + (gradient[i] + w * decay);
    velocity[i] = v;
    variable[i] = w - v * rate;
  }
}

void compute(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *gradient = call.input(0), *rate = call.input(3);
  float *variable = call.inPlace(1, gradient), *velocity = call.inPlace(2, gradient);
  if (call.failed()) return;
  const float step = *floats(rate);
  inRanges(TF_TensorElementCount(gradient), RANGE, [&](int64_t first, int64_t last) {
    update(settings, step, floats(gradient) + first, variable + first, velocity + first, last - first);
  });
}

}  // namespace

void registerMomentum() {
  registerOp("IpcganMomentum", {"gradient: float", "variable: float", "velocity: float", "rate: float"}, {}, {"momentum: float", "decay: float"},
             create<Settings>, compute, destroy<Settings>);
}
