// The filter's gradient of a convolution in Winograd's form (src/engine/kernels/winograd.ts has the mathematics): all tiles of x and dy go to
// points, products sum over them, and the sums come back to the filter, for some outputs at a time.
#include "kernel.h"
#include "product.h"
#include "scratch.h"
#include "winograd-tiles.h"

namespace {

struct Settings {
  int32_t kernel, before;

  void read(Attributes &attributes) {
    attributes.read("kernel", kernel);
    attributes.read("before", before);
  }
};

// Tiles a block: so many of a panel's rows fit the first cache
constexpr int64_t BLOCK = 128;
// Outputs that are worked on at once, at most
constexpr int64_t OUTPUTS = 256;
// Inputs of one product, whose points lie side by side: three cache lines, and whole rows of products
constexpr int64_t INPUTS = 48;

// Points of all tiles for channels from first to last, `width` of which lie side by side: [channels / width, points², tiles, width]
template <typename T>
void toPoints(const Pictures &p, const float *pictures, int64_t before, int64_t first, int64_t last, int64_t width, float *points) {
  const int64_t tiles = p.tiles(), side = p.side(), plane = planeOf(tiles, width), size = Transform<T>::ROWS * Transform<T>::ROWS * plane;
  inParallel(tiles / side, [&](Parts &parts) {
    for (int64_t part; parts.take(part);)
      for (int64_t i = part * side; i < (part + 1) * side; i++)
        for (int64_t channel = first; channel < last; channel += width)
          tileToPoints<T>(p, p.tile(i), pictures, before, points + (channel - first) / width * size + i * width, plane, channel,
                          std::min(last, channel + width));
  });
}

template <int K>
void filterGradient(const float *x, const float *dy, float *dw, const Pictures &from, const Pictures &to, int64_t before) {
  constexpr int64_t P = pointsOf(K), POINTS = P * P;
  const int64_t inputs = from.channels, outputs = to.channels, tiles = from.tiles(), chunks = (inputs + INPUTS - 1) / INPUTS;
  const int64_t planeX = planeOf(tiles, INPUTS), planeDy = planeOf(tiles, WIDTH);
  const Scratch pictures(chunks * POINTS * planeX);
  const int64_t some = std::min(OUTPUTS, (outputs + WIDTH - 1) / WIDTH * WIDTH);
  const Scratch gradients(some / WIDTH * POINTS * planeDy);
  // over all tiles: [points², inputs, some]
  const int64_t sumsPlane = inputs * some;
  const Scratch sums(POINTS * sumsPlane);
  toPoints<Input<K>>(from, x, before, 0, inputs, INPUTS, pictures.data());
  for (int64_t first = 0; first < outputs; first += some) {
    const int64_t last = std::min(outputs, first + some);
    toPoints<Transposed<Output<K>>>(to, dy, 0, first, last, WIDTH, gradients.data());
    inParallel(POINTS * chunks, [&](Parts &parts) {
      for (int64_t part; parts.take(part);) {
        const int64_t p = part / chunks, chunk = part % chunks, input = chunk * INPUTS, count = std::min(INPUTS, inputs - input);
        const float *of = pictures.data() + (chunk * POINTS + p) * planeX;
        for (int64_t tile = 0; tile < tiles; tile += BLOCK)
          for (int64_t output = 0; output < last - first; output += WIDTH)
            multiplyTransposed(count, of + tile * INPUTS, INPUTS, gradients.data() + (output / WIDTH * POINTS + p) * planeDy + tile * WIDTH,
                               std::min(BLOCK, tiles - tile), sums.data() + p * sumsPlane + input * some + output, some, tile > 0);
      }
    });
    inParallel(inputs, [&](Parts &parts) {
      for (int64_t input; parts.take(input);)
        forLanes(first, last, [&](int64_t output, int64_t count, auto isWhole) INLINE_LAMBDA {
          const float *source = sums.data() + input * some + output - first;
          float *target = dw + input * outputs + output;
          transformTile<Transposed<Filter<K>>>([&](int r, int c) INLINE_LAMBDA { return load<true>(source + (r * P + c) * sumsPlane, LANES); },
                                               [&](int r, int c, Lanes value) INLINE_LAMBDA {
                                                 store<isWhole.value>(target + (r * K + c) * inputs * outputs, value, count);
                                               });
        });
    });
  }
}

void compute(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *x = call.input(0), *dy = call.input(1);
  if (call.failed()) return;
  if (TF_NumDims(x) != 4 || TF_NumDims(dy) != 4) return call.fail("IpcganWinogradFilterGradient: expected four axes");
  const std::vector<int64_t> from = shapeOf(x), to = shapeOf(dy);
  const int64_t kernel = settings.kernel;
  if (from[1] != from[2] || !std::equal(from.begin(), from.begin() + 3, to.begin()) || (kernel != 3 && kernel != 4))
    return call.fail("IpcganWinogradFilterGradient: expected square pictures of one size and a kernel of 3 or 4, got others");
  float *dw = call.output(0, {kernel, kernel, from[3], to[3]});
  if (call.failed()) return;
  (kernel == 3 ? filterGradient<3> : filterGradient<4>)(floats(x), floats(dy), dw, {from[0], from[1], from[3]}, {to[0], to[1], to[3]},
                                                        settings.before);
}

}  // namespace

void registerWinogradFilterGradient() {
  registerOp("IpcganWinogradFilterGradient", {"x: float", "dy: float"}, {"dw: float"}, {"kernel: int", "before: int"},
             create<Settings>, compute, destroy<Settings>);
}
