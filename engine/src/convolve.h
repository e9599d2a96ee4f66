/* Convolutions of features that lie as (row, column, channel), so that the values of a kernel's row
 * under a pixel are one run of memory. */
#ifndef TN_CONVOLVE_H
#define TN_CONVOLVE_H

#include "base.h"

/* What a convolution reads of one source, from the first pixel on. */
typedef struct {
    const float *in, *weights;
    ptrdiff_t line; /* floats from one row of the kernel to the next */
    ptrdiff_t step; /* floats from one pixel to the next */
    int rows, run;  /* of the kernel; floats in one of its rows */
} tn_part;

/* Outputs that are worked on together from this one on: the weights of such a group lie together. */
int tn_group(int outputs, int first);

/* Floats that `outputs` weights or biases take, with those that fill up the last vector. */
int tn_filled_up(int outputs);

/* The sums of up to two parts for a row of pixels, (pixels, outputs) with `step` floats from one pixel
 * to the next. rectified: LeakyReLU follows. */
void tn_convolve(const tn_part *parts, int count, const float *bias, int outputs, int pixels,
                 float *out, ptrdiff_t step, bool rectified);

#endif
