// Vectors of as many floats as the processor's registers hold.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <type_traits>

#define INLINE __attribute__((always_inline)) inline
#define INLINE_LAMBDA __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

#if defined(__AVX512F__)
constexpr int64_t LANES = 16;
#elif defined(__AVX__)
constexpr int64_t LANES = 8;
#else
constexpr int64_t LANES = 4;
#endif

typedef float Lanes __attribute__((vector_size(LANES * sizeof(float))));
// In memory: channels need not come in such numbers, so that a vector is aligned as floats are
typedef float LanesInMemory __attribute__((vector_size(LANES * sizeof(float)), aligned(alignof(float)), may_alias));

// `count` floats, the others zero; the compiler knows where it is a whole vector
template <bool isWhole>
INLINE Lanes load(const float *from, int64_t count) {
  if (isWhole) return *reinterpret_cast<const LanesInMemory *>(from);
  Lanes value{};
  std::memcpy(&value, from, count * sizeof(float));
  return value;
}
template <bool isWhole>
INLINE void store(float *to, Lanes value, int64_t count) {
  if (isWhole)
    *reinterpret_cast<LanesInMemory *>(to) = value;
  else
    std::memcpy(to, &value, count * sizeof(float));
}

// Calls work(channel, count, isWhole) for every vector of the channels from first to last; isWhole is a type with a `value`.
template <typename Work>
INLINE void forLanes(int64_t first, int64_t last, Work work) {
  int64_t channel = first;
  for (; channel + LANES <= last; channel += LANES) work(channel, LANES, std::true_type());
  if (channel < last) work(channel, last - channel, std::false_type());
}
