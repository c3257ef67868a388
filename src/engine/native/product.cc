#include "product.h"

namespace {

// Rows done at once: their sums fill the processor's registers (32 with AVX-512, else 16) but for the panel's and a factor
constexpr int ROWS = LANES == 16 ? 12 : 6;

// c [R, WIDTH] = a [R, depth] · panel [depth, WIDTH], to which what is there is added where it accumulates; a may lie in memory transposed.
// Every element is one sum from first to last, whatever R.
template <int R, bool isTransposed>
void multiplyRows(const float *a, int64_t strideA, const float *panel, int64_t depth, float *c, int64_t strideC, bool accumulates) {
  Lanes sums[R][2] = {};
  if (accumulates) {
    UNROLL for (int r = 0; r < R; r++) {
      sums[r][0] = load<true>(c + r * strideC, LANES);
      sums[r][1] = load<true>(c + r * strideC + LANES, LANES);
    }
  }
  for (int64_t k = 0; k < depth; k++) {
    const Lanes first = load<true>(panel + k * WIDTH, LANES), second = load<true>(panel + k * WIDTH + LANES, LANES);
    UNROLL for (int r = 0; r < R; r++) {
      const float factor = isTransposed ? a[k * strideA + r] : a[r * strideA + k];
      sums[r][0] += factor * first, sums[r][1] += factor * second;
    }
  }
  UNROLL for (int r = 0; r < R; r++) {
    store<true>(c + r * strideC, sums[r][0], LANES);
    store<true>(c + r * strideC + LANES, sums[r][1], LANES);
  }
}

// The same for any number of rows, as many as R at once
template <int R, bool isTransposed>
void multiply(int64_t rows, const float *a, int64_t strideA, const float *panel, int64_t depth, float *c, int64_t strideC, bool accumulates) {
  int64_t row = 0;
  for (; row + R <= rows; row += R)
    multiplyRows<R, isTransposed>(a + row * (isTransposed ? 1 : strideA), strideA, panel, depth, c + row * strideC, strideC, accumulates);
  if constexpr (R > 1)
    if (row < rows)
      multiply<R - 1, isTransposed>(rows - row, a + row * (isTransposed ? 1 : strideA), strideA, panel, depth, c + row * strideC, strideC, accumulates);
}

}  // namespace

void multiply(int64_t rows, const float *a, int64_t strideA, const float *panel, int64_t depth, float *c, int64_t strideC) {
  multiply<ROWS, false>(rows, a, strideA, panel, depth, c, strideC, false);
}

void multiplyTransposed(int64_t rows, const float *a, int64_t strideA, const float *panel, int64_t depth, float *c, int64_t strideC,
                        bool accumulates) {
  multiply<ROWS, true>(rows, a, strideA, panel, depth, c, strideC, accumulates);
}
