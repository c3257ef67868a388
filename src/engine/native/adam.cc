// One update of Adam for all variables of a network in one pass over memory (src/optimizers/adam.ts has the formula). The moments stay where they
// are: no step needs the old ones and the new ones at once.
#include "kernel.h"
#include <cmath>

namespace {

struct Settings {
  int32_t count;
  float beta1, beta2, epsilon;

  void read(Attributes &attributes) {
    attributes.read("N", count);
    attributes.read("beta1", beta1);
    attributes.read("beta2", beta2);
    attributes.read("epsilon", epsilon);
  }
};

struct Slices {
  const float *gradient, *value;
  float *newValue, *m, *v;
};

// one variable's part from `first` to `last`; returns the sum of its gradient's squares
double update(const Settings &settings, float rate, const Slices &s, int64_t first, int64_t last) {
  const float beta1 = settings.beta1, beta2 = settings.beta2, epsilon = settings.epsilon;
  constexpr int64_t LANES = 16;  // sums kept apart, in an order that does not depend on the width of registers
  double sums[LANES] = {};
  for (int64_t start = first; start < last; start += LANES) {
    const int64_t count = std::min(LANES, last - start);
    for (int64_t k = 0; k < count; k++) {
      const int64_t i = start + k;
      const float g = s.gradient[i];
      const float m = beta1 * s.m[i] + (1 - beta1) * g, v = beta2 * s.v[i] + (1 - beta2) * (g * g);
      s.m[i] = m;
      s.v[i] = v;
      s.newValue[i] = s.value[i] - m * rate / (std::sqrt(v) + epsilon);
      sums[k] += static_cast<double>(g) * g;
    }
  }
  double sum = 0;
  for (double part : sums) sum += part;
  return sum;
}

// so many values a part: the sum of squares is taken in this grouping however many threads there are
constexpr int64_t PART = 1 << 16;

void compute(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  const int n = settings.count;
  Call call(context);
  const TF_Tensor *moments = call.input(2 * n), *rate = call.input(2 * n + 2);
  float *m = call.inPlace(2 * n, moments), *v = call.inPlace(2 * n + 1, moments);
  if (call.failed()) return;
  const int64_t total = TF_TensorElementCount(moments);
  struct Part {
    Slices slices;
    int64_t first, last;
  };
  std::vector<Part> parts;
  int64_t offset = 0;
  for (int i = 0; i < n; i++) {
    const TF_Tensor *gradient = call.input(i), *value = call.input(n + i);
    if (call.failed()) return;
    const int64_t size = TF_TensorElementCount(value);
    if (TF_TensorElementCount(gradient) != size || offset + size > total) return call.fail("IpcganAdam: sizes of gradients, variables and moments differ");
    float *newValue = call.output(i, shapeOf(value));
    if (call.failed()) return;
    const Slices slices{floats(gradient), floats(value), newValue, m + offset, v + offset};
    for (int64_t first = 0; first < size; first += PART) parts.push_back({slices, first, std::min(first + PART, size)});
    offset += size;
  }
  float *norm = call.output(n, {});
  if (call.failed()) return;
  if (offset != total) return call.fail("IpcganAdam: sizes of variables and moments differ");
  std::vector<double> sums(parts.size());
  const float step = *floats(rate);
  inParallel(parts.size(), [&](Parts &taken) {
    for (int64_t i; taken.take(i);) sums[i] = update(settings, step, parts[i].slices, parts[i].first, parts[i].last);
  });
  double sum = 0;
  for (double part : sums) sum += part;
  *norm = std::sqrt(sum);
}

}  // namespace

void registerAdam() {
  registerOp("IpcganAdam", {"gradients: N * float", "variables: N * float", "m: float", "v: float", "rate: float"},
             {"new_variables: N * float", "norm: float"},
             {"N: int", "beta1: float", "beta2: float", "epsilon: float"}, create<Settings>, compute, destroy<Settings>);
}
