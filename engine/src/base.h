/* Vectors, memory and error texts: what all other files stand on. */
#ifndef TN_BASE_H
#define TN_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../texturenet.h"

#ifndef LANES /* floats of one vector */
#if defined __AVX512F__
#define LANES 16
#elif defined __AVX__
#define LANES 8
#else
#define LANES 4
#endif
#endif

/* Lies anywhere in memory, over floats. */
typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#if defined __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 32")
#endif

/* Memory, all zero, or NULL. */
void *tn_take(size_t count, size_t size);
void tn_give(void *memory);

/* Text with numbers in the place of each %, for an error of TN_ERROR bytes; what does not fit is cut.
 * -> false, so that a check can end with it. */
bool tn_say(char *error, const char *text, int64_t first, int64_t second);

void tn_copy(void *to, const void *from, size_t bytes);

#endif
