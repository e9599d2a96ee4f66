/* Periodic channels: a cosine each, then the sines, on [0,1]. */
#include "noise.h"
#include "numbers.h"

enum { NO_SCALE = 255 }; /* where noise draws how far a seed moves its waves */

static int64_t modulo(int64_t x, int64_t period) {
    int64_t left = x % period;
    return left < 0 ? left + period : left;
}

/* Cosine and sine of one wave along one axis. */
static void turns(const tn_card *card, tn_span span, int cell, int moved, int cycles, float *cosines,
                  float *sines) {
    /* The middles of cells, in half pixels: whole numbers, exact however far away. */
    int64_t whole = 2 * card->torus;
    for (int i = 0; i < span.length; i++) {
        int64_t place = (2 * modulo(span.start + i, whole) + 1) * cell + 2 * moved;
        double cosine, sine;
        tn_turn((double)modulo(cycles * place, whole), (double)whole, &cosine, &sine);
        cosines[i] = (float)cosine, sines[i] = (float)sine;
    }
}

static bool too_fine(const tn_card *card, tn_wave wave, int cell) {
    int down = wave.down < 0 ? -wave.down : wave.down, right = wave.right < 0 ? -wave.right : wave.right;
    return (down > right ? down : right) * cell > 0.4 * card->torus;
}

void tn_waves(const tn_card *card, uint64_t seed, int scale, tn_span rows, tn_span columns,
              float *out) {
    float down_cos[TN_LONGEST], down_sin[TN_LONGEST], right_cos[TN_LONGEST], right_sin[TN_LONGEST];
    uint32_t drawn[4] = {0, 0, NO_SCALE, 0};
    int cell = tn_cell(card, scale);
    tn_philox(drawn, (uint32_t)seed, (uint32_t)(seed >> 32));
    int down = (int)(tn_uniform(drawn[0]) * (float)card->torus);
    int right = (int)(tn_uniform(drawn[1]) * (float)card->torus);
    for (int n = 0; n < card->waves; n++) {
        float *cosine = out + card->noise - 2 * card->waves + n, *sine = cosine + card->waves;
        bool plain = too_fine(card, card->wave[n], cell);
        if (!plain) {
            turns(card, rows, cell, down, card->wave[n].down, down_cos, down_sin);
            turns(card, columns, cell, right, card->wave[n].right, right_cos, right_sin);
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
