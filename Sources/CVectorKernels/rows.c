// Moving and adding rows: what the distinct-token projection and the bias gradients need.
#include "include/CVectorKernels.h"
#include "vector_math.h"

VECTOR_CLONES void refrain_add(const float *restrict x, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[i] += x[i];
}
