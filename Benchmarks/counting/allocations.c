// Counts what a program allocates: loaded ahead of the C library (LD_PRELOAD), it stands in for malloc and its kin.
// At exit the counts go to the file that ALLOCATIONS_FILE names: calls, calls for LARGE bytes and more, bytes.
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

enum { LARGE = 16 << 10 };  // the stacks of tasks and small arrays are less; matrices are more

// glibc's own, under the names that it exports for this.
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

static atomic_ulong calls, large, bytes;

static void count(size_t size) {
  atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
  if (size >= LARGE) atomic_fetch_add_explicit(&large, 1, memory_order_relaxed);
  atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed);
}

void *malloc(size_t size) { return count(size), __libc_malloc(size); }
void *calloc(size_t n, size_t size) { return count(n * size), __libc_calloc(n, size); }
void *realloc(void *old, size_t size) { return count(size), __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { return count(size), __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return count(size), __libc_memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
  count(size);
  void *memory = __libc_memalign(alignment, size);
  if (!memory) return 12;  // ENOMEM
  *result = memory;
  return 0;
}

__attribute__((destructor)) static void report(void) {
  const char *path = getenv("ALLOCATIONS_FILE");
  // Read before the file is opened, which allocates.
  const unsigned long counts[] = {calls, large, bytes};
  FILE *file = path ? fopen(path, "w") : NULL;
  if (!file) return;
  fprintf(file, "%lu %lu %lu\n", counts[0], counts[1], counts[2]);
  fclose(file);
}
