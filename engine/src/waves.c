/* Periodic channels: a cosine each, then the sines, on [0,1]; then numbers of the units of their
 * lattice, which are the same all over a unit. */
#include "noise.h"
#include "numbers.h"

enum { NO_SCALE = 255, UNIT_SCALE = 254, WORDS = 4 }; /* where noise draws shifts, and numbers of units */

/* Pixels by which a seed moves the waves. */
typedef struct {
    int down, right;
} shift;

static shift shift_of(const tn_card *card, uint64_t seed) {
    uint32_t drawn[4] = {0, 0, NO_SCALE, 0};
    tn_philox(drawn, (uint32_t)seed, (uint32_t)(seed >> 32));
    return (shift){(int)(tn_uniform(drawn[0]) * (float)card->torus),
                   (int)(tn_uniform(drawn[1]) * (float)card->torus)};
}

/* The middle of a cell in half pixels, moved, as far as whole turns of waves do not count: a whole
 * number, exact however far away. */
static int64_t middle(const tn_card *card, int64_t place, int cell, int moved) {
    return (2 * tn_within(place, 2 * card->torus) + 1) * cell + 2 * moved;
}

/* Cosine and sine of one wave along one axis. */
static void turns(const tn_card *card, tn_span span, int cell, int moved, int cycles, float *cosines,
                  float *sines) {
    int64_t whole = 2 * card->torus;
    for (int i = 0; i < span.length; i++) {
        int64_t place = middle(card, span.start + i, cell, moved);
        double cosine, sine;
        tn_turn((double)tn_within(cycles * place, whole), (double)whole, &cosine, &sine);
        cosines[i] = (float)cosine, sines[i] = (float)sine;
    }
}

static void draw_waves(const tn_card *card, shift moved, int cell, tn_span rows, tn_span columns,
                       float *out) {
    float down_cos[TN_LONGEST], down_sin[TN_LONGEST], right_cos[TN_LONGEST], right_sin[TN_LONGEST];
    for (int n = 0; n < card->waves; n++) {
        float *cosine = out + card->noise - tn_behind(card) + n, *sine = cosine + card->waves;
        bool plain = tn_too_fine(card, card->wave[n], cell);
        if (!plain) {
            turns(card, rows, cell, moved.down, card->wave[n].down, down_cos, down_sin);
            turns(card, columns, cell, moved.right, card->wave[n].right, right_cos, right_sin);
        }
        for (int y = 0; y < rows.length; y++) {
            float c = plain ? 0 : down_cos[y] / 2, s = plain ? 0 : down_sin[y] / 2;
            for (int x = 0; x < columns.length; x++, cosine += card->noise, sine += card->noise) {
                *cosine = plain ? 0.5f : 0.5f + c * right_cos[x] - s * right_sin[x];
                *sine = plain ? 0.5f : 0.5f + s * right_cos[x] + c * right_sin[x];
            }
        }
    }
}

static int64_t floored(int64_t a, int64_t b) {
    return (a - tn_within(a, b)) / b;
}

/* The pixel in which the middle of the unit lies that the middle of a cell lies in, as
 * texturenet.noise.units has it. y and x: `middle` of the cell. */
static void unit_of(const tn_card *card, int cell, int64_t y, int64_t x, int64_t *row, int64_t *column) {
    int64_t torus = card->torus, whole = 2 * torus, down = card->across.down, right = card->across.right;
    int64_t r = card->rows.down, c = card->rows.right, area = down * c - right * r;
    int64_t square = r * r + c * c, lean = down * r + right * c;
    /* What is left to the middle of the row, and then to that of the unit. */
    int64_t over = torus - tn_within(r * y + c * x, whole);
    int64_t turned = square * tn_within(down * y + right * x, whole) + lean * over;
    int64_t left = torus * square - tn_within(turned, whole * square);
    int64_t half = square * area * cell, share = 2 * square * area;
    *row += floored(half + c * left + r * area * over, share);
    *column += floored(half - r * left + c * area * over, share);
}

/* The numbers of the unit whose middle lies in a pixel. */
static void numbers(const tn_card *card, uint64_t seed, int64_t row, int64_t column, float *to) {
    for (int first = 0; first < card->units; first += WORDS) {
        uint32_t found[WORDS], place = UNIT_SCALE | (uint32_t)(first / WORDS) << 8;
        tn_words(seed, (uint64_t)row, (uint64_t)column, place, found);
        for (int i = 0; i < WORDS && first + i < card->units; i++) to[first + i] = tn_uniform(found[i]);
    }
}

static void draw_units(const tn_card *card, const tn_view *view, uint64_t seed, shift moved, int cell,
                       tn_span rows, tn_span columns, float *out) {
    int64_t height = view->tile_height << view->octave, width = view->tile_width << view->octave;
    int64_t last_row = 0, last_column = 0;
    float *last = NULL; /* where those of the unit before stand, mostly the same one */
    bool plain = tn_too_fine(card, card->rows, cell) || tn_too_fine(card, card->across, cell);
    for (int y = 0; y < rows.length; y++)
        for (int x = 0; x < columns.length; x++, out += card->noise) {
            float *to = out + card->noise - card->units;
            int64_t row = (rows.start + y) * cell, column = (columns.start + x) * cell;
            if (plain) {
                for (int i = 0; i < card->units; i++) to[i] = 0.5f;
                continue;
            }
            unit_of(card, cell, middle(card, rows.start + y, cell, moved.down),
                    middle(card, columns.start + x, cell, moved.right), &row, &column);
            row = tn_within(row, height), column = tn_within(column, width);
            if (last && row == last_row && column == last_column)
                for (int i = 0; i < card->units; i++) to[i] = last[i];
            else
                numbers(card, seed, row, column, to);
            last = to, last_row = row, last_column = column;
        }
}

void tn_waves(const tn_card *card, const tn_view *view, int scale, tn_span rows, tn_span columns,
              float *out) {
    uint64_t seed = view->bordered ? view->border : view->seed;
    shift moved = shift_of(card, seed);
    int cell = tn_cell(card, scale);
    draw_waves(card, moved, cell, rows, columns, out);
    if (card->units) draw_units(card, view, seed, moved, cell, rows, columns, out);
}
