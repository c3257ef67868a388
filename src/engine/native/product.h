// Products of matrices small enough for the second cache: rows of one, and a panel of columns of the other, which lies in the order in which
// it is read.
#pragma once
#include "lanes.h"

// Columns of a panel: two registers
constexpr int64_t WIDTH = 2 * LANES;

// c [rows, WIDTH] = a [rows, depth] · panel [depth, WIDTH]. Every element is one sum from first to last.
void multiply(int64_t rows, const float *a, int64_t strideA, const float *panel, int64_t depth, float *c, int64_t strideC);

// c [rows, WIDTH] = (what is there, where it accumulates) + a [depth, rows]ᵀ · panel [depth, WIDTH]
void multiplyTransposed(int64_t rows, const float *a, int64_t strideA, const float *panel, int64_t depth, float *c, int64_t strideC,
                        bool accumulates);
