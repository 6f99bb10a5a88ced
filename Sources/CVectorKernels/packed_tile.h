// One vector level's tile of the packed product. Included once a level by packed_product.c, with these defined:
//   LEVEL(name)   the name of a function at this level
//   TARGET        the attribute that lets the compiler use the level's instructions
//   WIDTH         floats of a vector
//   VECTORS       vectors of a panel's row: a panel is WIDTH * VECTORS columns wide
// A tile is up to TILE_ROWS rows by a panel; all its sums stay in registers while k runs, so that each weight that is loaded serves every
// row and each broadcast activation every vector.

typedef float LEVEL(vector) __attribute__((vector_size(4 * WIDTH), aligned(4)));

TARGET VECTOR_INLINE void LEVEL(tile)(
    const int rows, const int vectors, const float *a, long a_stride, const float *b, long k, float *c, long c_stride) {
  LEVEL(vector) sum[TILE_ROWS][VECTORS];
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < vectors; j++) sum[r][j] = *(const LEVEL(vector) *)(c + r * c_stride + WIDTH * j);
  for (long i = 0; i < k; i++) {
    LEVEL(vector) weight[VECTORS];
    for (int j = 0; j < vectors; j++) weight[j] = *(const LEVEL(vector) *)(b + (i * vectors + j) * WIDTH);
    for (int r = 0; r < rows; r++) {
      const LEVEL(vector) x = a[r * a_stride + i] - (LEVEL(vector)){};
      for (int j = 0; j < vectors; j++) sum[r][j] += x * weight[j];
    }
  }
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < vectors; j++) *(LEVEL(vector) *)(c + r * c_stride + WIDTH * j) = sum[r][j];
}

// The loops of a tile are unrolled by being compiled for each number of rows and vectors.
#define TILE_CASE(r, v) \
  case (v)*8 + (r): LEVEL(tile)(r, v, a, a_stride, b, k, c, c_stride); break;
#define TILE_CASES(v) TILE_CASE(1, v) TILE_CASE(2, v) TILE_CASE(3, v) TILE_CASE(4, v) TILE_CASE(5, v) TILE_CASE(6, v)
TARGET static void LEVEL(run_tile)(
    int rows, int vectors, const float *a, long a_stride, const float *b, long k, float *c, long c_stride) {
  switch (vectors * 8 + rows) {
    TILE_CASES(1)
    TILE_CASES(2)
#if VECTORS > 2
    TILE_CASES(3)
    TILE_CASES(4)
#endif
  }
}
#undef TILE_CASES
#undef TILE_CASE
