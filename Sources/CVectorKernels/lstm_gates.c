// The element-wise part of an LSTM step, forward and backward.
#include "include/CVectorKernels.h"
#include "vector_math.h"

VECTOR_CLONES void refrain_gates_forward(const refrain_gate_block *k) {
  const long n = k->features;
  const float *bi = k->bias, *bf = bi + n, *bg = bf + n, *bo = bg + n;
  for (long r = 0; r < k->lanes; r++) {
    float *zi = k->z + r * k->z_stride, *zf = zi + n, *zg = zf + n, *zo = zg + n;
    const float *c_previous = k->c_previous + r * k->state_stride;
    float *c = k->c + r * k->state_stride, *h = k->h + r * k->state_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float input = vector_sigmoid(zi[i] + bi[i]), forget = vector_sigmoid(zf[i] + bf[i]), candidate = vector_tanh(zg[i] + bg[i]),
                  output = vector_sigmoid(zo[i] + bo[i]);
      const float cell = forget * c_previous[i] + input * candidate;
      zi[i] = input, zf[i] = forget, zg[i] = candidate, zo[i] = output;
      c[i] = cell;
      h[i] = output * vector_tanh(cell);
    }
  }
}

VECTOR_CLONES void refrain_gates_backward(const refrain_gate_block *k) {
  const long n = k->features;
  for (long r = 0; r < k->lanes; r++) {
    float *zi = k->z + r * k->z_stride, *zf = zi + n, *zg = zf + n, *zo = zg + n;
    const float *c_previous = k->c_previous + r * k->state_stride, *c = k->c + r * k->state_stride, *dh = k->dh + r * k->state_stride;
    float *dc = k->dc + r * k->dc_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float input = zi[i], forget = zf[i], candidate = zg[i], output = zo[i], tanh_c = vector_tanh(c[i]);
      const float d_cell = dc[i] + dh[i] * output * (1.0f - tanh_c * tanh_c);
      zi[i] = d_cell * candidate * input * (1.0f - input);
      zf[i] = d_cell * c_previous[i] * forget * (1.0f - forget);
      zg[i] = d_cell * input * (1.0f - candidate * candidate);
      zo[i] = dh[i] * tanh_c * output * (1.0f - output);
      dc[i] = d_cell * forget;
    }
  }
}

VECTOR_CLONES void refrain_sigmoid(const float *restrict x, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[i] = vector_sigmoid(x[i]);
}
VECTOR_CLONES void refrain_tanh(const float *restrict x, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[i] = vector_tanh(x[i]);
}
VECTOR_CLONES void refrain_exp(const float *restrict x, float *restrict y, long n) {
  for (long i = 0; i < n; i++) y[i] = vector_exp(x[i]);
}
