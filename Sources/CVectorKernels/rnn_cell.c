// The element-wise part of a step of the plain recurrent cell, forward and backward.
#include "include/CVectorKernels.h"
#include "vector_math.h"

VECTOR_CLONES void refrain_rnn_forward(const refrain_rnn_block *k) {
  for (long lane = 0; lane < k->lanes; lane++) {
    const float *a = k->a + lane * k->a_stride;
    float *h = k->h + lane * k->h_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < k->features; i++) h[i] = vector_tanh(a[i] + k->bias[i]);
  }
}

VECTOR_CLONES void refrain_rnn_backward(const refrain_rnn_block *k) {
  float *bias_gradient = k->bias_gradient;
  for (long lane = 0; lane < k->lanes; lane++) {
    float *a = k->a + lane * k->a_stride;
    const float *h = k->h + lane * k->h_stride, *dh = k->dh + lane * k->h_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < k->features; i++) {
      const float d = dh[i] * (1.0f - h[i] * h[i]);
      a[i] = d;
      bias_gradient[i] += d;
    }
  }
}
