/* Noise -> planes: the convolutions of all scales for one rectangle. */
#include "convolve.h"
#include "draw.h"
#include "noise.h"

/* Features that lie as (row, column, channel). */
typedef struct {
    float *at;
    int height, width, channels;
} features;

static const float *pixel(const features *f, int row, int column) {
    return f->at + ((ptrdiff_t)row * f->width + column) * f->channels;
}

static tn_part under(const tn_layer *layer, const features *f, int row, int column, int apart) {
    return (tn_part){
        .in = pixel(f, row, column),
        .weights = layer->weights,
        .line = (ptrdiff_t)f->width * f->channels,
        .step = (ptrdiff_t)apart * f->channels,
        .rows = layer->rows,
        .run = layer->rows * layer->channels,
    };
}

/* One row of a convolution and its LeakyReLU. */
static void convolve_row(const tn_layer *layer, const features *f, int row, float *out, bool rectified) {
    tn_part part = under(layer, f, row, 0, 1);
    tn_convolve(&part, 1, layer->bias, layer->outputs, f->width - layer->rows + 1, out,
                layer->outputs, rectified);
}

static features convolved(const tn_layer *layer, features f, float *out) {
    features made = {out, f.height - layer->rows + 1, f.width - layer->rows + 1, layer->outputs};
    for (int y = 0; y < made.height; y++)
        convolve_row(layer, &f, y, out + (ptrdiff_t)y * made.width * made.channels, true);
    return made;
}

/* The second and third convolution of a block, and the head where there is one: row by row, while
 * what one makes is near at hand for the next. */
static features rest(const tn_layer layers[2], const tn_layer *head, features f, float *row, float *out) {
    features made = {out, f.height - 2, f.width - 2, head ? head->outputs : layers[1].outputs};
    features first = {row, 1, made.width, layers[0].outputs};
    features second = {row + (ptrdiff_t)made.width * first.channels, 1, made.width, layers[1].outputs};
    for (int y = 0; y < made.height; y++) {
        float *to = out + (ptrdiff_t)y * made.width * made.channels;
        convolve_row(&layers[0], &f, y, first.at, true);
        convolve_row(&layers[1], &first, 0, head ? second.at : to, true);
        if (head) convolve_row(head, &second, 0, to, false);
    }
    return made;
}

/* The first convolution of a body over the coarser features, twice as large, and what stands beside
 * them: pixels of one parity along a row at a time. */
static features joined(const tn_texture *t, int k, features deep, features beside, tn_span row,
                       tn_span column, float *out) {
    const tn_layer *layer = &t->body[k][0];
    features made = {out, beside.height - 2, beside.width - 2, layer->outputs};
    for (int y = 0; y < made.height; y++)
        for (int x = 0; x < 2 && x < made.width; x++) {
            int down = y + row.drop, right = x + column.drop;
            const tn_layer *phase = &t->deep[k][(down & 1) << 1 | (right & 1)];
            tn_part parts[] = {under(phase, &deep, down >> 1, right >> 1, 1),
                               under(layer, &beside, y, x, 2)};
            float *to = out + ((ptrdiff_t)y * made.width + x) * made.channels;
            tn_convolve(parts, 2, layer->bias, layer->outputs, (made.width - x + 1) / 2, to,
                        2 * made.channels, true);
        }
    return made;
}

static features noise_of(const tn_texture *t, const tn_view *view, int k, tn_span row,
                         tn_span column, float *out) {
    tn_noise(t, view, k, row, column, out);
    if (t->card.waves)
        tn_waves(&t->card, view, k, row, column, out);
    return (features){out, row.length, column.length, t->card.noise};
}

void tn_planes(const tn_texture *t, const tn_view *view, int64_t row, int64_t column, int height,
               int width, tn_work *work) {
    float **buffer = work->buffer;
    int last = t->card.scales - 1 - view->octave;
    tn_span rows[TN_SCALES], columns[TN_SCALES];
    features deep = {0};
    tn_spans(&t->card, last, row, height, rows);
    tn_spans(&t->card, last, column, width, columns);
    for (int k = 0; k <= last; k++) {
        const tn_layer *head = k == last ? &t->head[k] : NULL;
        float *to = head ? buffer[TN_PLANES] : buffer[TN_FEATURES];
        features beside = noise_of(t, view, k, rows[k], columns[k], buffer[TN_NOISE]);
        if (t->branch[k][0].weights) {
            features first = convolved(&t->branch[k][0], beside, buffer[TN_JOINED]);
            bool alone = k == 0;
            beside = rest(t->branch[k] + 1, alone ? head : NULL, first, buffer[TN_ROW],
                          alone ? to : buffer[TN_OTHER]);
            if (alone) {
                deep = beside;
                continue;
            }
        }
        if (head && view->readout)
            tn_lower(deep.at, deep.height, deep.width, deep.channels, view->readout,
                     rows[k].drop + HALO, columns[k].drop + HALO, work);
        if (t->card.mixed) deep = convolved(&t->mix[k], deep, buffer[TN_MIXED]);
        features first = joined(t, k, deep, beside, rows[k], columns[k], buffer[TN_JOINED]);
        deep = rest(t->body[k] + 1, head, first, buffer[TN_ROW], to);
    }
}
