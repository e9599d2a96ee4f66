/* picture FILE.safetensors SEED SIDE OUT.ppm: a picture of a texture, with the share done on stderr. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../texturenet.h"

static int failed(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    return 2;
}

static unsigned char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    unsigned char *bytes = NULL;
    if (!file) return NULL;
    if (!fseek(file, 0, SEEK_END)) {
        long size = ftell(file);
        rewind(file);
        if (size >= 0 && (bytes = malloc((size_t)size + 1))) *length = fread(bytes, 1, (size_t)size, file);
    }
    fclose(file);
    return bytes;
}

static int show(double done, void *user) {
    (void)user;
    fprintf(stderr, "\r%3.0f %%%s", 100 * done, done == 1 ? "\n" : "");
    return 0;
}

static int write_ppm(const char *path, const unsigned char *pixels, long side) {
    FILE *file = fopen(path, "wb");
    if (!file) return 0;
    fprintf(file, "P6\n%ld %ld\n255\n", side, side);
    for (long i = 0; i < side * side; i++) fwrite(pixels + 4 * i, 1, 3, file);
    return !ferror(file) & !fclose(file);
}

int main(int count, char **words) {
    char error[TN_ERROR];
    size_t length = 0;
    if (count != 5) return failed("usage", "picture FILE.safetensors SEED SIDE OUT.ppm");
    long side = strtol(words[3], NULL, 10);
    if (side < 1 || side > 16384) return failed(words[3], "a side is 1 to 16384 pixels");
    unsigned char *bytes = read_file(words[1], &length);
    if (!bytes) return failed(words[1], strerror(errno));
    tn_texture *texture = tn_open(bytes, length, error);
    free(bytes);
    if (!texture) return failed(words[1], error);
    unsigned char *pixels = malloc(4 * (size_t)side * (size_t)side);
    tn_view view = {.seed = strtoull(words[2], NULL, 10), .height = side, .width = side};
    if (!pixels) return failed(words[3], "there is no memory for the picture");
    if (tn_draw(texture, &view, TN_RGBA, pixels, show, NULL, error) != TN_OK) return failed(words[1], error);
    tn_close(texture);
    if (!write_ppm(words[4], pixels, side)) return failed(words[4], strerror(errno));
    free(pixels);
    return 0;
}
