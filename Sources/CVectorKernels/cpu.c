// What the CPU can do.
#include "include/CVectorKernels.h"
#if defined(__x86_64__)
#include <cpuid.h>
#endif

const char *refrain_vector_level(void) {
#if defined(__x86_64__) && defined(__linux__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) return "avx512f";
  // The same condition as of VECTOR_CLONES.
  if (__builtin_cpu_supports("x86-64-v3")) return "avx2+fma";
#endif
  return "baseline";
}

int refrain_has_half_width_avx512(void) {
#if defined(__x86_64__) && defined(__linux__)
  // By hand, since the C run-time library may be older than the CPU. Family 0x19 is Zen 3, which has no AVX-512, and Zen 4.
  unsigned a, b, c, d;
  __builtin_cpu_init();
  if (!__builtin_cpu_is("amd") || !__builtin_cpu_supports("avx512f") || !__get_cpuid(1, &a, &b, &c, &d)) return 0;
  return ((a >> 8) & 0xf) + ((a >> 20) & 0xff) == 0x19;
#else
  return 0;
#endif
}

int refrain_has_skylake_avx512(void) {
#if defined(__x86_64__) && defined(__linux__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512cd");
#else
  return 0;
#endif
}

int refrain_x86_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 4;
  if (__builtin_cpu_supports("avx")) return 3;
  if (__builtin_cpu_supports("sse4.2")) return 2;
  if (__builtin_cpu_supports("sse3")) return 1;
#endif
  return 0;
}

int refrain_has_fma4(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("fma4") != 0;
#else
  return 0;
#endif
}

void refrain_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
