#pragma once
// TWINMILL_EVERY_PROCESSOR: one copy of a function per generation of x86-64; the loader picks. On other processors the
// compiler's own vectors serve. Sanitizers do not work with functions that the loader picks. Files that use it are
// built without contraction into fused products, so that every copy gives the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define TWINMILL_EVERY_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define TWINMILL_EVERY_PROCESSOR
#endif
