/* The .safetensors file: eight bytes with the length of the header, the header in JSON, numbers. */
#ifndef TN_FILE_H
#define TN_FILE_H

#include "card.h"

typedef struct {
    json header;
    const unsigned char *data;
    size_t size; /* bytes of data */
} tn_file;

/* A weight or a bias as it lies in the file. */
typedef struct {
    const unsigned char *at;
    size_t count;
    int bytes;  /* of one number: 4, or 2 */
    bool brain; /* bfloat16 */
} tn_tensor;

/* Read the header; false with a sentence for what is no such file. */
bool tn_read_file(const void *bytes, size_t length, tn_file *file, char *error);

/* The card, which is JSON in a text of the header, checked. */
bool tn_file_card(const tn_file *file, tn_card *card, char *error);

/* The tensor of this name, which must have this shape and lie within the file. */
bool tn_find(const tn_file *file, const char *name, const int *shape, int axes, tn_tensor *tensor,
             char *error);

/* Whether the file has so many tensors of so many bytes together. */
bool tn_filled(const tn_file *file, int tensors, size_t bytes, char *error);

float tn_value(const tn_tensor *tensor, size_t index);

#endif
