/* damage FILE COUNT SEED: opens the file cut short, with bits flipped, with bytes of its header changed
 * and with numbers of its header changed, COUNT times each, and draws what still opens. Prints how many
 * opened and how many were refused; built with sanitisers, it ends at the first wrong access. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../texturenet.h"

static uint64_t state;

static size_t drawn(size_t below) { /* xorshift64* */
    state ^= state >> 12, state ^= state << 25, state ^= state >> 27;
    return (size_t)((state * 0x2545F4914F6CDD1Dull >> 16) % below);
}

/* A copy of exactly this length, so that every byte beyond it is seen. */
static int opens(const unsigned char *bytes, size_t length) {
    char error[TN_ERROR] = "";
    static unsigned char pixels[4 * 20 * 20];
    unsigned char *copy = malloc(length ? length : 1);
    memcpy(copy, bytes, length);
    tn_texture *texture = tn_open(copy, length, error);
    free(copy);
    if (!texture) {
        if (!error[0]) abort();
        return 0;
    }
    tn_view view = {.seed = 1, .row = -5, .height = 20, .width = 20};
    if (tn_draw(texture, &view, TN_RGBA, pixels, NULL, NULL, error) != TN_OK && !error[0]) abort();
    tn_close(texture);
    return 1;
}

static size_t digit_of(const unsigned char *bytes, size_t header) {
    for (;;) {
        size_t at = 8 + drawn(header);
        if (bytes[at] >= '0' && bytes[at] <= '9') return at;
    }
}

int main(int count, char **words) {
    int opened = 0, refused = 0;
    FILE *file = count == 4 ? fopen(words[1], "rb") : NULL;
    if (!file) return 2;
    unsigned char *whole = malloc(1 << 24), *broken = malloc(1 << 24);
    size_t length = fread(whole, 1, 1 << 24, file), header = 0;
    fclose(file);
    for (int i = 0; i < 8; i++) header |= (size_t)whole[i] << 8 * i;
    state = strtoull(words[3], NULL, 10) * 2 + 1;
    for (int i = 0; i < 4 * atoi(words[2]); i++) {
        size_t kept = length;
        memcpy(broken, whole, length);
        if (i % 4 == 0) kept = drawn(length);
        else if (i % 4 == 1) broken[drawn(length)] ^= (unsigned char)(1 << drawn(8));
        else if (i % 4 == 2) broken[8 + drawn(header)] = (unsigned char)drawn(256);
        else broken[digit_of(whole, header)] = (unsigned char)('0' + drawn(10));
        if (opens(broken, kept)) opened++;
        else refused++;
    }
    printf("%d %d\n", opened, refused);
    free(whole), free(broken);
    return 0;
}
