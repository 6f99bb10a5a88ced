// The element-wise part of an LSTM step, forward and backward.
#include "include/CVectorKernels.h"
#include "input_cap.h"
#include "vector_math.h"

// `capped` is a constant wherever this is inlined, so that the loop without a cap is not slower for it.
VECTOR_INLINE void gates_forward(const refrain_gate_block *k, const int capped) {
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
      const float let_in = capped ? capped_input(input, forget) : input;
      const float cell = forget * c_previous[i] + let_in * candidate;
      zi[i] = let_in, zf[i] = forget, zg[i] = candidate, zo[i] = output;
      c[i] = cell;
      h[i] = output * vector_tanh(cell);
    }
  }
}

VECTOR_CLONES void refrain_gates_forward(const refrain_gate_block *k) {
  if (k->caps_input) gates_forward(k, 1); else gates_forward(k, 0);
}

VECTOR_INLINE void gates_backward(const refrain_gate_block *k, const int capped) {
  const long n = k->features;
  for (long r = 0; r < k->lanes; r++) {
    float *zi = k->z + r * k->z_stride, *zf = zi + n, *zg = zf + n, *zo = zg + n;
    const float *c_previous = k->c_previous + r * k->state_stride, *c = k->c + r * k->state_stride, *dh = k->dh + r * k->state_stride;
    float *dc = k->dc + r * k->dc_stride;
    float *bi = k->bias_gradient, *bf = bi + n, *bg = bf + n, *bo = bg + n;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float input = zi[i], forget = zf[i], candidate = zg[i], output = zo[i], tanh_c = vector_tanh(c[i]);
      const float d_cell = dc[i] + dh[i] * output * (1.0f - tanh_c * tanh_c);
      float d_input = d_cell * candidate * input * (1.0f - input), d_forget = d_cell * c_previous[i] * forget * (1.0f - forget);
      if (capped) {
        const int is_capped = is_input_capped(input, forget);
        d_forget = is_capped ? d_cell * (c_previous[i] - candidate) * forget * (1.0f - forget) : d_forget;
        d_input = is_capped ? 0.0f : d_input;
      }
      const float d_candidate = d_cell * input * (1.0f - candidate * candidate), d_output = dh[i] * tanh_c * output * (1.0f - output);
      zi[i] = d_input, zf[i] = d_forget, zg[i] = d_candidate, zo[i] = d_output;
      bi[i] += d_input, bf[i] += d_forget, bg[i] += d_candidate, bo[i] += d_output;
      dc[i] = d_cell * forget;
    }
  }
}

VECTOR_CLONES void refrain_gates_backward(const refrain_gate_block *k) {
  if (k->caps_input) gates_backward(k, 1); else gates_backward(k, 0);
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
