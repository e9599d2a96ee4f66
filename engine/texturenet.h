/* Draws windows of a texture that texturenet has learnt.
 *
 * A texture is a function of its net, a seed, a place and a time: every window of one seed shows the
 * same pixels. A tn_texture is never changed after tn_open, so that several threads may draw from it
 * at once.
 *
 *     char error[TN_ERROR];
 *     tn_texture *brick = tn_open(bytes, length, error);
 *     tn_view view = {.seed = 7, .height = 512, .width = 512};
 *     if (tn_draw(brick, &view, TN_RGBA, pixels, NULL, NULL, error) != TN_OK) puts(error);
 *     tn_close(brick);
 */
#ifndef TEXTURENET_H
#define TEXTURENET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    TN_ERROR = 256, /* bytes of an error's text */
    TN_NAME = 208,  /* bytes of a name */
    TN_SCALES = 12, /* most scales of a net */
    TN_MAPS = 6,    /* kinds of maps */
    TN_BLOCK = 128  /* pixels a side that are drawn at once */
};

/* What a function returns; of all but TN_OK and TN_CANCELLED, `error` has a sentence. */
typedef enum { TN_OK, TN_REFUSED, TN_CANCELLED, TN_MEMORY } tn_result;

/* What is drawn: bytes in red, green, blue, alpha, or planes of floats, one after the other. */
typedef enum {
    TN_RGBA,  /* (height, width, 4) bytes of sRGB; alpha is 255 */
    TN_COLOUR, /* (3, height, width) floats in [0,1], sRGB */
    TN_ALL_MAPS, /* (channels, height, width) floats, see tn_facts; of a material alone */
    TN_HEIGHT /* (4, height, width) floats: colours that may leave [0,1], and a height, see tn_view */
} tn_form;

/* The kinds of maps, in the order in which they are drawn. */
typedef enum {
    TN_MAP_COLOUR, TN_MAP_NORMAL, TN_MAP_HEIGHT, TN_MAP_ROUGHNESS, TN_MAP_OCCLUSION, TN_MAP_METALLIC
} tn_kind;

/* Which window of which plane. All pixels are those of the picture that is drawn. */
typedef struct {
    uint64_t seed;
    int64_t row, column;   /* of the upper left pixel, within 2^40 of the origin */
    int64_t height, width; /* in pixels, 1 or more */
    int64_t tile_height, tile_width; /* pixels after which the plane repeats; 0: never */
    uint64_t border;       /* seed of the cells along a tile's border, where `bordered` */
    uint64_t other;        /* second seed of a loop, where `turned` */
    double turns[TN_SCALES]; /* how far round the loop each scale is, coarse to fine; 1 is once */
    int32_t bordered;      /* tiles of one size that share `border` fit beside each other */
    int32_t turned;        /* the noise lies on the circle through `seed` and `other` */
    int32_t octave;        /* the picture is 2^octave times smaller; 0 .. tn_facts.octaves */
    int32_t reserved;      /* 0 */
    const float *readout;  /* of TN_HEIGHT alone: tn_facts.features weights, by which features of the
                              second finest scale are summed to a height */
} tn_view;

/* One map of a material. */
typedef struct {
    int32_t kind, channels; /* a tn_kind; 3 for colour and normal, else 1 */
    int32_t first;          /* its first plane among those of TN_ALL_MAPS */
    int32_t constant;       /* the same everywhere */
} tn_map;

typedef struct {
    int32_t scales;   /* K */
    int32_t octaves;  /* how often a picture may be halved: 0 for nets without heads */
    int32_t channels; /* planes of TN_ALL_MAPS; 0 for a texture of colour alone */
    int32_t maps;     /* how many maps: 0 for a texture of colour alone */
    int64_t step_height, step_width; /* sides of tiles are multiples of these, at octave 0 */
    int64_t least_border; /* sides of tiles that match are at least this, at octave 0 */
    tn_map map[TN_MAPS];
    char name[TN_NAME]; /* UTF-8 */
    int32_t features;   /* of the second finest scale; 0 for a net of one scale, which has no heights */
} tn_facts;

typedef struct tn_texture tn_texture;

/* A released .safetensors file in memory -> a texture, or NULL with a sentence in `error`. The bytes
 * may be freed afterwards. */
tn_texture *tn_open(const void *bytes, size_t length, char error[TN_ERROR]);

void tn_close(tn_texture *texture);

const tn_facts *tn_facts_of(const tn_texture *texture);

/* Called before every block with the share that is done; anything but 0 ends the work. */
typedef int tn_progress(double done, void *user);

/* Draw a window into `out`, which holds all of it. Besides `out` it takes memory for one block,
 * whatever the size of the window: under 10 MB for the released nets, up to 256 MB for wide ones.
 * `progress` may be NULL. */
tn_result tn_draw(const tn_texture *texture, const tn_view *view, tn_form form, void *out,
                  tn_progress *progress, void *user, char error[TN_ERROR]);

#ifdef __cplusplus
}
#endif
#endif
