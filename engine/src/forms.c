/* Planes of a net -> bytes, colours and maps. */
#include "draw.h"
#include "layout.h"
#include "numbers.h"

static float clamped(float x) {
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* To the nearest, a half to the even one, as the sampler rounds. */
static uint8_t byte_of(float x) {
    float near = clamped(x) * 255 + 0x1.8p23f; /* no fraction is left */
    return (uint8_t)(near - 0x1.8p23f);
}

typedef struct {
    const float *at; /* the first value of the block itself, behind the margin */
    int line, outputs;
} planes;

static const float *at(planes p, int y, int x) {
    return p.at + ((ptrdiff_t)y * p.line + x) * p.outputs;
}

static void bytes(planes p, int height, int width, const tn_target *target) {
    for (int y = 0; y < height; y++) {
        uint8_t *to = (uint8_t *)target->out + 4 * y * target->line;
        for (int x = 0; x < width; x++, to += 4) {
            const float *from = at(p, y, x);
            to[0] = byte_of(from[0]), to[1] = byte_of(from[1]), to[2] = byte_of(from[2]);
            to[3] = 255;
        }
    }
}

static float *plane_of(const tn_target *target, int plane, int y) {
    return (float *)target->out + plane * target->plane + y * target->line;
}

/* Some planes as they are, on low .. high. */
static void plain(planes p, int plane, int count, float low, float high, int height, int width,
                  const tn_target *target, int first) {
    for (int i = 0; i < count; i++)
        for (int y = 0; y < height; y++) {
            float *to = plane_of(target, first + i, y);
            for (int x = 0; x < width; x++)
                to[x] = low + clamped(at(p, y, x)[plane + i]) * (high - low);
        }
}

/* Unit vectors with y up, of slopes across and down; with those of the height's plane where the net
 * draws only what slopes have beyond them. */
static void normals(planes p, const tn_layout *layout, int height, int width,
                    const tn_target *target, int first) {
    const int slopes = layout->plane[TN_MAP_NORMAL], above = layout->plane[TN_MAP_HEIGHT];
    const float gain = layout->gain / (2 * layout->steepest), steepest = layout->steepest;
    const int right = p.outputs, down = p.line * p.outputs;
    for (int y = 0; y < height; y++) {
        float *nx = plane_of(target, first, y), *ny = plane_of(target, first + 1, y);
        float *nz = plane_of(target, first + 2, y);
        for (int x = 0; x < width; x++) {
            const float *here = at(p, y, x);
            float a = here[slopes], b = here[slopes + 1];
            if (layout->gain != 0) {
                const float *h = here + above;
                a += (h[right] - h[-right]) / 2 * gain, b += (h[down] - h[-down]) / 2 * gain;
            }
            a = (2 * clamped(a) - 1) * steepest, b = (2 * clamped(b) - 1) * steepest;
            float length = (float)tn_root((double)(a * a + b * b + 1));
            nx[x] = -a / length, ny[x] = b / length, nz[x] = 1 / length;
        }
    }
}

static void maps(planes p, const tn_texture *texture, int height, int width, const tn_target *target) {
    const tn_layout *layout = &texture->card.layout;
    for (int i = 0; i < texture->facts.maps; i++) {
        const tn_map *map = &texture->facts.map[i];
        int plane = layout->plane[map->kind];
        bool high = map->kind == TN_MAP_HEIGHT;
        if (map->constant)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++) plane_of(target, map->first, y)[x] = layout->value[map->kind];
        else if (map->kind == TN_MAP_NORMAL)
            normals(p, layout, height, width, target, map->first);
        else
            plain(p, plane, map->channels, high ? layout->low : 0, high ? layout->high : 1, height,
                  width, target, map->first);
    }
}

/* Colours as the net makes them, and heights behind them. */
static void heights(planes p, int height, int width, const tn_target *target, const tn_work *work) {
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            for (int i = 0; i < COLOURS; i++) plane_of(target, i, y)[x] = at(p, y, x)[i];
            plane_of(target, COLOURS, y)[x] = tn_raised(work, y, x);
        }
}

bool tn_block(const tn_texture *texture, const tn_view *view, int64_t row, int64_t column,
              int height, int width, const tn_target *target, tn_work *work) {
    int margin = target->form == TN_ALL_MAPS ? tn_margin(&texture->card.layout) : 0;
    int outputs = texture->card.outputs, line = width + 2 * margin;
    const float *made = work->buffer[TN_PLANES];
    tn_planes(texture, view, row - margin, column - margin, height + 2 * margin, line, work);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)(height + 2 * margin) * line * outputs; i++)
        if (!(made[i] - made[i] == 0)) return false;
    planes p = {made + (ptrdiff_t)margin * (line + 1) * outputs, line, outputs};
    if (target->form == TN_RGBA) bytes(p, height, width, target);
    else if (target->form == TN_COLOUR) plain(p, 0, COLOURS, 0, 1, height, width, target, 0);
    else if (target->form == TN_HEIGHT) heights(p, height, width, target, work);
    else maps(p, texture, height, width, target);
    return true;
}
