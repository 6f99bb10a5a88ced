// Layer normalisation of rows, forward and backward, and the element-wise part of an LSTM step whose output is of the normalised cell.
#include "include/CVectorKernels.h"
#include "input_cap.h"
#include "vector_math.h"
#include <math.h>

// total = the sum of a term over every i < n, in 32 partial sums, so that the order of summation is fixed in the source and has no chain.
enum { PARTIALS = 32 };
#define SUM_OVER_ROW(total, i, n, term) \
  do { \
    float partial[PARTIALS] = {0}; \
    const long whole = (n) - (n) % PARTIALS; \
    total = 0; \
    for (long begin = 0; begin < whole; begin += PARTIALS) \
      for (long i = begin; i < begin + PARTIALS; i++) partial[i - begin] += (term); \
    for (long i = whole; i < (n); i++) total += (term); \
    for (int k = 0; k < PARTIALS; k++) total += partial[k]; \
  } while (0)

typedef struct { float mean, scale; } moments;

// The mean of a row, and 1 / sqrt(variance + epsilon).
VECTOR_INLINE moments row_moments(const float *x, long n) {
  float sum, squares;
  SUM_OVER_ROW(sum, i, n, x[i]);
  const float mean = sum / (float)n;
  SUM_OVER_ROW(squares, i, n, (x[i] - mean) * (x[i] - mean));
  return (moments){mean, 1.0f / sqrtf(squares / (float)n + REFRAIN_NORM_EPSILON)};
}

VECTOR_CLONES void refrain_normalize(const refrain_norm_block *k) {
  const long n = k->features;
  const float *restrict gain = k->gain;
  for (long r = 0; r < k->rows; r++) {
    float *restrict x = k->x + r * k->x_stride, *restrict y = k->y + r * k->y_stride;
    const moments m = row_moments(x, n);
    k->scale[r * k->scale_stride] = m.scale;
    if (k->adds) {
      for (long i = 0; i < n; i++) {
        const float normal = (x[i] - m.mean) * m.scale;
        x[i] = normal;
        y[i] += gain[i] * normal;
      }
    } else {
      for (long i = 0; i < n; i++) {
        const float normal = (x[i] - m.mean) * m.scale;
        x[i] = normal;
        y[i] = gain[i] * normal;
      }
    }
  }
}

VECTOR_CLONES void refrain_normalize_backward(const refrain_norm_block *k) {
  const long n = k->features;
  const float *restrict gain = k->gain;
  float *restrict gain_gradient = k->gain_gradient;
  for (long r = 0; r < k->rows; r++) {
    float *restrict x = k->x + r * k->x_stride;
    const float *restrict dy = k->y + r * k->y_stride;
    float sum, product;
    SUM_OVER_ROW(sum, i, n, gain[i] * dy[i]);
    SUM_OVER_ROW(product, i, n, gain[i] * dy[i] * x[i]);
    const float mean = sum / (float)n, mean_product = product / (float)n, scale = k->scale[r * k->scale_stride];
    for (long i = 0; i < n; i++) gain_gradient[i] += dy[i] * x[i];
    for (long i = 0; i < n; i++) x[i] = scale * (gain[i] * dy[i] - mean - x[i] * mean_product);
  }
}

// `capped` is a constant wherever this is inlined, so that the loop without a cap is not slower for it.
VECTOR_INLINE void normalized_gates_forward(const refrain_gate_block *k, const refrain_cell_norm *norm, const int capped) {
  const long n = k->features;
  const float *bi = k->bias, *bf = bi + n, *bg = bf + n, *bo = bg + n, *gain = norm->gain, *shift = norm->bias;
  for (long r = 0; r < k->lanes; r++) {
    float *zi = k->z + r * k->z_stride, *zf = zi + n, *zg = zf + n, *zo = zg + n;
    const float *c_previous = k->c_previous + r * k->state_stride;
    float *c = k->c + r * k->state_stride, *h = k->h + r * k->state_stride;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float input = vector_sigmoid(zi[i] + bi[i]), forget = vector_sigmoid(zf[i] + bf[i]), candidate = vector_tanh(zg[i] + bg[i]);
      const float let_in = capped ? capped_input(input, forget) : input;
      zi[i] = let_in, zf[i] = forget, zg[i] = candidate, zo[i] = vector_sigmoid(zo[i] + bo[i]);
      c[i] = forget * c_previous[i] + let_in * candidate;
    }
    const moments m = row_moments(c, n);
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) h[i] = zo[i] * vector_tanh(gain[i] * ((c[i] - m.mean) * m.scale) + shift[i]);
  }
}

VECTOR_CLONES void refrain_normalized_gates_forward(const refrain_gate_block *k, const refrain_cell_norm *norm) {
  if (k->caps_input) normalized_gates_forward(k, norm, 1); else normalized_gates_forward(k, norm, 0);
}

VECTOR_INLINE void normalized_gates_backward(const refrain_gate_block *k, const refrain_cell_norm *norm, const int capped) {
  const long n = k->features;
  const float *restrict gain = norm->gain, *restrict shift = norm->bias;
  float *restrict gain_gradient = norm->gain_gradient, *restrict shift_gradient = norm->bias_gradient;
  for (long r = 0; r < k->lanes; r++) {
    float *zi = k->z + r * k->z_stride, *zf = zi + n, *zg = zf + n, *zo = zg + n;
    const float *c_previous = k->c_previous + r * k->state_stride, *c = k->c + r * k->state_stride, *dh = k->dh + r * k->state_stride;
    float *dc = k->dc + r * k->dc_stride;
    float *bi = k->bias_gradient, *bf = bi + n, *bg = bf + n, *bo = bg + n;
    const moments m = row_moments(c, n);
    // Through the output gate and the tanh to the normal cell.
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float normal = (c[i] - m.mean) * m.scale, output = zo[i], tanh_c = vector_tanh(gain[i] * normal + shift[i]);
      const float d_output = dh[i] * tanh_c * output * (1.0f - output), d_shifted = dh[i] * output * (1.0f - tanh_c * tanh_c);
      zo[i] = d_output, bo[i] += d_output;
      gain_gradient[i] += d_shifted * normal, shift_gradient[i] += d_shifted;
      norm->scratch[i] = d_shifted * gain[i];
    }
    const float *restrict d_normal = norm->scratch;
    float sum, product;
    SUM_OVER_ROW(sum, i, n, d_normal[i]);
    SUM_OVER_ROW(product, i, n, d_normal[i] * ((c[i] - m.mean) * m.scale));
    const float mean = sum / (float)n, mean_product = product / (float)n;
    INDEPENDENT_ITERATIONS
    for (long i = 0; i < n; i++) {
      const float input = zi[i], forget = zf[i], candidate = zg[i], normal = (c[i] - m.mean) * m.scale;
      const float d_cell = dc[i] + m.scale * (d_normal[i] - mean - normal * mean_product);
      float d_input = d_cell * candidate * input * (1.0f - input), d_forget = d_cell * c_previous[i] * forget * (1.0f - forget);
      if (capped) {
        const int is_capped = is_input_capped(input, forget);
        d_forget = is_capped ? d_cell * (c_previous[i] - candidate) * forget * (1.0f - forget) : d_forget;
        d_input = is_capped ? 0.0f : d_input;
      }
      const float d_candidate = d_cell * input * (1.0f - candidate * candidate);
      zi[i] = d_input, zf[i] = d_forget, zg[i] = d_candidate;
      bi[i] += d_input, bf[i] += d_forget, bg[i] += d_candidate;
      dc[i] = d_cell * forget;
    }
  }
}

VECTOR_CLONES void refrain_normalized_gates_backward(const refrain_gate_block *k, const refrain_cell_norm *norm) {
  if (k->caps_input) normalized_gates_backward(k, norm, 1); else normalized_gates_backward(k, norm, 0);
}
