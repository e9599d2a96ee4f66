/* What a released file says of its net: sizes, law, waves, maps. */
#ifndef TN_CARD_H
#define TN_CARD_H

#include "json.h"

enum {
    MOST_STEP = 256,
    MOST_WIDTH = TN_SCALES * MOST_STEP,
    MOST_NOISE = 64,
    COLOURS = 3,
    MOST_OUTPUTS = 16,
    MOST_VALUES = 1 << 25, /* weights of a net */
    MOST_TORUS = 8192,
    MOST_UNITS = 16,
    HALO = 2 /* cells that a block of convolutions, 3x3, 3x3 and 1x1, reads beyond its border */
};

typedef struct {
    int down, right; /* whole cycles on the torus */
} tn_wave;

/* Which planes a material's net draws, as texturenet.materials.planes has it. */
typedef struct {
    bool there;
    int plane[TN_MAPS];       /* first plane of each kind, -1 where it is not drawn */
    bool constant[TN_MAPS];   /* the same everywhere, */
    float value[TN_MAPS];     /* namely this */
    float steepest, gain, low, high;
} tn_layout;

typedef struct {
    char name[TN_NAME];
    int scales, widths[TN_SCALES], branch, noise, outputs;
    bool mixed, heads, gaussian;
    int waves, torus;
    tn_wave wave[MOST_NOISE / 2];
    int units; /* numbers of each unit of the lattice; rows of units lie along `rows` */
    tn_wave rows, across;
    tn_layout layout;
} tn_card;

int tn_map_channels(int kind);

/* Pixels a side of a cell of scale 0 (coarsest) .. K-1. */
int tn_cell(const tn_card *card, int scale);

/* Channels that stand behind the noise: waves, and numbers of units. */
int tn_behind(const tn_card *card);

/* Whether cells of so many pixels are too large for a wave. */
bool tn_too_fine(const tn_card *card, tn_wave wave, int cell);

/* Features of the coarser scale that are upsampled into scale 1 .. K-1. */
int tn_deep(const tn_card *card, int scale);

/* Channels of noise, or of its branch, beside them. */
int tn_beside(const tn_card *card);

/* The card of a file's metadata, checked; false with a sentence where it cannot be. */
bool tn_read_card(json document, tn_card *card, char *error);

#endif
