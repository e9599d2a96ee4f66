#include "noise.h"

#include "layout.h"
#include "numbers.h"

enum { WORDS = 4 }; /* one counter yields four words: four channels of one cell */

void tn_philox(uint32_t counter[4], uint32_t low, uint32_t high) {
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53u * a, q = (uint64_t)0xCD9E8D57u * c;
        a = (uint32_t)(q >> 32) ^ b ^ low, b = (uint32_t)q;
        c = (uint32_t)(p >> 32) ^ d ^ high, d = (uint32_t)p;
        low += 0x9E3779B9u, high += 0xBB67AE85u;
    }
    counter[0] = a, counter[1] = b, counter[2] = c, counter[3] = d;
}

float tn_uniform(uint32_t word) {
    return ((float)(word >> 9) + 0.5f) * 0x1p-23f; /* 23 bits and a half, exact */
}

int64_t tn_within(int64_t x, int64_t period) {
    if (!period) return x;
    int64_t left = x % period;
    return left < 0 ? left + period : left;
}

/* Cells of one axis: their addresses, and which are near the border of a tile. */
typedef struct {
    uint64_t at[TN_LONGEST];
    bool near[TN_LONGEST];
} line;

static void addresses(tn_span span, int64_t period, int reach, line *to) {
    int64_t place = tn_within(span.start, period);
    for (int i = 0; i < span.length; i++, place++) {
        if (period && place == period) place = 0;
        to->at[i] = (uint64_t)place;
        to->near[i] = period && reach && (place < reach || place >= period - reach);
    }
}

/* How a cell's words become its noise. */
typedef struct {
    uint64_t inside, border, other_inside, other_border; /* seeds */
    bool turned, gaussian;
    float cosine, sine;
} law;

static float number(const law *l, uint32_t word, uint32_t other) {
    float u = tn_uniform(word);
    if (!l->turned) return l->gaussian ? (float)tn_quantile(u) : u;
    float first = (float)tn_quantile(u), second = (float)tn_quantile(tn_uniform(other));
    float turned = first * l->cosine + second * l->sine;
    return l->gaussian ? turned : (float)tn_distribution(turned);
}

void tn_words(uint64_t seed, uint64_t row, uint64_t column, uint32_t place, uint32_t to[WORDS]) {
    to[0] = (uint32_t)column, to[1] = (uint32_t)row, to[2] = place;
    /* The upper 16 bits of both 48-bit addresses share a word. */
    to[3] = (uint32_t)(row >> 32 & 0xFFFF) << 16 | (uint32_t)(column >> 32 & 0xFFFF);
    tn_philox(to, (uint32_t)seed, (uint32_t)(seed >> 32));
}

static law law_of(const tn_texture *texture, const tn_view *view, int scale) {
    law l = {.inside = view->seed, .border = view->border, .gaussian = texture->card.gaussian};
    if ((l.turned = view->turned)) {
        double cosine, sine, turns = view->turns[scale];
        turns -= (double)(int64_t)turns;
        tn_turn(turns < 0 ? turns + 1 : turns, 1, &cosine, &sine);
        l.cosine = (float)cosine, l.sine = (float)sine;
        l.other_inside = view->other;
        l.other_border = view->border + 1;
    }
    return l;
}

static int64_t cells_of(int64_t pixels, int octave, int cell) {
    return (pixels << octave) / cell;
}

void tn_noise(const tn_texture *texture, const tn_view *view, int scale, tn_span rows,
              tn_span columns, float *out) {
    const tn_card *card = &texture->card;
    int channels = card->noise, drawn = channels - tn_behind(card), cell = tn_cell(card, scale);
    int halo[TN_SCALES], reach = 0;
    line down, right;
    if (view->bordered) {
        tn_halo(card, halo);
        reach = halo[scale] + tn_margin(&card->layout);
    }
    addresses(rows, cells_of(view->tile_height, view->octave, cell), reach, &down);
    addresses(columns, cells_of(view->tile_width, view->octave, cell), reach, &right);
    law l = law_of(texture, view, scale);
    uint32_t found[WORDS], other[WORDS] = {0};
    for (int y = 0; y < rows.length; y++)
        for (int x = 0; x < columns.length; x++, out += channels) {
            bool near = down.near[y] || right.near[x];
            for (int first = 0; first < drawn; first += WORDS) {
                uint32_t place = (uint32_t)scale | (uint32_t)(first / WORDS) << 8;
                tn_words(near ? l.border : l.inside, down.at[y], right.at[x], place, found);
                if (l.turned)
                    tn_words(near ? l.other_border : l.other_inside, down.at[y], right.at[x], place, other);
                for (int i = 0; i < WORDS && first + i < drawn; i++)
                    out[first + i] = number(&l, found[i], other[i]);
            }
        }
}
