// The product with a right-hand factor that was laid out in panels beforehand, for products of few rows.
//
// BLAS lays both factors out anew at each call, which costs as much as the product itself where the left one has few rows. A recurrent
// weight serves T products of b rows before it changes, so it is packed once.
#include "include/CVectorKernels.h"
#include "vector_math.h"

enum { TILE_ROWS = 6 };

#if defined(__x86_64__)
#define LEVEL(name) name##_avx512
#define TARGET __attribute__((target("avx512f")))
#define WIDTH 16
#define VECTORS 4
#include "packed_tile.h"
#undef LEVEL
#undef TARGET
#undef WIDTH
#undef VECTORS

#define LEVEL(name) name##_avx2
#define TARGET __attribute__((target("avx2,fma")))
#define WIDTH 8
#define VECTORS 2
#include "packed_tile.h"
#undef LEVEL
#undef TARGET
#undef WIDTH
#undef VECTORS
#endif

#define LEVEL(name) name##_baseline
#define TARGET
#define WIDTH 4
#define VECTORS 4
#include "packed_tile.h"
#undef LEVEL
#undef TARGET
#undef WIDTH
#undef VECTORS

typedef struct {
  int width, vectors;
  void (*run_tile)(int rows, int vectors, const float *a, long a_stride, const float *b, long k, float *c, long c_stride);
} level;

int refrain_widest_panels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return 2;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
  return 0;
}

static level level_of(int panels) {
#if defined(__x86_64__)
  if (panels == 2) return (level){16, 4, run_tile_avx512};
  if (panels == 1) return (level){8, 2, run_tile_avx2};
#endif
  return (level){4, 4, run_tile_baseline};
}

long refrain_panel_columns(int panels) {
  const level l = level_of(panels);
  return (long)l.width * l.vectors;
}

/// The vectors that n columns fill.
static long vectors_for(long n, int width) { return (n + width - 1) / width; }

long refrain_packed_count(int panels, long k, long n) {
  const level l = level_of(panels);
  return k * vectors_for(n, l.width) * l.width;
}

void refrain_pack(
    int panels, const float *b, long row_stride, long column_stride, long k, long n, long first_panel, long last_panel, float *packed) {
  const level l = level_of(panels);
  const long panel_columns = (long)l.width * l.vectors;
  for (long p = first_panel; p < last_panel; p++) {
    const long start = p * panel_columns, columns = n - start < panel_columns ? n - start : panel_columns;
    const long width = vectors_for(columns, l.width) * l.width;
    float *to = packed + start * k;
    // Square blocks, so that a block's lines stay in the inner cache whichever factor is read across.
    for (long i0 = 0; i0 < k; i0 += 16)
      for (long j0 = 0; j0 < width; j0 += 16)
        for (long i = i0; i < i0 + 16 && i < k; i++)
          for (long j = j0; j < j0 + 16 && j < width; j++)
            to[i * width + j] = j < columns ? b[i * row_stride + (start + j) * column_stride] : 0.0f;
  }
}

/// Rows of the next tile, of so many left: as even as can be, since small tiles are slow.
static int tile_rows(long left) {
  if (left >= 2 * TILE_ROWS || left == TILE_ROWS) return TILE_ROWS;
  return (int)(left > TILE_ROWS ? (left + 1) / 2 : left);
}

void refrain_packed_product(
    int panels, const float *a, long a_stride, long m, const float *packed, long k, long n, float *c, long c_stride) {
  const level l = level_of(panels);
  const long panel_columns = (long)l.width * l.vectors;
  // A panel's part stays in the outer cache while all rows pass by. Each sum goes on where the last block left it, in the order of k.
  const long block = k <= 1024 ? k : 512;
  for (long i = 0; i < k; i += block) {
    const long depth = k - i < block ? k - i : block;
    for (long start = 0; start < n; start += panel_columns) {
      const long columns = n - start < panel_columns ? n - start : panel_columns;
      const int vectors = (int)vectors_for(columns, l.width);
      const long width = (long)vectors * l.width;
      const float *b = packed + start * k + i * width;
      for (long r = 0; r < m;) {
        const int rows = tile_rows(m - r);
        float *to = c + r * c_stride + start;
        if (columns == width) {
          l.run_tile(rows, vectors, a + r * a_stride + i, a_stride, b, depth, to, c_stride);
        } else {
          // The last columns do not fill their vectors: by way of a tile that has room.
          float room[TILE_ROWS * 64] = {0};
          for (int q = 0; q < rows; q++) memcpy(room + q * width, to + q * c_stride, (size_t)columns * sizeof(float));
          l.run_tile(rows, vectors, a + r * a_stride + i, a_stride, b, depth, room, width);
          for (int q = 0; q < rows; q++) memcpy(to + q * c_stride, room + q * width, (size_t)columns * sizeof(float));
        }
        r += rows;
      }
    }
  }
}
