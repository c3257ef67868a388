// The two transforms of Winograd's convolution (src/engine/kernels/winograd.ts has the mathematics): tiles of pictures or filters
// to points, and back.
#include "kernel.h"
#include "winograd-points.h"

namespace {

// Which matrix an op applies
enum Of { PICTURE, FILTER, RESULT };

struct Settings {
  int32_t kernel, of;
  int32_t size, before;    // of pictures: pixels a side, and how far the first tile reaches out at the top and left
  unsigned char isTurned;  // a filter is taken from its last element to its first
};

void *create(TF_OpKernelConstruction *construction) {
  TF_Status *status = TF_NewStatus();
  auto *settings = new Settings();
  TF_OpKernelConstruction_GetAttrInt32(construction, "kernel", &settings->kernel, status);
  TF_OpKernelConstruction_GetAttrInt32(construction, "of", &settings->of, status);
  TF_OpKernelConstruction_GetAttrInt32(construction, "size", &settings->size, status);
  TF_OpKernelConstruction_GetAttrInt32(construction, "before", &settings->before, status);
  TF_OpKernelConstruction_GetAttrBool(construction, "is_turned", &settings->isTurned, status);
  if (TF_GetCode(status) == TF_OK && settings->kernel != 3 && settings->kernel != 4)
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "Winograd's form: expected a kernel of 3 or 4");
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
  TF_DeleteStatus(status);
  return settings;
}

void destroy(void *settings) { delete static_cast<Settings *>(settings); }

// Pictures [batch, size, size, channels] and their points [points², batch · tiles², channels]
struct Pictures {
  int64_t batch, size, channels;
  int64_t tiles() const { return (size + TILE - 1) / TILE; }
  int64_t rows() const { return batch * tiles(); }  // of tiles, in all pictures
  int64_t plane() const { return rows() * tiles() * channels; }
};

// One row of tiles
template <typename T>
void picturesToPoints(const float *pictures, float *points, const Pictures &p, int64_t before, int64_t row) {
  constexpr int POINTS = Transform<T>::ROWS;
  const int64_t tiles = p.tiles(), plane = p.plane(), top = row % tiles * TILE - before;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const int64_t left = tile * TILE - before;
    const float *corner = pictures + ((row / tiles * p.size + top) * p.size + left) * p.channels;
    float *target = points + (row * tiles + tile) * p.channels;
    forLanes(0, p.channels, [&](int64_t channel, int64_t count, auto isWhole) INLINE_LAMBDA {
      transformTile<T>(
          [&](int y, int x) INLINE_LAMBDA {
            const bool isInside = top + y >= 0 && top + y < p.size && left + x >= 0 && left + x < p.size;
            return isInside ? load<isWhole.value>(corner + (y * p.size + x) * p.channels + channel, count) : Lanes{};
          },
          [&](int y, int x, Lanes value) INLINE_LAMBDA { store<isWhole.value>(target + (y * POINTS + x) * plane + channel, value, count); });
    });
  }
}

template <typename T>
void pointsToPictures(const float *points, const float *bias, float *pictures, const Pictures &p, int64_t row) {
  constexpr int POINTS = Transform<T>::COLUMNS;
  const int64_t tiles = p.tiles(), plane = p.plane(), top = row % tiles * TILE;
  for (int64_t tile = 0; tile < tiles; tile++) {
    const int64_t left = tile * TILE;
    const float *source = points + (row * tiles + tile) * p.channels;
    float *corner = pictures + ((row / tiles * p.size + top) * p.size + left) * p.channels;
    forLanes(0, p.channels, [&](int64_t channel, int64_t count, auto isWhole) INLINE_LAMBDA {
      const Lanes added = bias ? load<isWhole.value>(bias + channel, count) : Lanes{};
      transformTile<T>([&](int y, int x) INLINE_LAMBDA { return load<isWhole.value>(source + (y * POINTS + x) * plane + channel, count); },
                       [&](int y, int x, Lanes value) INLINE_LAMBDA {
                         if (top + y < p.size && left + x < p.size)
                           store<isWhole.value>(corner + (y * p.size + x) * p.channels + channel, value + added, count);
                       });
    });
  }
}

// Filters [k, k, C, K] have a single tile, whose elements are far apart: worked on are so many pairs of channels at once
constexpr int64_t PAIRS = 1024;

// From planes of `plane` floats to others, for one block of PAIRS
template <typename T>
void transformPlanes(const float *from, float *to, int64_t plane, bool isTurned, int64_t block) {
  constexpr int R = Transform<T>::ROWS, C = Transform<T>::COLUMNS;
  forLanes(block * PAIRS, std::min(plane, (block + 1) * PAIRS), [&](int64_t pair, int64_t count, auto isWhole) INLINE_LAMBDA {
    transformTile<T>(
        [&](int y, int x) INLINE_LAMBDA {
          const int64_t element = isTurned ? C * C - 1 - (y * C + x) : y * C + x;
          return load<isWhole.value>(from + element * plane + pair, count);
        },
        [&](int y, int x, Lanes value) INLINE_LAMBDA { store<isWhole.value>(to + (y * R + x) * plane + pair, value, count); });
  });
}

template <int K>
void toPoints(const Settings &settings, const float *x, float *points, const Pictures &pictures) {
  const bool isFilter = settings.of == FILTER;
  inParallel(isFilter ? (pictures.channels + PAIRS - 1) / PAIRS : pictures.rows(), [&](Parts &parts) {
    for (int64_t part; parts.take(part);) {
      if (isFilter)
        transformPlanes<Filter<K>>(x, points, pictures.channels, settings.isTurned, part);
      else if (settings.of == PICTURE)
        picturesToPoints<Input<K>>(x, points, pictures, settings.before, part);
      else
        picturesToPoints<Transposed<Output<K>>>(x, points, pictures, settings.before, part);
    }
  });
}

template <int K>
void toTiles(const Settings &settings, const float *points, const float *bias, float *y, const Pictures &pictures) {
  const bool isFilter = settings.of == FILTER;
  inParallel(isFilter ? (pictures.channels + PAIRS - 1) / PAIRS : pictures.rows(), [&](Parts &parts) {
    for (int64_t part; parts.take(part);) {
      if (isFilter)
        transformPlanes<Transposed<Filter<K>>>(points, y, pictures.channels, settings.isTurned, part);
      else
        pointsToPictures<Output<K>>(points, bias, y, pictures, part);
    }
  });
}

void computeToPoints(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *x = call.input(0);
  if (call.failed()) return;
  if (TF_NumDims(x) != 4) return call.fail("IpcganTilesToPoints: expected four axes");
  const std::vector<int64_t> shape = shapeOf(x);
  const int64_t size = settings.of == FILTER ? settings.kernel : settings.size, points = pointsOf(settings.kernel);
  if (shape[settings.of == FILTER ? 0 : 2] != size || shape[1] != size) return call.fail("IpcganTilesToPoints: sizes do not fit");
  Pictures pictures{shape[0], size, shape[3]};
  if (settings.of == FILTER) pictures = {1, size, shape[2] * shape[3]};
  float *to = call.output(0, {points * points, settings.of == FILTER ? shape[2] : pictures.rows() * pictures.tiles(), shape[3]});
  if (call.failed()) return;
  (settings.kernel == 3 ? toPoints<3> : toPoints<4>)(settings, floats(x), to, pictures);
}

void computeToTiles(void *state, TF_OpKernelContext *context) {
  const Settings &settings = *static_cast<Settings *>(state);
  Call call(context);
  const TF_Tensor *v = call.input(0), *b = call.input(1);
  if (call.failed()) return;
  if (TF_NumDims(v) != 3) return call.fail("IpcganPointsToTiles: expected three axes");
  const std::vector<int64_t> shape = shapeOf(v);
  const int64_t size = settings.of == FILTER ? settings.kernel : settings.size, points = pointsOf(settings.kernel);
  const float *bias = TF_TensorElementCount(b) > 0 ? floats(b) : nullptr;
  if (shape[0] != points * points || (bias && TF_TensorElementCount(b) != shape[2])) return call.fail("IpcganPointsToTiles: sizes do not fit");
  Pictures pictures{1, size, shape[2]};
  pictures.batch = shape[1] / (pictures.tiles() * pictures.tiles());
  if (settings.of == FILTER) pictures.channels = shape[1] * shape[2];
  float *to = settings.of == FILTER ? call.output(0, {size, size, shape[1], shape[2]}) : call.output(0, {pictures.batch, size, size, shape[2]});
  if (call.failed()) return;
  (settings.kernel == 3 ? toTiles<3> : toTiles<4>)(settings, floats(v), bias, to, pictures);
}

}  // namespace

void registerWinograd() {
  const auto attributes = {"kernel: int", "of: int", "size: int", "before: int", "is_turned: bool"};
  registerOp("IpcganTilesToPoints", {"x: float"}, {"points: float"}, attributes, create, computeToPoints, destroy);
  registerOp("IpcganPointsToTiles", {"points: float", "bias: float"}, {"y: float"}, attributes, create, computeToTiles, destroy);
}
