/* One block of a window, and the memory in which it is made. */
#ifndef TN_DRAW_H
#define TN_DRAW_H

#include "net.h"

typedef struct {
    float *buffer[TN_BUFFERS];
    void *memory;
    int line, down, right; /* of heights in buffer[TN_LOW]: see tn_lower */
} tn_work;

/* Whether there is memory for blocks of texture->side. */
bool tn_make_room(const tn_texture *texture, tn_work *work);

/* Refuse a window that cannot be. */
bool tn_check(const tn_texture *texture, const tn_view *view, tn_form form, char *error);

/* Unclamped planes (height, width, outputs) of a rectangle, in work->buffer[TN_PLANES]; height and
 * width are at most side + 2 margins. */
void tn_planes(const tn_texture *texture, const tn_view *view, int64_t row, int64_t column,
               int height, int width, tn_work *work);

/* Heights of the second finest scale, into work->buffer[TN_LOW], of its features (height, width,
 * count). down, right: of them twice as large, how many lie before the first pixel that is drawn. */
void tn_lower(const float *features, int height, int width, int count, const float *readout,
              int down, int right, tn_work *work);

/* The same twice as large, linearly, under the pixel (y, x). */
float tn_raised(const tn_work *work, int y, int x);

/* Where a form's values go: `out` is its upper left pixel there. */
typedef struct {
    tn_form form;
    void *out;
    int64_t line, plane; /* pixels from row to row, and from plane to plane */
} tn_target;

/* A block of at most side x side pixels; false where the net makes values that are not finite. */
bool tn_block(const tn_texture *texture, const tn_view *view, int64_t row, int64_t column,
              int height, int width, const tn_target *target, tn_work *work);

#endif
