/* A texture in memory: its card, its weights as they are computed with, and the sizes of what drawing
 * needs. */
#ifndef TN_NET_H
#define TN_NET_H

#include "card.h"
#include "file.h"

/* A convolution of `rows` x `rows` over so many channels. */
typedef struct {
    const float *weights, *bias;
    int rows, channels, outputs;
} tn_layer;

struct tn_texture {
    tn_card card;
    tn_facts facts;
    tn_layer branch[TN_SCALES][3], mix[TN_SCALES], body[TN_SCALES][3], head[TN_SCALES];
    /* The part of body[k][0] that reads the coarser features, as four kernels of 2x2, see pack.c. */
    tn_layer deep[TN_SCALES][4];
    float *weights; /* all of them */
    int side;       /* pixels of a block */
};

/* Cells of a scale under some pixels and their halo, along one axis. */
typedef struct {
    int64_t start;
    int length, drop; /* upsampled rows or columns to leave out in front */
} tn_span;

/* Of scales 0 .. last, for `length` pixels from `start` on of the picture that scale `last` draws. */
void tn_spans(const tn_card *card, int last, int64_t start, int length, tn_span *spans);

/* Cells of a scale that a whole number of coarsest cells reads beyond its own border. */
void tn_halo(const tn_card *card, int *cells);

/* Floats of each of the buffers that a block of side x side pixels goes through. */
enum { TN_NOISE, TN_JOINED, TN_OTHER, TN_FEATURES, TN_MIXED, TN_ROW, TN_LOW, TN_PLANES, TN_BUFFERS };
void tn_room(const tn_texture *texture, int side, size_t room[TN_BUFFERS]);

/* Read and pack the weights. */
bool tn_pack(const tn_file *file, tn_texture *texture, char *error);

/* What the header's tn_open does, and the part of it after the memory for the texture is there. */
tn_result tn_fill(const void *bytes, size_t length, tn_texture *texture, char *error);

#endif
