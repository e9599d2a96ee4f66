/* Which cells lie under which pixels, and how much memory a block takes. */
#include "layout.h"
#include "net.h"

static int64_t halved(int64_t x) { /* rounded down */
    return x >> 1;
}

void tn_spans(const tn_card *card, int last, int64_t start, int length, tn_span *spans) {
    int64_t low = start, high = start + length;
    int halo = card->branch ? HALO : 0;
    for (int k = last; k > 0; k--) {
        low -= HALO, high += HALO;
        spans[k] = (tn_span){low - halo, (int)(high - low) + 2 * halo, (int)(low & 1)};
        low = halved(low), high = halved(high + 1);
    }
    spans[0] = (tn_span){low - HALO, (int)(high - low) + 2 * HALO, 0};
}

void tn_halo(const tn_card *card, int *cells) {
    tn_span spans[TN_SCALES];
    int coarsest = tn_cell(card, 0);
    tn_spans(card, card->scales - 1, 0, coarsest, spans);
    for (int k = 0; k < card->scales; k++) {
        int64_t before = -spans[k].start;
        int64_t after = spans[k].start + spans[k].length - coarsest / tn_cell(card, k);
        cells[k] = (int)(before > after ? before : after);
    }
}

static void larger(size_t *room, size_t length, size_t channels) {
    size_t floats = length * length * channels;
    if (floats > *room) *room = floats;
}

static void at_scale(const tn_card *card, int k, size_t noise, size_t room[TN_BUFFERS]) {
    size_t width = (size_t)card->widths[k], own = k ? (size_t)card->branch : width;
    size_t inside = noise - (size_t)(own && k ? 2 * HALO : 0); /* what stands beside the features */
    larger(&room[TN_NOISE], noise, (size_t)card->noise);
    larger(&room[TN_JOINED], noise - 2, own);
    if (k) {
        larger(&room[TN_OTHER], inside, own);
        larger(&room[TN_JOINED], inside - 2, width);
    }
    larger(&room[TN_FEATURES], inside - (k ? 2 * HALO : 0), width);
    size_t widest = own > width ? own : width;
    if (2 * noise * widest > room[TN_ROW]) room[TN_ROW] = 2 * noise * widest;
}

/* The longest that spans get, wherever a picture of so many pixels begins. */
static void lengths(const tn_card *card, int last, int drawn, int longest[TN_SCALES]) {
    tn_span spans[TN_SCALES];
    for (int start = 0; start < 1 << last; start++) {
        tn_spans(card, last, start, drawn, spans);
        for (int k = 0; k <= last; k++)
            if (spans[k].length > longest[k]) longest[k] = spans[k].length;
    }
}

void tn_room(const tn_texture *texture, int side, size_t room[TN_BUFFERS]) {
    const tn_card *card = &texture->card;
    int longest[TN_SCALES] = {0}, drawn = side + 2 * tn_margin(&card->layout), top = card->scales - 1;
    for (int last = top; last >= (card->heads ? 0 : top); last--) lengths(card, last, drawn, longest);
    for (int i = 0; i < TN_BUFFERS; i++) room[i] = 0;
    for (int k = 0; k <= top; k++) {
        at_scale(card, k, (size_t)longest[k], room);
        if (k && card->mixed)
            larger(&room[TN_MIXED], (size_t)longest[k - 1], (size_t)card->widths[k]);
    }
    if (top) larger(&room[TN_LOW], (size_t)longest[top - 1], 1);
    larger(&room[TN_PLANES], (size_t)drawn, (size_t)card->outputs);
}
