// The sum of two shards' gradients and the RMSProp update, over one chunk of the flat buffers.
#include "include/CVectorKernels.h"
#include "vector_math.h"

enum { LANES = 16 };

VECTOR_CLONES double refrain_add_and_square(float *restrict sum, const float *restrict added, long n) {
  if (added) {
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) sum[i] += added[i];
  }
  double partial[LANES] = {0}, result = 0;
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) partial[k] += (double)sum[i + k] * (double)sum[i + k];
  for (; i < n; i++) result += (double)sum[i] * (double)sum[i];
  for (int k = 0; k < LANES; k++) result += partial[k];
  return result;
}

// One loop for each choice of what there is besides w and G: the compiler sees the choice as constant.
VECTOR_INLINE void rmsprop(
    const refrain_rmsprop_state *state, const float *restrict g, long n, const refrain_rmsprop_rates *rates, int centered, int momentum,
    int averaged) {
  float *restrict w = state->w, *restrict G = state->G, *restrict m = state->m, *restrict v = state->v, *restrict a = state->a;
  const float rate = rates->learning_rate, decay = rates->decay, rest = 1.0f - decay, epsilon = rates->epsilon,
              scale = rates->gradient_scale, limit = rates->clip_value, missed = rates->missed_decay, keep = rates->weight_keep,
              friction = rates->momentum, newest = rates->average_rate, standing = rates->average_missed;
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) {
    float d = g[i] * scale;
    d = d > limit ? limit : d;
    d = d < -limit ? -limit : d;
    const float square = decay * (missed * G[i]) + rest * d * d;
    G[i] = square;
    float variance = square;
    if (centered) {
      const float mean = decay * (missed * m[i]) + rest * d;
      m[i] = mean;
      // Never negative but for rounding.
      variance = square - mean * mean;
      variance = variance > 0.0f ? variance : 0.0f;
    }
    const float root = __builtin_elementwise_sqrt(variance + epsilon), before = w[i];
    float after;
    if (momentum) {
      const float step = friction * v[i] + d / root;
      v[i] = step;
      after = keep * before - rate * step;
    } else {
      after = keep * before - rate * d / root;
    }
    w[i] = after;
    if (averaged) {
      const float mean = a[i] + standing * (before - a[i]);
      a[i] = mean + newest * (after - mean);
    }
  }
}

VECTOR_CLONES void refrain_rmsprop(const refrain_rmsprop_state *state, const float *g, long n, const refrain_rmsprop_rates *rates) {
  switch ((state->m ? 1 : 0) | (state->v ? 2 : 0) | (state->a ? 4 : 0)) {
    case 0: rmsprop(state, g, n, rates, 0, 0, 0); break;
    case 1: rmsprop(state, g, n, rates, 1, 0, 0); break;
    case 2: rmsprop(state, g, n, rates, 0, 1, 0); break;
    case 3: rmsprop(state, g, n, rates, 1, 1, 0); break;
    case 4: rmsprop(state, g, n, rates, 0, 0, 1); break;
    case 5: rmsprop(state, g, n, rates, 1, 0, 1); break;
    case 6: rmsprop(state, g, n, rates, 0, 1, 1); break;
    case 7: rmsprop(state, g, n, rates, 1, 1, 1); break;
  }
}

VECTOR_CLONES void refrain_average(float *restrict a, const float *restrict w, long n, float rate) {
  for (long i = 0; i < n; i++) a[i] += rate * (w[i] - a[i]);
}

VECTOR_INLINE void adapt(
    float *restrict w, const float *restrict w0, float *restrict G, const float *restrict g, long n, int adds,
    const refrain_adaptation *rates) {
  const float step = rates->step, scale = rates->root_scale, epsilon = rates->epsilon, decay = rates->decay;
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) {
    const float d = g[i];
    float square = G[i];
    if (adds) {
      square += d * d;
      G[i] = square;
    }
    const float root = scale * __builtin_elementwise_sqrt(square), rest = 1.0f - decay * root;
    const float keep = rest > 0.0f ? rest : 0.0f;
    w[i] = w0[i] + keep * (w[i] - w0[i]) - step * d / (root + epsilon);
  }
}

VECTOR_CLONES void refrain_adapt(
    float *w, const float *w0, float *G, const float *g, long n, int adds, const refrain_adaptation *rates) {
  if (adds) adapt(w, w0, G, g, n, 1, rates);
  else adapt(w, w0, G, g, n, 0, rates);
}
