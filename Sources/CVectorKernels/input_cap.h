// The cap of an LSTM's input gate at 1 - f, forward and backward.
#pragma once
#include "vector_math.h"

/// min(input, 1 - forget); a NaN of the input gate stays one.
VECTOR_INLINE float capped_input(float input, float forget) {
  const float room = 1.0f - forget;
  return input > room ? room : input;
}

/// Whether 1 - f decided, given what `capped_input` made: the sum is rounded in the same way, so that no other number need be kept. At a
/// tie 1 - f decides.
VECTOR_INLINE int is_input_capped(float input, float forget) { return input >= 1.0f - forget; }
