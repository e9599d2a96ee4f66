#include "convolve.h"

/* How many vectors of outputs go together, and for so many how many pixels: as many sums as there are
 * registers for. By measurement; more of either, and unrolled loops, were slower. */
#if LANES == 16
enum { MOST_VECTORS = 4, PIXELS_1 = 10, PIXELS_2 = 12, PIXELS_3 = 8, PIXELS_4 = 6 };
#elif LANES == 8
enum { MOST_VECTORS = 2, PIXELS_1 = 8, PIXELS_2 = 6 };
#else
enum { MOST_VECTORS = 2, PIXELS_1 = 4, PIXELS_2 = 4 };
#endif

#define SLOPE 0.01f /* of the LeakyReLU, torch7's default */

#if defined __wasm_relaxed_simd__
#define ADD_PRODUCT(a, b, c) ((vec)__builtin_wasm_relaxed_madd_f32x4((vec)(a), (vec)(b), (vec)(c)))
#else
#define ADD_PRODUCT(a, b, c) ((a) * (b) + (c))
#endif

int tn_group(int outputs, int first) {
    int vectors = (outputs - first + LANES - 1) / LANES;
    return (vectors < MOST_VECTORS ? vectors : MOST_VECTORS) * LANES;
}

int tn_filled_up(int outputs) {
    return (outputs + LANES - 1) / LANES * LANES;
}

typedef struct {
    const tn_part *parts;
    int count;
    const float *weights[2]; /* of the group, one for each part */
    const float *bias;
    float *out;
    ptrdiff_t step;
    int outputs; /* from this group on */
    bool rectified;
} task;

static inline vec rectified(vec x) {
    vec low = x * SLOPE;
    mask above = x > 0;
    return (vec)((above & (mask)x) | (~above & (mask)low));
}

static inline vec spread(float x) {
    return x - (vec){0};
}

static void copy_some(const float *from, int pixels, int line, int outputs, float *to, ptrdiff_t step) {
    for (int p = 0; p < pixels; p++)
        for (int q = 0; q < outputs; q++) to[p * step + q] = from[p * line + q];
}

#define NAME one_1
#define PIXELS 1
#define VECTORS 1
#include "kernel.inc"
#define NAME many_1
#define PIXELS PIXELS_1
#define VECTORS 1
#include "kernel.inc"
#define NAME one_2
#define PIXELS 1
#define VECTORS 2
#include "kernel.inc"
#define NAME many_2
#define PIXELS PIXELS_2
#define VECTORS 2
#include "kernel.inc"
#if LANES == 16
#define NAME one_3
#define PIXELS 1
#define VECTORS 3
#include "kernel.inc"
#define NAME many_3
#define PIXELS PIXELS_3
#define VECTORS 3
#include "kernel.inc"
#define NAME one_4
#define PIXELS 1
#define VECTORS 4
#include "kernel.inc"
#define NAME many_4
#define PIXELS PIXELS_4
#define VECTORS 4
#include "kernel.inc"
#endif

static const struct {
    void (*one)(const task *, int), (*many)(const task *, int);
    int pixels;
} KERNELS[] = {
    {one_1, many_1, PIXELS_1},
    {one_2, many_2, PIXELS_2},
#if LANES == 16
    {one_3, many_3, PIXELS_3},
    {one_4, many_4, PIXELS_4},
#endif
};

void tn_convolve(const tn_part *parts, int count, const float *bias, int outputs, int pixels,
                 float *out, ptrdiff_t step, bool rectified) {
    task t = {.parts = parts, .count = count, .step = step, .rectified = rectified};
    for (int i = 0; i < count; i++) t.weights[i] = parts[i].weights;
    for (int first = 0, group; first < outputs; first += group) {
        group = tn_group(outputs, first);
        int chosen = group / LANES - 1, several = KERNELS[chosen].pixels;
        t.bias = bias + first;
        t.out = out + first;
        t.outputs = outputs - first;
        if (pixels < several)
            for (int at = 0; at < pixels; at++) KERNELS[chosen].one(&t, at);
        else /* the last ones are made anew where they do not come out even */
            for (int at = 0; at < pixels; at += several)
                KERNELS[chosen].many(&t, at + several <= pixels ? at : pixels - several);
        for (int i = 0; i < count; i++)
            t.weights[i] += (ptrdiff_t)parts[i].rows * parts[i].run * group;
    }
}
