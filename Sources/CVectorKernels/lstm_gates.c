// The element-wise part of an LSTM step, forward and backward.
#include "include/CVectorKernels.h"
#include "vector_math.h"

VECTOR_INLINE void forward(const refrain_gate_block *k, int bias_per_inner) {
  const long inner = k->inner;
  for (long o = 0; o < k->outer; o++) {
    float *zi = k->z + o * k->z_stride, *zf = zi + k->gate_stride, *zg = zf + k->gate_stride,
          *zo = zg + k->gate_stride;
    const long gate = bias_per_inner ? inner : k->outer;
    const float *bi = k->bias + (bias_per_inner ? 0 : o), *bf = bi + gate, *bg = bf + gate,
                *bo = bg + gate;
    const float *c_previous = k->c_previous + o * k->state_stride;
    float *c = k->c + o * k->state_stride, *h = k->h + o * k->state_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < inner; i++) {
      const long j = bias_per_inner ? i : 0;
      const float input = vector_sigmoid(zi[i] + bi[j]), forget = vector_sigmoid(zf[i] + bf[j]), candidate = vector_tanh(zg[i] + bg[j]),
                  output = vector_sigmoid(zo[i] + bo[j]);
      const float cell = forget * c_previous[i] + input * candidate;
      zi[i] = input, zf[i] = forget, zg[i] = candidate, zo[i] = output;
      c[i] = cell;
      h[i] = output * vector_tanh(cell);
    }
  }
}

VECTOR_CLONES void refrain_gates_forward(const refrain_gate_block *block) {
  if (block->bias_per_inner) forward(block, 1);
  else forward(block, 0);
}

VECTOR_CLONES void refrain_gates_backward(const refrain_gate_block *k) {
  for (long o = 0; o < k->outer; o++) {
    float *zi = k->z + o * k->z_stride, *zf = zi + k->gate_stride, *zg = zf + k->gate_stride,
          *zo = zg + k->gate_stride;
    const float *c_previous = k->c_previous + o * k->state_stride, *c = k->c + o * k->state_stride,
                *dh = k->dh + o * k->state_stride;
    float *dc = k->dc + o * k->dc_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < k->inner; i++) {
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
