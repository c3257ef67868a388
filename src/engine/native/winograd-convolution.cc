// A convolution in Winograd's form (src/engine/kernels/winograd.ts has the mathematics), and its gradient by the input, which is one with the
// filter turned round. The filter goes to points once; then tiles do, some at a time, are multiplied and come back: their points never
// leave the caches.
#include "kernel.h"
#include "product.h"
#include "scratch.h"
#include "winograd-points.h"
#include "winograd-tiles.h"

namespace {

struct Settings {
  int32_t before;            // pixels of padding before the first
  unsigned char isGradient;  // x [B,S,S,K] is convolved with w [k,k,C,K] turned round, to [B,S,S,C]

  void read(Attributes &attributes) {
    attributes.read("before", before);
    attributes.read("is_gradient", isGradient);
  }
};

struct Convolution {
  const float *x, *w, *bias;
  float *y;
  Pictures from, to;
  int64_t before;
  bool isGradient;
};

// Outputs of a group: one or more panels, as many whatever a register holds
constexpr int64_t GROUP = 32, PANELS = GROUP / WIDTH;

// Inputs whose filters go to points at once
constexpr int64_t INPUTS = 16;

// w's elements of some inputs and the outputs of one panel, in the order of the convolution: [k², INPUTS, WIDTH]; the panel's other outputs are zero
template <int K>
void orderFilter(const Convolution &c, int64_t output, int64_t input, int64_t inputs, float *ordered) {
  const int64_t outputs = std::clamp<int64_t>(c.to.channels - output, 0, WIDTH), channels = c.from.channels;
  for (int64_t element = 0; element < K * K; element++) {
    float *target = ordered + element * INPUTS * WIDTH;
    const float *source = c.w + (c.isGradient ? K * K - 1 - element : element) * channels * c.to.channels;
    if (outputs < WIDTH) std::fill(target, target + inputs * WIDTH, 0);
    for (int64_t i = 0; i < inputs; i++) {
      if (c.isGradient)
        for (int64_t j = 0; j < outputs; j++) target[i * WIDTH + j] = source[(output + j) * channels + input + i];
      else
        std::copy_n(source + (input + i) * c.to.channels + output, outputs, target + i * WIDTH);
    }
  }
}

// The filter's points of some inputs and of one group, to their place in [points², PANELS, all inputs, WIDTH]
template <int K>
void filterToPoints(const Convolution &c, int64_t group, int64_t input, float *points) {
  constexpr int P = pointsOf(K);
  const int64_t inputs = std::min(INPUTS, c.from.channels - input), panelSize = c.from.channels * WIDTH;
  alignas(64) float ordered[K * K * INPUTS * WIDTH];
  for (int64_t panel = 0; panel < PANELS; panel++) {
    orderFilter<K>(c, group * GROUP + panel * WIDTH, input, inputs, ordered);
    for (int64_t i = 0; i < inputs * WIDTH; i += LANES)
      transformTile<Filter<K>>(
          [&](int y, int x) INLINE_LAMBDA { return load<true>(ordered + (y * K + x) * INPUTS * WIDTH + i, LANES); },
          [&](int y, int x, Lanes value)
              INLINE_LAMBDA { store<true>(points + ((y * P + x) * PANELS + panel) * panelSize + input * WIDTH + i, value, LANES); });
  }
}

// Tiles whose points are worked on at once: few, since those of a hundred channels then stay in the second cache; enough for the filter's,
// which come from the third or from memory, to be used several times
constexpr int64_t BLOCK = 48;

template <int K>
void convolve(const Convolution &c) {
  constexpr int64_t POINTS = pointsOf(K) * pointsOf(K);
  const int64_t inputs = c.from.channels, outputs = c.to.channels;
  const int64_t groups = (outputs + GROUP - 1) / GROUP, chunks = (inputs + INPUTS - 1) / INPUTS;
  const int64_t groupSize = POINTS * inputs * GROUP;
  const Scratch filter(groups * groupSize);
  inParallel(groups * chunks, [&](Parts &parts) {
    for (int64_t part; parts.take(part);) filterToPoints<K>(c, part / chunks, part % chunks * INPUTS, filter.data() + part / chunks * groupSize);
  });
  // equal blocks, as many for every thread
  const int64_t tiles = c.from.tiles(), threads = threadCount();
  const int64_t blocks = std::min(tiles, (tiles + BLOCK * threads - 1) / (BLOCK * threads) * threads);
  const int64_t row = rowOf(inputs), plane = planeOf(BLOCK, row), columns = GROUP + 16;
  inParallel(blocks, [&](Parts &parts) {
    const Scratch points(POINTS * plane), products(BLOCK * POINTS * columns);
    for (int64_t part; parts.take(part);) {
      const int64_t first = part * tiles / blocks, count = (part + 1) * tiles / blocks - first;
      for (int64_t i = 0; i < count; i++)
        tileToPoints<Input<K>>(c.from, c.from.tile(first + i), c.x, c.before, points.data() + i * row, plane, 0, inputs);
      for (int64_t group = 0; group < groups; group++) {
        for (int64_t p = 0; p < POINTS; p++)
          for (int64_t panel = 0; panel < PANELS; panel++)
            multiply(count, points.data() + p * plane, row, filter.data() + group * groupSize + (p * PANELS + panel) * inputs * WIDTH, inputs,
                     products.data() + p * columns + panel * WIDTH, POINTS * columns);
        for (int64_t i = 0; i < count; i++)
          pointsToTile<Output<K>>(c.to, c.to.tile(first + i), products.data() + i * POINTS * columns, columns, group * GROUP,
                                  std::min(outputs, (group + 1) * GROUP), c.bias, c.y);
      }
    }
  });
}

void compute(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *x = call.input(0), *w = call.input(1), *b = call.input(2);
  if (call.failed()) return;
  if (TF_NumDims(x) != 4 || TF_NumDims(w) != 4) return call.fail("IpcganWinograd: expected four axes");
  const std::vector<int64_t> picture = shapeOf(x), filter = shapeOf(w);
  const int64_t inputs = filter[settings.isGradient ? 3 : 2], outputs = filter[settings.isGradient ? 2 : 3];
  if (picture[1] != picture[2] || picture[3] != inputs || filter[0] != filter[1] || (filter[0] != 3 && filter[0] != 4))
    return call.fail("IpcganWinograd: expected square pictures and filters of 3 or 4, got others");
  const float *bias = TF_TensorElementCount(b) > 0 ? floats(b) : nullptr;
  if (bias && TF_TensorElementCount(b) != outputs) return call.fail("IpcganWinograd: expected a bias for every output");
  float *y = call.output(0, {picture[0], picture[1], picture[1], outputs});
  if (call.failed()) return;
  const Convolution convolution{floats(x), floats(w), bias, y, {picture[0], picture[1], inputs}, {picture[0], picture[1], outputs}, settings.before,
                                settings.isGradient != 0};
  (filter[0] == 3 ? convolve<3> : convolve<4>)(convolution);
}

}  // namespace

void registerWinogradConvolution() {
  registerOp("IpcganWinograd", {"x: float", "w: float", "bias: float"}, {"y: float"}, {"before: int", "is_gradient: bool"},
             create<Settings>, compute, destroy<Settings>);
}
