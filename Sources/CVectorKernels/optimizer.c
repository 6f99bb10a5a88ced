// The sum of two shards' gradients and the updates of the optimizers, over one chunk of the flat buffers.
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

// The gradient as clipping leaves it.
VECTOR_INLINE float clipped(float g, float scale, float limit) {
  float d = g * scale;
  d = d > limit ? limit : d;
  d = d < -limit ? -limit : d;
  return d;
}

// The average after an update that changed a weight.
VECTOR_INLINE float averaged_weight(float average, float before, float after, float standing, float newest) {
  const float mean = average + standing * (before - average);
  return mean + newest * (after - mean);
}

// One loop for each choice of what there is besides w and G: the compiler sees the choice as constant.
VECTOR_INLINE void rmsprop(
    const refrain_update_state *state, const float *restrict g, long n, const refrain_update_rates *rates, int centered, int momentum,
    int averaged) {
  float *restrict w = state->w, *restrict G = state->G, *restrict m = state->m, *restrict v = state->v, *restrict a = state->a;
  const float rate = rates->learning_rate, decay = rates->decay, rest = 1.0f - decay, epsilon = rates->epsilon,
              scale = rates->gradient_scale, limit = rates->clip_value, missed = rates->missed_decay, keep = rates->weight_keep,
              friction = rates->momentum, newest = rates->average_rate, standing = rates->average_missed,
              correction = rates->correction;
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) {
    const float d = clipped(g[i], scale, limit);
    const float square = decay * (missed * G[i]) + rest * d * d;
    G[i] = square;
    // Statements of their own, so that a correction of 1 leaves the bits as they are without one.
    const float corrected = square * correction;
    float variance = corrected;
    if (centered) {
      const float mean = decay * (missed * m[i]) + rest * d;
      m[i] = mean;
      const float corrected_mean = mean * correction;
      // Never negative but for rounding.
      variance = corrected - corrected_mean * corrected_mean;
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
    if (averaged) a[i] = averaged_weight(a[i], before, after, standing, newest);
  }
}

VECTOR_CLONES void refrain_rmsprop(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates) {
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

VECTOR_INLINE void adam(
    const refrain_update_state *state, const float *restrict g, long n, const refrain_update_rates *rates, int averaged) {
  float *restrict w = state->w, *restrict G = state->G, *restrict m = state->m, *restrict a = state->a;
  const float rate = rates->learning_rate * rates->mean_correction, decay = rates->decay, rest = 1.0f - decay,
              mean_decay = rates->mean_decay, mean_rest = 1.0f - mean_decay, epsilon = rates->epsilon, scale = rates->gradient_scale,
              limit = rates->clip_value, missed = rates->missed_decay, keep = rates->weight_keep, newest = rates->average_rate,
              standing = rates->average_missed, correction = rates->correction;
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) {
    const float d = clipped(g[i], scale, limit);
    const float mean = mean_decay * m[i] + mean_rest * d;
    const float square = decay * (missed * G[i]) + rest * d * d;
    m[i] = mean;
    G[i] = square;
    const float before = w[i], after = keep * before - rate * mean / (__builtin_elementwise_sqrt(square * correction) + epsilon);
    w[i] = after;
    if (averaged) a[i] = averaged_weight(a[i], before, after, standing, newest);
  }
}

VECTOR_CLONES void refrain_adam(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates) {
  if (state->a) {
    adam(state, g, n, rates, 1);
  } else {
    adam(state, g, n, rates, 0);
  }
}

VECTOR_INLINE void sgd(
    const refrain_update_state *state, const float *restrict g, long n, const refrain_update_rates *rates, int momentum, int averaged) {
  float *restrict w = state->w, *restrict v = state->v, *restrict a = state->a;
  const float rate = rates->learning_rate, scale = rates->gradient_scale, limit = rates->clip_value, keep = rates->weight_keep,
              friction = rates->momentum, newest = rates->average_rate, standing = rates->average_missed;
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) {
    float step = clipped(g[i], scale, limit);
    if (momentum) {
      step = friction * v[i] + step;
      v[i] = step;
    }
    const float before = w[i], after = keep * before - rate * step;
    w[i] = after;
    if (averaged) a[i] = averaged_weight(a[i], before, after, standing, newest);
  }
}

VECTOR_CLONES void refrain_sgd(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates) {
  switch ((state->v ? 1 : 0) | (state->a ? 2 : 0)) {
    case 0: sgd(state, g, n, rates, 0, 0); break;
    case 1: sgd(state, g, n, rates, 1, 0); break;
    case 2: sgd(state, g, n, rates, 0, 1); break;
    case 3: sgd(state, g, n, rates, 1, 1); break;
  }
}

VECTOR_INLINE void adagrad(
    const refrain_update_state *state, const float *restrict g, long n, const refrain_update_rates *rates, int averaged) {
  float *restrict w = state->w, *restrict G = state->G, *restrict a = state->a;
  const float rate = rates->learning_rate, epsilon = rates->epsilon, scale = rates->gradient_scale, limit = rates->clip_value,
              keep = rates->weight_keep, newest = rates->average_rate, standing = rates->average_missed;
  INDEPENDENT_ITERATIONS
  for (long i = 0; i < n; i++) {
    const float d = clipped(g[i], scale, limit);
    const float square = G[i] + d * d;
    G[i] = square;
    const float before = w[i], after = keep * before - rate * d / (__builtin_elementwise_sqrt(square) + epsilon);
    w[i] = after;
    if (averaged) a[i] = averaged_weight(a[i], before, after, standing, newest);
  }
}

VECTOR_CLONES void refrain_adagrad(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates) {
  if (state->a) {
    adagrad(state, g, n, rates, 1);
  } else {
    adagrad(state, g, n, rates, 0);
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
