/* The functions of texturenet.h for programs that have malloc. */
#include <stdlib.h>

#include "draw.h"

void *tn_take(size_t count, size_t size) {
    return calloc(count ? count : 1, size);
}

void tn_give(void *memory) {
    free(memory);
}

tn_texture *tn_open(const void *bytes, size_t length, char error[TN_ERROR]) {
    tn_texture *texture = tn_take(1, sizeof(tn_texture));
    if (!texture) {
        tn_say(error, "there is no memory for a texture.", 0, 0);
        return NULL;
    }
    if (tn_fill(bytes, length, texture, error) == TN_OK) return texture;
    tn_close(texture);
    return NULL;
}

void tn_close(tn_texture *texture) {
    if (texture) tn_give(texture->weights);
    tn_give(texture);
}

const tn_facts *tn_facts_of(const tn_texture *texture) {
    return &texture->facts;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* Where the pixel (y, x) of a window lies in its memory. */
static tn_target target_at(const tn_view *view, tn_form form, void *out, int64_t y, int64_t x) {
    int64_t pixel = y * view->width + x;
    void *at = form == TN_RGBA ? (void *)((uint8_t *)out + 4 * pixel) : (void *)((float *)out + pixel);
    return (tn_target){form, at, view->width, view->height * view->width};
}

static tn_result draw_blocks(const tn_texture *texture, const tn_view *view, tn_form form, void *out,
                             tn_progress *progress, void *user, tn_work *work, char *error) {
    int64_t side = texture->side, done = 0;
    for (int64_t y = 0; y < view->height; y += side)
        for (int64_t x = 0; x < view->width; x += side) {
            int64_t height = least(side, view->height - y), width = least(side, view->width - x);
            tn_target target = target_at(view, form, out, y, x);
            double share = (double)done / ((double)view->height * (double)view->width);
            if (progress && progress(share, user)) return TN_CANCELLED;
            if (!tn_block(texture, view, view->row + y, view->column + x, (int)height, (int)width,
                          &target, work)) {
                tn_say(error, "the net makes values that are not finite.", 0, 0);
                return TN_REFUSED;
            }
            done += height * width;
        }
    if (progress) progress(1, user);
    return TN_OK;
}

tn_result tn_draw(const tn_texture *texture, const tn_view *view, tn_form form, void *out,
                  tn_progress *progress, void *user, char error[TN_ERROR]) {
    tn_work work;
    if (!tn_check(texture, view, form, error)) return TN_REFUSED;
    if (!tn_make_room(texture, &work)) {
        tn_say(error, "there is no memory to draw in.", 0, 0);
        return TN_MEMORY;
    }
    tn_result result = draw_blocks(texture, view, form, out, progress, user, &work, error);
    tn_give(work.memory);
    return result;
}
