/* Features of the second finest scale -> heights of pixels: one linear map, brought up to the
 * picture's size linearly. What blends need of a net beside its colours. */
#include "draw.h"

void tn_lower(const float *features, int height, int width, int count, const float *readout,
              int down, int right, tn_work *work) {
    float *to = work->buffer[TN_LOW];
    for (int i = 0; i < height * width; i++, features += count) {
        float sum = 0;
        for (int c = 0; c < count; c++) sum += features[c] * readout[c];
        to[i] = sum;
    }
    work->line = width, work->down = down, work->right = right;
}

float tn_raised(const tn_work *work, int y, int x) {
    y += work->down, x += work->right;
    /* A quarter of the neighbour on the pixel's own side, three of the feature it lies in. */
    const float *near = work->buffer[TN_LOW] + (ptrdiff_t)(y >> 1) * work->line + (x >> 1);
    ptrdiff_t next = y & 1 ? work->line : -work->line, beside = x & 1 ? 1 : -1;
    float here = 0.75f * near[0] + 0.25f * near[beside];
    float there = 0.75f * near[next] + 0.25f * near[next + beside];
    return 0.75f * here + 0.25f * there;
}
