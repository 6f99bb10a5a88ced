// Dropout masks as functions of a key and an index, so that no order of calls is part of a result.
#include "include/CVectorKernels.h"
#include "vector_math.h"

// 32 well mixed bits of index and key: the "lowbias32" rounds (C. Wellons, "Prospecting for Hash Functions", 2018), the key's halves before
// and between them.
VECTOR_INLINE uint32_t mixed(uint32_t index, uint32_t low, uint32_t high) {
  uint32_t x = index + low;
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= (x >> 15) ^ high;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  return x;
}

VECTOR_CLONES void refrain_dropout_mask(const refrain_dropout *drop, uint32_t first, float *restrict mask, long n) {
  const uint32_t low = (uint32_t)drop->key, high = (uint32_t)(drop->key >> 32), threshold = drop->threshold;
  const float scale = drop->scale;
  for (long i = 0; i < n; i++) mask[i] = mixed(first + (uint32_t)i, low, high) < threshold ? 0.0f : scale;
}

VECTOR_CLONES void refrain_dropout_apply(const refrain_dropout *drop, uint32_t first, const float *x, float *y, long n) {
  const uint32_t low = (uint32_t)drop->key, high = (uint32_t)(drop->key >> 32), threshold = drop->threshold;
  const float scale = drop->scale;
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) y[i] = mixed(first + (uint32_t)i, low, high) < threshold ? 0.0f : x[i] * scale;
}

VECTOR_CLONES void refrain_multiply(const float *x, const float *factor, float *y, long n) {
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) y[i] = x[i] * factor[i];
}

VECTOR_CLONES void refrain_add_scaled(const float *restrict x, float factor, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[i] += factor * x[i];
}
