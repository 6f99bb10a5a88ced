// The all-reduce of the shards' gradients and the RMSProp update, over one chunk of the flat buffers.
#include "include/CVectorKernels.h"
#include "vector_math.h"

enum { LANES = 16 };

VECTOR_CLONES double refrain_reduce(const float *const *gradients, long shards, float *sum, long n) {
  const float *first = gradients[0];
  if (shards == 1) {
    if (first != sum) memcpy(sum, first, (size_t)n * sizeof(float));
  } else {
    const float *second = gradients[1];
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) sum[i] = first[i] + second[i];
    for (long s = 2; s < shards; s++) {
      const float *next = gradients[s];
      INDEPENDENT_ITERATIONS
      for (long i = 0; i < n; i++) sum[i] += next[i];
    }
  }
  double partial[LANES] = {0}, result = 0;
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) partial[k] += (double)sum[i + k] * (double)sum[i + k];
  for (; i < n; i++) result += (double)sum[i] * (double)sum[i];
  for (int k = 0; k < LANES; k++) result += partial[k];
  return result;
}

VECTOR_CLONES void refrain_rmsprop(float *restrict w, float *restrict G, const float *restrict g, long n, const refrain_rmsprop_rates *rates) {
  const float rate = rates->learning_rate, decay = rates->decay, rest = 1.0f - decay, epsilon = rates->epsilon,
              scale = rates->gradient_scale, limit = rates->clip_value, missed = rates->missed_decay, keep = rates->weight_keep;
  for (long i = 0; i < n; i++) {
    float d = g[i] * scale;
    d = d > limit ? limit : d;
    d = d < -limit ? -limit : d;
    const float mean = decay * (missed * G[i]) + rest * d * d;
    G[i] = mean;
    w[i] = keep * w[i] - rate * d / __builtin_elementwise_sqrt(mean + epsilon);
  }
}
