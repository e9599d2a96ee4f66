/* The noise under a rectangle of cells, and the waves beside it: (row, column, channel). */
#ifndef TN_NOISE_H
#define TN_NOISE_H

#include "net.h"

enum { TN_LONGEST = 1024 }; /* cells along an axis of a block */

void tn_noise(const tn_texture *texture, const tn_view *view, int scale, tn_span rows,
              tn_span columns, float *out);

/* The channels of waves, behind those of noise. */
void tn_waves(const tn_card *card, uint64_t seed, int scale, tn_span rows, tn_span columns,
              float *out);

/* Words of Philox4x32-10 at four counters' words and two keys' (Salmon et al. 2011). */
void tn_philox(uint32_t counter[4], uint32_t low, uint32_t high);

float tn_uniform(uint32_t word); /* on (0,1) */

#endif
