// exp, sigmoid and tanh as branch-free polynomials that a compiler can vectorise.
#pragma once
#include <stdint.h>
#include <string.h>

#define VECTOR_INLINE static inline __attribute__((always_inline))
// The thread sanitizer instruments what chooses among clones, which runs before the sanitizer does: under it there is one of each.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NO_CLONES
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(NO_CLONES)
// Not "avx2", which lacks fused multiply-add, and not "arch=haswell", which tests for Intel's models and so leaves out AMD CPUs.
#define VECTOR_CLONES __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#else
#define VECTOR_CLONES
#endif

// For loops over rows of one buffer that never overlap, or overlap exactly, which the compiler cannot see.
#define INDEPENDENT_ITERATIONS _Pragma("clang loop vectorize(assume_safety)")

// exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2, exp(r) by its Taylor polynomial of degree 7 (remainder below 6e-9 relative).
// x is limited to +-87.3, where exp is still a normal float.
VECTOR_INLINE float vector_exp(float x) {
  x = x > 87.3f ? 87.3f : x;
  x = x < -87.3f ? -87.3f : x;
  const float round_to_integer = 12582912.0f;  // 1.5 * 2^23: adding it leaves the nearest integer in the low bits
  float shifted = x * 1.44269504088896341f + round_to_integer;
  float n = shifted - round_to_integer;
  float r = x - n * 0.693359375f;  // ln 2 in two parts, the first exact in few bits
  r = r - n * -2.12194440e-4f;
  float p = 1.98412698e-4f;
  p = p * r + 1.38888889e-3f;
  p = p * r + 8.33333333e-3f;
  p = p * r + 4.16666667e-2f;
  p = p * r + 1.66666667e-1f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
  uint32_t bits;  // unsigned: shifting a negative number, or into the sign bit, is undefined in C
  memcpy(&bits, &shifted, 4);
  bits = (bits + 127) << 23;  // the low bits of shifted hold n; the shift drops the rest
  float power;
  memcpy(&power, &bits, 4);
  return p * power;
}

VECTOR_INLINE float vector_sigmoid(float x) { return 1.0f / (1.0f + vector_exp(-x)); }

// tanh(x) = 1 - 2 / (exp(2x) + 1) loses relative precision near 0, where an odd Taylor polynomial takes over.
VECTOR_INLINE float vector_tanh(float x) {
  float far = 1.0f - 2.0f / (vector_exp(2.0f * x) + 1.0f);
  float s = x * x;
  float near = x + x * s * (-3.33333333e-1f + s * (1.33333333e-1f + s * (-5.39682540e-2f + s * 2.18694885e-2f)));
  float magnitude = x < 0 ? -x : x;
  return magnitude < 0.3f ? near : far;
}
