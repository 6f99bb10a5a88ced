// Searching and adding up a row of logits or probabilities, for choosing a token.
#include "include/CVectorKernels.h"
#include "vector_math.h"

enum { BLOCK = REFRAIN_CHOICE_BLOCK, LANES = 16 };

VECTOR_CLONES long refrain_find_at_least(const float *x, long start, long n, float limit) {
  long i = start;
  for (; i + BLOCK <= n; i += BLOCK) {
    int found = 0;
    for (int k = 0; k < BLOCK; k++) found |= x[i + k] >= limit;
    if (found) break;
  }
  while (i < n && !(x[i] >= limit)) i++;
  return i;
}

VECTOR_CLONES double refrain_sum_at_least(const float *x, long n, float limit) {
  double partial[LANES] = {0}, result = 0;
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) partial[k] += x[i + k] >= limit ? (double)x[i + k] : 0;
  for (; i < n; i++) result += x[i] >= limit ? (double)x[i] : 0;
  for (int k = 0; k < LANES; k++) result += partial[k];
  return result;
}

// The sum of a block in a fixed order.
VECTOR_INLINE double block_sum(const float *x, long n) {
  double partial[LANES] = {0}, result = 0;
  long i = 0;
  for (; i + LANES <= n; i += LANES)
    for (int k = 0; k < LANES; k++) partial[k] += (double)x[i + k];
  for (; i < n; i++) result += (double)x[i];
  for (int k = 0; k < LANES; k++) result += partial[k];
  return result;
}

VECTOR_CLONES long refrain_choose(const float *p, long n, double uniform) {
  double total = 0;
  for (long i = 0; i < n; i += BLOCK) total += block_sum(p + i, n - i < BLOCK ? n - i : BLOCK);
  double point = uniform * total;
  long chosen = -1;
  for (long i = 0; i < n; i += BLOCK) {
    const long end = n - i < BLOCK ? n : i + BLOCK;
    const double sum = block_sum(p + i, end - i);
    if (point >= sum && end < n) {
      point -= sum;
      continue;
    }
    for (long j = i; j < end; j++) {
      if (p[j] <= 0) continue;
      chosen = j;
      point -= (double)p[j];
      if (point < 0) return j;
    }
  }
  // Rounding left a sliver beyond the last one with any probability.
  while (chosen < 0 && n > 0)
    if (p[--n] > 0) chosen = n;
  return chosen;
}
