// Softmax and cross-entropy over one row of logits.
#include "include/CVectorKernels.h"
#include "vector_math.h"
#include <math.h>

enum { LANES = 16 };  // partial results, so that the order of summation is fixed in the source

VECTOR_INLINE float largest(const float *x, long n) {
  float partial[LANES], result = x[0];
  for (int k = 0; k < LANES; k++) partial[k] = x[0];
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) partial[k] = x[i + k] > partial[k] ? x[i + k] : partial[k];
  for (; i < n; i++) result = x[i] > result ? x[i] : result;
  for (int k = 0; k < LANES; k++) result = partial[k] > result ? partial[k] : result;
  return result;
}

// y = exp((x - shift) * factor); returns its sum.
VECTOR_INLINE float exponentials(const float *x, float *y, long n, float shift, float factor) {
  float partial[LANES] = {0}, result = 0;
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) {
      float e = vector_exp((x[i + k] - shift) * factor);
      y[i + k] = e;
      partial[k] += e;
    }
  for (; i < n; i++) {
    float e = vector_exp((x[i] - shift) * factor);
    y[i] = e;
    result += e;
  }
  for (int k = 0; k < LANES; k++) result += partial[k];
  return result;
}

// x += bias; returns the largest.
VECTOR_INLINE float add_bias(float *restrict x, const float *restrict bias, long n) {
  float partial[LANES], result = x[0] + bias[0];
  for (int k = 0; k < LANES; k++) partial[k] = result;
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) {
      float sum = x[i + k] + bias[i + k];
      x[i + k] = sum;
      partial[k] = sum > partial[k] ? sum : partial[k];
    }
  for (; i < n; i++) {
    x[i] += bias[i];
    result = x[i] > result ? x[i] : result;
  }
  for (int k = 0; k < LANES; k++) result = partial[k] > result ? partial[k] : result;
  return result;
}

// x *= factor; sums += x.
VECTOR_INLINE void scale_and_add(float *restrict x, float *restrict sums, long n, float factor) {
  for (long i = 0; i < n; i++) {
    float scaled = x[i] * factor;
    x[i] = scaled;
    sums[i] += scaled;
  }
}

VECTOR_CLONES double refrain_softmax_cross_entropy(
    float *x, const float *bias, long n, long target, float scale, float *bias_gradient) {
  if (target < 0) {
    for (long i = 0; i < n; i++) x[i] = 0;
    return 0;
  }
  const float shift = add_bias(x, bias, n), chosen = x[target];
  const float sum = exponentials(x, x, n, shift, 1.0f);
  if (bias_gradient) {
    scale_and_add(x, bias_gradient, n, scale / sum);
    x[target] -= scale;
    bias_gradient[target] -= scale;
  }
  return log((double)sum) + (double)shift - (double)chosen;
}

VECTOR_CLONES void refrain_softmax(const float *x, float *y, long n, float temperature) {
  const float factor = 1.0f / temperature, sum = exponentials(x, y, n, largest(x, n), factor), share = 1.0f / sum;
  for (long i = 0; i < n; i++) y[i] *= share;
}

VECTOR_CLONES float refrain_largest(const float *x, long n) { return largest(x, n); }
