// Sums [..., C] over everything but the channels: the gradient of a bias. TensorFlow has BiasAddGrad for it, which oneDNN's pass over whole
// functions merges with the filter's gradient, in another order of summation: a function's last bits would not be those of its ops.
#include "kernel.h"

namespace {

constexpr int64_t ROWS = 512;   // summed at a time, in this grouping however many threads there are
constexpr int64_t WIDTH = 128;  // numbers side by side at least: rows of few channels are taken several at once

struct Settings {
  void read(Attributes &) {}
};

// sums of `count` rows; `lanes` has room for several of them
void sumRows(const float *x, int64_t count, int64_t channels, int64_t together, float *lanes, float *sums) {
  const int64_t width = together * channels;
  std::fill(lanes, lanes + width, 0.0f);
  int64_t row = 0;
  for (; row + together <= count; row += together)
    for (int64_t k = 0; k < width; k++) lanes[k] += x[row * channels + k];
  for (; row < count; row++)
    for (int64_t k = 0; k < channels; k++) lanes[k] += x[row * channels + k];
  for (int64_t k = 0; k < channels; k++) {
    float sum = 0;
    for (int64_t i = 0; i < together; i++) sum += lanes[i * channels + k];
    sums[k] = sum;
  }
}

void compute(void *, TF_OpKernelContext *context) {
  Call call(context);
  const TF_Tensor *x = call.input(0);
  if (call.failed()) return;
  const int64_t channels = TF_NumDims(x) > 0 ? TF_Dim(x, TF_NumDims(x) - 1) : 0;
  if (channels == 0) return call.fail("IpcganChannelSum: expected channels");
  const int64_t rows = TF_TensorElementCount(x) / channels, blocks = (rows + ROWS - 1) / ROWS;
  const int64_t together = std::max<int64_t>(1, WIDTH / channels);
  float *y = call.output(0, {channels});
  if (call.failed()) return;
  std::vector<float> partial(blocks * channels);
  inParallel(blocks, [&](Parts &taken) {
    std::vector<float> lanes(together * channels);
    for (int64_t block; taken.take(block);)
      sumRows(floats(x) + block * ROWS * channels, std::min(ROWS, rows - block * ROWS), channels, together, lanes.data(), &partial[block * channels]);
  });
  std::vector<double> sums(channels);
  for (int64_t block = 0; block < blocks; block++)
    for (int64_t k = 0; k < channels; k++) sums[k] += partial[block * channels + k];
  std::copy(sums.begin(), sums.end(), y);
}

}  // namespace

void registerChannelSum() { registerOp("IpcganChannelSum", {"x: float"}, {"y: float"}, {}, create<Settings>, compute, destroy<Settings>); }
