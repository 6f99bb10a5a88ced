// Element-wise loops that must be vectorised to be worth running. Each is compiled for several vector levels and the loader picks one.
// Every function has a readable Swift twin in Sources/Kernels/Reference, which the tests compare it with.
#pragma once
#include <stdint.h>

/// The vector level that the loader picked: "avx512f", "avx2+fma" or "baseline".
const char *refrain_vector_level(void);

/// Whether the CPU has all parts of AVX-512 that OpenBLAS's SkylakeX kernels use.
int refrain_has_skylake_avx512(void);
/// Whether the CPU does AVX-512 arithmetic in two halves, so that it is no faster than AVX2: AMD's Zen 4.
int refrain_has_half_width_avx512(void);
/// The widest vectors of an x86 CPU below AVX-512: 4 for AVX2 with FMA, 3 for AVX, 2 for SSE 4.2, 1 for SSE 3, 0 for less or another CPU.
int refrain_x86_level(void);
/// Whether the CPU has AMD's four-operand multiply-add.
int refrain_has_fma4(void);
/// Tells the CPU that a loop only waits.
void refrain_pause(void);

// --- packed_product.c -------------------------------------------------------------------------------------------------------------
// A right-hand factor [k, n] in panels of refrain_panel_columns columns: panel p holds its columns of row 0, then those of row 1, and so
// on; the last panel is filled up with zeros to whole vectors. Panel p starts at p * columns * k.

/// The panels that suit this CPU: 2 for AVX-512, 1 for AVX2 with FMA, 0 for any. All functions below take one of these, at most this.
int refrain_widest_panels(void);
/// Columns of a panel.
long refrain_panel_columns(int panels);
/// The floats that a packed factor takes.
long refrain_packed_count(int panels, long k, long n);
/// Packs some panels of the factor whose element (i, j) is b[i * row_stride + j * column_stride].
void refrain_pack(
    int panels, const float *b, long row_stride, long column_stride, long k, long n, long first_panel, long last_panel, float *packed);
/// c += a b for row-major a [m, k] and c [m, n]. Each element is summed in the order of k, one fused multiply-add at a time, from its old
/// value on: so a row's result does not depend on how many others there are.
void refrain_packed_product(
    int panels, const float *a, long a_stride, long m, const float *packed, long k, long n, float *c, long c_stride);

// --- lstm_gates.c -----------------------------------------------------------------------------------------------------------------
// A block of b lanes by H features, row-major: gate k of feature i of lane r stands at z[r * z_stride + k * H + i]; gates in the order
// i, f, g, o.

typedef struct {
  long lanes, features;
  float *z;           // [b, 4H]: gates, activated in place (forward), replaced by dz (backward)
  long z_stride;
  const float *bias;  // [4H], forward only
  const float *c_previous;
  float *c;           // written forward, read backward
  float *h;           // forward only
  long state_stride;  // of c_previous, c, h and dh
  const float *dh;    // backward only
  float *dc;          // backward only: in dL/dc_t from the future, out dL/dc_{t-1}
  long dc_stride;
  float *bias_gradient;  // [4H], backward only: dz of all lanes is added, in the order of lanes
  int caps_input;     // whether i is at most 1 - f
} refrain_gate_block;

/// i, f, o = sigmoid(z + b); g = tanh(z + b); c = f * c_previous + i * g; h = o * tanh(c). A capped i is min(sigmoid(z + b), 1 - f), and z
/// holds this i.
void refrain_gates_forward(const refrain_gate_block *block);
/// dz of the four gates, its sum over the lanes, and dc of the step before, from dh, dc and the activated gates. Where a capped i is
/// 1 - f, it has no gradient of its own, and the gradient of f is that of f and of 1 - f.
void refrain_gates_backward(const refrain_gate_block *block);

// --- gru_gates.c ------------------------------------------------------------------------------------------------------------------
// A block of b lanes by H features, row-major: part k of feature i of lane r stands at a[r * a_stride + k * H + i]; parts in the order
// r (reset), z (update), n (candidate, of the input) and m (candidate, of the state before).

typedef struct {
  long lanes, features;
  float *a;           // [b, 4H]: products; r, z, n and m in place (forward), replaced by their gradients (backward)
  long a_stride;
  const float *bias;  // [4H], forward only
  const float *h_previous;
  float *h;           // forward only; may be h_previous
  long state_stride;  // of h_previous, h, dh and dh_previous
  const float *dh;    // backward only
  float *dh_previous; // backward only: what goes past the gates is added
  float *bias_gradient;  // [4H], backward only: the gradients of all lanes are added, in the order of lanes
} refrain_gru_block;

/// r, z = sigmoid(a + b); m = a + b; n = tanh(a + b + r m); h = n + z (h_previous - n).
void refrain_gru_forward(const refrain_gru_block *block);
/// The gradients of the four parts' products, their sums over the lanes, and dh z of the step before, from dh.
void refrain_gru_backward(const refrain_gru_block *block);

// --- rnn_cell.c -------------------------------------------------------------------------------------------------------------------
typedef struct {
  long lanes, features;
  float *a;           // [b, H]: products (forward), replaced by their gradients (backward)
  long a_stride;
  const float *bias;  // [H], forward only
  float *h;           // written forward, read backward
  long h_stride;      // of h and dh
  const float *dh;    // backward only
  float *bias_gradient;  // [H], backward only: the gradients of all lanes are added, in the order of lanes
} refrain_rnn_block;

/// h = tanh(a + b).
void refrain_rnn_forward(const refrain_rnn_block *block);
/// a = dh (1 - h^2), and its sum over the lanes.
void refrain_rnn_backward(const refrain_rnn_block *block);

// --- layer_norm.c -----------------------------------------------------------------------------------------------------------------
// Rows of n features. Sums along a row are of 32 partial sums, in the order of the source.

/// What is added to a variance, so that a constant row has a scale too.
#define REFRAIN_NORM_EPSILON 1e-5f

typedef struct {
  long rows, features;
  float *x;           // [rows, n]: in, then normal (forward); normal, then dx (backward)
  long x_stride;
  float *y;           // [rows, n]: overwritten or added to (forward), dy (backward)
  long y_stride;
  int adds;           // forward only: whether y is added to
  const float *gain;  // [n]
  float *scale;       // [rows, 1]: 1 / sqrt(variance + epsilon), written forward, read backward
  long scale_stride;
  float *gain_gradient;  // [n], backward only: dy normal of all rows is added, in the order of rows
} refrain_norm_block;

/// normal = (x - mean) scale; y = gain normal, or y += gain normal.
void refrain_normalize(const refrain_norm_block *block);
/// dx = scale (d - mean(d) - normal mean(d normal)), d = gain dy.
void refrain_normalize_backward(const refrain_norm_block *block);

/// How the cell is normalised on its way to the output.
typedef struct {
  const float *gain, *bias;              // [H]
  float *gain_gradient, *bias_gradient;  // [H], backward only: the gradients of all lanes are added, in the order of lanes
  float *scratch;                        // [H], backward only
} refrain_cell_norm;

/// As refrain_gates_forward, but h = o tanh(gain normal + bias), normal = (c - mean) scale over the units of a lane.
void refrain_normalized_gates_forward(const refrain_gate_block *block, const refrain_cell_norm *norm);
/// As refrain_gates_backward, through the normalisation.
void refrain_normalized_gates_backward(const refrain_gate_block *block, const refrain_cell_norm *norm);

// --- lstm_gates.c, element-wise functions -----------------------------------------------------------------------------------------
void refrain_sigmoid(const float *x, float *y, long n);
void refrain_tanh(const float *x, float *y, long n);
void refrain_exp(const float *x, float *y, long n);

// --- softmax.c --------------------------------------------------------------------------------------------------------------------
/// x += bias over a row of n logits; returns the cross-entropy -log softmax(x)[target] in nats.
/// With a bias_gradient [n] the row is replaced by its gradient, scale * (softmax(x) - onehot(target)), which is added to bias_gradient
/// while it is in the cache; otherwise the row's content is undefined.
/// A target below 0 counts for nothing: the result is 0, and the gradient too.
double refrain_softmax_cross_entropy(float *x, const float *bias, long n, long target, float scale, float *bias_gradient);
/// y = softmax(x / temperature), in place allowed.
void refrain_softmax(const float *x, float *y, long n, float temperature);
/// The largest of n > 0 numbers.
float refrain_largest(const float *x, long n);

// --- optimizer.c ------------------------------------------------------------------------------------------------------------------
/// sum[i] += added[i], unless added is NULL; returns the sum of squares of the result. The two must not overlap.
double refrain_add_and_square(float *sum, const float *added, long n);
typedef struct {
  float learning_rate, decay, epsilon, gradient_scale, clip_value, missed_decay, weight_keep, momentum, average_rate, average_missed,
      correction, mean_decay, mean_correction;
} refrain_update_rates;
/// What an update writes: weights, running squares, and any of running means, momenta and average, or NULL. None may overlap.
typedef struct { float *w, *G, *m, *v, *a; } refrain_update_state;
/// The updates have in common: a += average_missed (w - a), the updates that w missed; g *= gradient_scale, limited to +-clip_value; then
/// w = weight_keep w - learning_rate s with a step s, and a += average_rate (w - a).
///
/// G = decay (missed_decay G) + (1 - decay) g^2; m = decay (missed_decay m) + (1 - decay) g;
/// s = g / sqrt(max(correction G - (correction m)^2, 0) + epsilon), where without m it is 0; v = momentum v + s, and s = v.
void refrain_rmsprop(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates);
/// m = mean_decay m + (1 - mean_decay) g; G = decay (missed_decay G) + (1 - decay) g^2;
/// s = mean_correction m / (sqrt(correction G) + epsilon). G and m are needed.
void refrain_adam(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates);
/// s = g; v = momentum v + s, and s = v. G and m are not read.
void refrain_sgd(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates);
/// G += g^2; s = g / (sqrt(G) + epsilon). m and v are not read.
void refrain_adagrad(const refrain_update_state *state, const float *g, long n, const refrain_update_rates *rates);
/// a[i] += rate (w[i] - a[i])
void refrain_average(float *a, const float *w, long n, float rate);
typedef struct { float step, root_scale, epsilon, decay; } refrain_adaptation;
/// If adds, G += g^2; r = root_scale sqrt(G); w = w0 + max(0, 1 - decay r) (w - w0) - step g / (r + epsilon). The four must not overlap.
void refrain_adapt(float *w, const float *w0, float *G, const float *g, long n, int adds, const refrain_adaptation *rates);

// --- rows.c -----------------------------------------------------------------------------------------------------------------------
/// y[i] += x[i]
void refrain_add(const float *x, float *y, long n);

// --- choice.c ---------------------------------------------------------------------------------------------------------------------
enum { REFRAIN_CHOICE_BLOCK = 256 };
/// The first i from `start` on with x[i] >= limit, or n.
long refrain_find_at_least(const float *x, long start, long n, float limit);
/// The sum of those that are >= limit, in 16 partial sums.
double refrain_sum_at_least(const float *x, long n, float limit);
/// The first i at which p[0] + ... + p[i] exceeds `uniform` in [0, 1) times the sum of all; blocks of 256 are added up at once, in 16
/// partial sums. Never one with p <= 0; -1 if there is no other.
long refrain_choose(const float *p, long n, double uniform);

// --- dropout.c --------------------------------------------------------------------------------------------------------------------
/// What a mask is a function of, besides the index: element i is 0 if 32 bits mixed from key and i are below the threshold, else scale.
typedef struct { uint64_t key; uint32_t threshold; float scale; } refrain_dropout;
/// mask[i] = the mask's element first + i
void refrain_dropout_mask(const refrain_dropout *drop, uint32_t first, float *mask, long n);
/// y[i] = x[i] times the mask's element first + i; in place allowed
void refrain_dropout_apply(const refrain_dropout *drop, uint32_t first, const float *x, float *y, long n);
/// y[i] = x[i] * factor[i]; in place allowed
void refrain_multiply(const float *x, const float *factor, float *y, long n);
/// y[i] += factor * x[i]
void refrain_add_scaled(const float *x, float factor, float *y, long n);
