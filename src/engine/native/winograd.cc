// The two transforms of Winograd's convolution (src/engine/kernels/winograd.ts has the mathematics): tiles of pictures or filters
// to points, and back. Both are one small matrix applied along height and width of every tile.
#include "kernel.h"

namespace {

constexpr int64_t CHANNELS = 64;  // worked on at once: a tile of them stays in the first cache
constexpr int64_t MOST = 8;       // rows and columns of a matrix
using Channels = float[CHANNELS];

struct Settings {
  int32_t size, stride, before, tiles;  // pixels a side; from tile to tile; of the first tile outside the picture; tiles a side
  unsigned char isFilter;               // [k,k,C,K] in the place of [B,S,S,C]
};

void *create(TF_OpKernelConstruction *construction) {
  TF_Status *status = TF_NewStatus();
  auto *settings = new Settings();
  TF_OpKernelConstruction_GetAttrInt32(construction, "size", &settings->size, status);
  TF_OpKernelConstruction_GetAttrInt32(construction, "stride", &settings->stride, status);
  TF_OpKernelConstruction_GetAttrInt32(construction, "before", &settings->before, status);
  TF_OpKernelConstruction_GetAttrInt32(construction, "tiles", &settings->tiles, status);
  TF_OpKernelConstruction_GetAttrBool(construction, "is_filter", &settings->isFilter, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return settings;
}

void destroy(void *settings) { delete static_cast<Settings *>(settings); }

// A matrix of a transform: rows × columns, row by row.
struct Matrix {
  const float *values;
  int64_t rows, columns;
  explicit Matrix(const TF_Tensor *tensor) : values(floats(tensor)), rows(TF_Dim(tensor, 0)), columns(TF_Dim(tensor, 1)) {}
};

// Sizes of a transform: pictures [batch, size, size, channels], points [points², batch · tiles², channels].
struct Extent {
  int64_t batch, size, channels;
};

// so many channels fill a register of the widest processors; for others the compiler takes several. Aligned as floats are: channels
// need not come in such numbers. (`auto` would drop the alignment.)
constexpr int64_t LANES = 16;
typedef float Lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(alignof(float)), may_alias));

// target = (what is there, where it accumulates) + Σ matrix[row][c] · sources[c], for `count` channels; a null source is zero
template <bool accumulates>
__attribute__((always_inline)) inline void combine(const Matrix &matrix, int64_t row, const float *const *sources, float *target, int64_t count) {
  const float *factors = matrix.values + row * matrix.columns;
  int64_t k = 0;
  for (; k + 4 * LANES <= count; k += 4 * LANES) {
    Lanes *out = reinterpret_cast<Lanes *>(target + k);
    Lanes a{}, b{}, c{}, d{};
    if (accumulates) a = out[0], b = out[1], c = out[2], d = out[3];
    for (int64_t column = 0; column < matrix.columns; column++) {
      if (factors[column] == 0 || !sources[column]) continue;
      const Lanes *in = reinterpret_cast<const Lanes *>(sources[column] + k);
      const float factor = factors[column];
      a += factor * in[0], b += factor * in[1], c += factor * in[2], d += factor * in[3];
    }
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
  }
  for (; k < count; k++) {
    float sum = accumulates ? target[k] : 0;
    for (int64_t column = 0; column < matrix.columns; column++)
      if (sources[column]) sum += factors[column] * sources[column][k];
    target[k] = sum;
  }
}

// parts of the work: every picture's blocks of channels
struct Block {
  int64_t picture, channel, count;
};
inline int64_t blocksOf(const Extent &extent) { return (extent.channels + CHANNELS - 1) / CHANNELS; }
inline Block blockAt(const Extent &extent, int64_t i) {
  const int64_t blocks = blocksOf(extent), channel = i % blocks * CHANNELS;
  return {i / blocks, channel, std::min(CHANNELS, extent.channels - channel)};
}

void toPoints(const float *pictures, float *points, const Matrix matrix, const Settings &settings, const Extent extent, int64_t first, int64_t last) {
  const int64_t tiles = settings.tiles, n = matrix.columns, p = matrix.rows;
  const int64_t plane = extent.batch * tiles * tiles * extent.channels;
  Channels down[MOST][MOST];
  for (int64_t part = first; part < last; part++) {
    const Block block = blockAt(extent, part);
    for (int64_t tile = 0; tile < tiles * tiles; tile++) {
      const int64_t top = tile / tiles * settings.stride - settings.before, left = tile % tiles * settings.stride - settings.before;
      for (int64_t x = 0; x < n; x++) {
        if (left + x < 0 || left + x >= extent.size) continue;
        const float *sources[MOST];
        for (int64_t y = 0; y < n; y++) {
          const bool isInside = top + y >= 0 && top + y < extent.size;
          const int64_t pixel = (block.picture * extent.size + top + y) * extent.size + left + x;
          sources[y] = isInside ? pictures + pixel * extent.channels + block.channel : nullptr;
        }
        for (int64_t row = 0; row < p; row++) combine<false>(matrix, row, sources, down[row][x], block.count);
      }
      float *target = points + (block.picture * tiles * tiles + tile) * extent.channels + block.channel;
      for (int64_t row = 0; row < p; row++) {
        const float *sources[MOST];
        for (int64_t x = 0; x < n; x++) sources[x] = left + x < 0 || left + x >= extent.size ? nullptr : down[row][x];
        for (int64_t column = 0; column < p; column++)
          combine<false>(matrix, column, sources, target + (row * p + column) * plane, block.count);
      }
    }
  }
}

void toTiles(const float *points, const float *bias, float *pictures, const Matrix matrix, const Settings &settings, const Extent extent,
             int64_t first, int64_t last) {
  const int64_t tiles = settings.tiles, n = matrix.rows, p = matrix.columns;
  const int64_t plane = extent.batch * tiles * tiles * extent.channels;
  Channels down[MOST][MOST];
  for (int64_t part = first; part < last; part++) {
    const Block block = blockAt(extent, part);
    for (int64_t pixel = 0; pixel < extent.size * extent.size; pixel++) {
      float *target = pictures + (block.picture * extent.size * extent.size + pixel) * extent.channels + block.channel;
      for (int64_t k = 0; k < block.count; k++) target[k] = bias ? bias[block.channel + k] : 0;
    }
    for (int64_t tile = 0; tile < tiles * tiles; tile++) {
      const int64_t top = tile / tiles * settings.stride - settings.before, left = tile % tiles * settings.stride - settings.before;
      const float *source = points + (block.picture * tiles * tiles + tile) * extent.channels + block.channel;
      for (int64_t column = 0; column < p; column++) {
        const float *sources[MOST];
        for (int64_t row = 0; row < p; row++) sources[row] = source + (row * p + column) * plane;
        for (int64_t y = 0; y < n; y++) combine<false>(matrix, y, sources, down[y][column], block.count);
      }
      for (int64_t y = std::max<int64_t>(0, -top); y < std::min(n, extent.size - top); y++) {
        const float *sources[MOST];
        for (int64_t column = 0; column < p; column++) sources[column] = down[y][column];
        for (int64_t x = std::max<int64_t>(0, -left); x < std::min(n, extent.size - left); x++) {
          const int64_t pixel = (block.picture * extent.size + top + y) * extent.size + left + x;
          combine<true>(matrix, x, sources, pictures + pixel * extent.channels + block.channel, block.count);
        }
      }
    }
  }
}

void computeToPoints(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *x = call.input(0), *m = call.input(1);
  if (call.failed()) return;
  if (TF_NumDims(x) != 4 || TF_NumDims(m) != 2) return call.fail("IpcganTilesToPoints: expected a tensor of four axes and a matrix");
  const Matrix matrix(m);
  const std::vector<int64_t> shape = shapeOf(x);
  const int64_t p = matrix.rows, tiles = settings.tiles;
  if (p > MOST || matrix.columns > MOST || shape[1] != settings.size) return call.fail("IpcganTilesToPoints: sizes do not fit");
  const Extent extent = settings.isFilter ? Extent{1, settings.size, shape[2] * shape[3]} : Extent{shape[0], settings.size, shape[3]};
  float *points = settings.isFilter ? call.output(0, {p * p, shape[2], shape[3]}) : call.output(0, {p * p, shape[0] * tiles * tiles, shape[3]});
  if (call.failed()) return;
  inParallel(extent.batch * blocksOf(extent),
             [=, &settings](int64_t first, int64_t last) { toPoints(floats(x), points, matrix, settings, extent, first, last); });
}

void computeToTiles(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *v = call.input(0), *m = call.input(1), *b = call.input(2);
  if (call.failed()) return;
  if (TF_NumDims(v) != 3 || TF_NumDims(m) != 2) return call.fail("IpcganPointsToTiles: expected a tensor of three axes and a matrix");
  const Matrix matrix(m);
  const std::vector<int64_t> shape = shapeOf(v);
  const int64_t n = matrix.rows, p = matrix.columns, size = settings.size, tiles = settings.tiles;
  const int64_t channels = settings.isFilter ? shape[1] * shape[2] : shape[2];
  const float *bias = TF_TensorElementCount(b) > 0 ? floats(b) : nullptr;
  if (p > MOST || n > MOST || shape[0] != p * p || (bias && TF_TensorElementCount(b) != channels))
    return call.fail("IpcganPointsToTiles: sizes do not fit");
  const Extent extent{settings.isFilter ? 1 : shape[1] / (tiles * tiles), size, channels};
  float *pictures = settings.isFilter ? call.output(0, {size, size, shape[1], shape[2]}) : call.output(0, {extent.batch, size, size, channels});
  if (call.failed()) return;
  inParallel(extent.batch * blocksOf(extent), [=, &settings](int64_t first, int64_t last) {
    toTiles(floats(v), bias, pictures, matrix, settings, extent, first, last);
  });
}

}  // namespace

void registerWinograd() {
  const auto attributes = {"size: int", "stride: int", "before: int", "tiles: int", "is_filter: bool"};
  registerOp("IpcganTilesToPoints", {"x: float", "matrix: float"}, {"points: float"}, attributes, create, computeToPoints, destroy);
  registerOp("IpcganPointsToTiles", {"points: float", "matrix: float", "bias: float"}, {"y: float"}, attributes, create, computeToTiles, destroy);
}
