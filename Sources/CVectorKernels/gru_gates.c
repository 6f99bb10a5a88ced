// The element-wise part of a GRU step, forward and backward.
#include "include/CVectorKernels.h"
#include "vector_math.h"

VECTOR_CLONES void refrain_gru_forward(const refrain_gru_block *k) {
  const long n = k->features;
  const float *br = k->bias, *bz = br + n, *bn = bz + n, *bh = bn + n;
  for (long lane = 0; lane < k->lanes; lane++) {
    float *ar = k->a + lane * k->a_stride, *az = ar + n, *an = az + n, *ah = an + n;
    const float *h_previous = k->h_previous + lane * k->state_stride;
    float *h = k->h + lane * k->state_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float reset = vector_sigmoid(ar[i] + br[i]), update = vector_sigmoid(az[i] + bz[i]), recurrent = ah[i] + bh[i];
      const float candidate = vector_tanh(an[i] + bn[i] + reset * recurrent);
      ar[i] = reset, az[i] = update, an[i] = candidate, ah[i] = recurrent;
      h[i] = candidate + update * (h_previous[i] - candidate);
    }
  }
}

VECTOR_CLONES void refrain_gru_backward(const refrain_gru_block *k) {
  const long n = k->features;
  for (long lane = 0; lane < k->lanes; lane++) {
    float *ar = k->a + lane * k->a_stride, *az = ar + n, *an = az + n, *ah = an + n;
    const float *h_previous = k->h_previous + lane * k->state_stride, *dh = k->dh + lane * k->state_stride;
    float *dh_previous = k->dh_previous + lane * k->state_stride;
    float *br = k->bias_gradient, *bz = br + n, *bn = bz + n, *bh = bn + n;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float reset = ar[i], update = az[i], candidate = an[i], recurrent = ah[i];
      const float d_candidate = dh[i] * (1.0f - update) * (1.0f - candidate * candidate);
      const float d_update = dh[i] * (h_previous[i] - candidate) * update * (1.0f - update),
                  d_reset = d_candidate * recurrent * reset * (1.0f - reset), d_recurrent = d_candidate * reset;
      ar[i] = d_reset, az[i] = d_update, an[i] = d_candidate, ah[i] = d_recurrent;
      br[i] += d_reset, bz[i] += d_update, bn[i] += d_candidate, bh[i] += d_recurrent;
      dh_previous[i] += dh[i] * update;
    }
  }
}
