/* The noise under a rectangle of cells, and the waves beside it: (row, column, channel). */
#ifndef TN_NOISE_H
#define TN_NOISE_H

#include "net.h"

enum { TN_LONGEST = 1024 }; /* cells along an axis of a block */

void tn_noise(const tn_texture *texture, const tn_view *view, int scale, tn_span rows,
              tn_span columns, float *out);

/* The channels behind those of noise: waves, and the numbers of their units. */
void tn_waves(const tn_card *card, const tn_view *view, int scale, tn_span rows, tn_span columns,
              float *out);

/* The words of a cell's noise, of one group of four channels. */
void tn_words(uint64_t seed, uint64_t row, uint64_t column, uint32_t place, uint32_t to[4]);

/* x, or where there is a period what is left of it, never below 0. */
int64_t tn_within(int64_t x, int64_t period);

/* Words of Philox4x32-10 at four counters' words and two keys' (Salmon et al. 2011). */
void tn_philox(uint32_t counter[4], uint32_t low, uint32_t high);

float tn_uniform(uint32_t word); /* on (0,1) */

#endif
