// The matrices of Winograd's form F(4, k) for kernels of k = 3 and 4, known to the compiler: their zeros and ones cost nothing.
//
// A convolution of one tile is a product of polynomials, done at k + 3 points: the tile goes to points by `Input`, the filter by `Filter`,
// and the products come back by `Output`. Gradients take the same matrices transposed (src/engine/kernels/winograd.ts).
#pragma once
#include "lanes.h"

constexpr int TILE = 4;  // outputs a tile and direction

template <int R, int C>
struct Matrix {
  float at[R][C] = {};
};

template <int R, int C>
constexpr Matrix<C, R> transposed(const Matrix<R, C> &matrix) {
  Matrix<C, R> result;
  for (int r = 0; r < R; r++)
    for (int c = 0; c < C; c++) result.at[c][r] = matrix.at[r][c];
  return result;
}

// Besides infinity, which comes last. The first k + 2 are used; 1 and -1, 2 and -2 are pairs.
constexpr double POINTS[] = {0, 1, -1, 2, -2, 0.5};
constexpr int pointsOf(int kernel) { return kernel + TILE - 1; }

// What a point's row of `input` would be divided by: `filter` is instead, and the larger matrix keeps its small whole numbers
constexpr double divisor(int kernel, int point) {
  double product = 1;
  for (int i = 0; i < kernel + 2; i++)
    if (i != point && point < kernel + 2) product *= POINTS[point] - POINTS[i];
  return product;
}

// Coefficients of the polynomial that is zero at all points but one
template <int K>
constexpr Matrix<K + 3, K + 3> inputMatrix() {
  Matrix<K + 3, K + 3> result;
  for (int point = 0; point < K + 3; point++) {
    double coefficients[K + 3] = {1};
    for (int i = 0, degree = 0; i < K + 2; i++) {
      if (i == point) continue;
      degree++;
      for (int j = degree; j >= 0; j--) coefficients[j] = (j > 0 ? coefficients[j - 1] : 0) - POINTS[i] * coefficients[j];
    }
    for (int j = 0; j < K + 3; j++) result.at[point][j] = static_cast<float>(coefficients[j]);
  }
  return result;
}

// Values of the monomials below x^D at every point, and at infinity the leading one
template <int K, int D>
constexpr Matrix<K + 3, D> evaluationMatrix(bool isDivided) {
  Matrix<K + 3, D> result;
  for (int point = 0; point < K + 3; point++) {
    double power = 1;
    for (int j = 0; j < D; j++) {
      const double value = point == K + 2 ? j == D - 1 : power;
      result.at[point][j] = static_cast<float>(isDivided ? value / divisor(K, point) : value);
      if (point < K + 2) power *= POINTS[point];
    }
  }
  return result;
}

template <int K>
struct Input {
  static constexpr Matrix<K + 3, K + 3> matrix = inputMatrix<K>();
};
template <int K>
struct Filter {
  static constexpr Matrix<K + 3, K> matrix = evaluationMatrix<K, K>(true);
};
template <int K>
struct Output {
  static constexpr Matrix<TILE, K + 3> matrix = transposed(evaluationMatrix<K, TILE>(false));
};
template <typename T>
struct Transposed {
  static constexpr auto matrix = transposed(T::matrix);
};

// The small product of a matrix with vectors of channels, written out.
template <typename T>
struct Transform {
  template <int R, int C>
  static constexpr int rowsOf(const Matrix<R, C> &) {
    return R;
  }
  template <int R, int C>
  static constexpr int columnsOf(const Matrix<R, C> &) {
    return C;
  }
  static constexpr int ROWS = rowsOf(T::matrix), COLUMNS = columnsOf(T::matrix);
  static constexpr bool isToPoints = ROWS >= COLUMNS;

  // Rows of opposite points differ in signs only: they are sum and difference of two with half the elements. So are columns.
  static constexpr bool isPair(int i) {
    if (i % 2 == 0 || i + 2 >= (isToPoints ? ROWS : COLUMNS)) return false;
    for (int j = 0; j < (isToPoints ? COLUMNS : ROWS); j++) {
      const float a = isToPoints ? T::matrix.at[i][j] : T::matrix.at[j][i];
      const float b = isToPoints ? T::matrix.at[i + 1][j] : T::matrix.at[j][i + 1];
      if (a != b && a != -b) return false;
    }
    return true;
  }
  static constexpr auto halved() {
    auto result = T::matrix;
    for (int i = 0; i < (isToPoints ? ROWS : COLUMNS); i++) {
      if (!isPair(i)) continue;
      for (int j = 0; j < (isToPoints ? COLUMNS : ROWS); j++) {
        float &a = isToPoints ? result.at[i][j] : result.at[j][i], &b = isToPoints ? result.at[i + 1][j] : result.at[j][i + 1];
        const float sum = (a + b) / 2, difference = (a - b) / 2;
        a = sum, b = difference;
      }
    }
    return result;
  }
  static constexpr auto matrix = halved();

  // out = T's matrix · in
  static INLINE void apply(const Lanes (&in)[COLUMNS], Lanes (&out)[ROWS]) {
    Lanes terms[COLUMNS];
    UNROLL for (int c = 0; c < COLUMNS; c++) terms[c] = in[c];
    if (!isToPoints) sumsAndDifferences<COLUMNS>(terms);
    UNROLL for (int r = 0; r < ROWS; r++) {
      bool isFirst = true;
      out[r] = Lanes{};
      UNROLL for (int c = 0; c < COLUMNS; c++) {
        const float factor = matrix.at[r][c];
        if (factor == 0) continue;
        out[r] = isFirst ? factor * terms[c] : out[r] + factor * terms[c];
        isFirst = false;
      }
    }
    if (isToPoints) sumsAndDifferences<ROWS>(out);
  }

 private:
  template <int N>
  static INLINE void sumsAndDifferences(Lanes (&values)[N]) {
    UNROLL for (int i = 0; i < N; i++) {
      if (!isPair(i)) continue;
      const Lanes a = values[i], b = values[i + 1];
      values[i] = a + b, values[i + 1] = a - b;
    }
  }
};

// Both directions of one tile: load(row, column) gives its elements, store(row, column, value) takes the results.
template <typename T, typename Load, typename Store>
INLINE void transformTile(Load load, Store store) {
  using Step = Transform<T>;
  Lanes down[Step::ROWS][Step::COLUMNS];
  UNROLL for (int c = 0; c < Step::COLUMNS; c++) {
    Lanes in[Step::COLUMNS], out[Step::ROWS];
    UNROLL for (int r = 0; r < Step::COLUMNS; r++) in[r] = load(r, c);
    Step::apply(in, out);
    UNROLL for (int r = 0; r < Step::ROWS; r++) down[r][c] = out[r];
  }
  UNROLL for (int r = 0; r < Step::ROWS; r++) {
    Lanes out[Step::ROWS];
    Step::apply(down[r], out);
    UNROLL for (int c = 0; c < Step::ROWS; c++) store(r, c, out[c]);
  }
}
