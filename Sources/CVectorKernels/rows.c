// Moving and adding rows: what the distinct-token projection and the bias gradients need.
#include "include/CVectorKernels.h"
#include "vector_math.h"

VECTOR_CLONES void refrain_add(const float *restrict x, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[i] += x[i];
}

VECTOR_CLONES void refrain_gather(const float *restrict x, const int32_t *restrict index, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[i] = x[index[i]];
}

void refrain_scatter_add(const float *restrict x, const int32_t *restrict index, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[index[i]] += x[i];
}

VECTOR_CLONES float refrain_sum(const float *x, long n) {
  enum { LANES = 16 };
  float partial[LANES] = {0}, result = 0;
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) partial[k] += x[i + k];
  for (; i < n; i++) result += x[i];
  for (int k = 0; k < LANES; k++) result += partial[k];
  return result;
}
