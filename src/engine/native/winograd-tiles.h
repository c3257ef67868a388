// Tiles of pictures, to points and back.
#pragma once
#include "winograd-points.h"

struct Tile {
  int64_t picture, top, left;
};

// Pictures [batch, size, size, channels] and their tiles, row by row
struct Pictures {
  int64_t batch, size, channels;
  int64_t side() const { return (size + TILE - 1) / TILE; }
  int64_t tiles() const { return batch * side() * side(); }
  Tile tile(int64_t i) const { return {i / (side() * side()), i / side() % side() * TILE, i % side() * TILE}; }
  int64_t pixel(const Tile &tile) const { return (tile.picture * size + tile.top) * size + tile.left; }
};

// Points [points², tiles, channels] in memory: tiles and planes lie odd numbers of cache lines apart, so that they do not compete for the
// same places of a cache
inline int64_t rowOf(int64_t channels) { return ((channels + 15) / 16 | 1) * 16; }
inline int64_t planeOf(int64_t tiles, int64_t row) { return ((tiles * row + 15) / 16 | 1) * 16; }

// A tile that starts `before` pixels up and left, zero outside the picture, for channels from first to last: their points start at
// points[i · plane]
template <typename T>
void tileToPoints(const Pictures &p, Tile tile, const float *pictures, int64_t before, float *points, int64_t plane, int64_t first, int64_t last) {
  tile.top -= before, tile.left -= before;
  const float *corner = pictures + p.pixel(tile) * p.channels;
  forLanes(first, last, [&](int64_t channel, int64_t count, auto isWhole) INLINE_LAMBDA {
    transformTile<T>(
        [&](int y, int x) INLINE_LAMBDA {
          const int64_t row = tile.top + y, column = tile.left + x;
          const bool isInside = row >= 0 && row < p.size && column >= 0 && column < p.size;
          return isInside ? load<isWhole.value>(corner + (y * p.size + x) * p.channels + channel, count) : Lanes{};
        },
        [&](int y, int x, Lanes value)
            INLINE_LAMBDA { store<isWhole.value>(points + (y * Transform<T>::ROWS + x) * plane + channel - first, value, count); });
  });
}

// The way back for channels from first to last, whose points start at points[i · plane]; what lies outside the picture is left out
template <typename T>
void pointsToTile(const Pictures &p, const Tile &tile, const float *points, int64_t plane, int64_t first, int64_t last, const float *bias,
                  float *pictures) {
  float *corner = pictures + p.pixel(tile) * p.channels;
  forLanes(first, last, [&](int64_t channel, int64_t count, auto isWhole) INLINE_LAMBDA {
    const Lanes added = bias ? load<isWhole.value>(bias + channel, count) : Lanes{};
    transformTile<T>([&](int y, int x) INLINE_LAMBDA { return load<true>(points + (y * Transform<T>::COLUMNS + x) * plane + channel - first, LANES); },
                     [&](int y, int x, Lanes value) INLINE_LAMBDA {
                       if (tile.top + y < p.size && tile.left + x < p.size)
                         store<isWhole.value>(corner + (y * p.size + x) * p.channels + channel, value + added, count);
                     });
  });
}
