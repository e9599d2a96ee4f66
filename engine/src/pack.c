/* Weights of a file -> weights in the order in which they are read: group of outputs, row, column and
 * input of the kernel, output. */
#include "convolve.h"
#include "net.h"

typedef struct {
    const tn_file *file;
    tn_texture *texture;
    float *at; /* where the next weights go; NULL while they are counted */
    size_t count, bytes, values;
    int tensors;
    char *error;
} packing;

/* A kernel in a file and the part of it that is packed. */
typedef struct {
    tn_tensor tensor;
    int inputs, kernel; /* of the tensor */
    int first, channels, outputs; /* inputs first .. first + channels - 1 of it */
    int rows;           /* of the packed kernel */
    int phase;          /* of a kernel of 2x2, see `tap`; -1: as it stands */
} source;

static char *decimal(char *at, int number) {
    if (number > 9) *at++ = (char)('0' + number / 10);
    *at++ = (char)('0' + number % 10);
    return at;
}

/* group.scale.index.leaf, without what is negative. */
static void named(char *to, const char *group, int scale, int index, const char *leaf) {
    while (*group) *to++ = *group++;
    if (scale >= 0) *to++ = '.', to = decimal(to, scale);
    if (index >= 0) *to++ = '.', to = decimal(to, index);
    for (*to++ = '.'; *leaf; leaf++) *to++ = *leaf;
    *to = 0;
}

static bool finite_all(const tn_tensor *tensor) {
    for (size_t i = 0; i < tensor->count; i++) {
        float value = tn_value(tensor, i);
        if (!(value - value == 0)) return false;
    }
    return true;
}

static bool found(packing *p, const char *name, const int *shape, int axes, tn_tensor *tensor) {
    if (!tn_find(p->file, name, shape, axes, tensor, p->error)) return false;
    if (!p->at) {
        p->tensors++;
        p->bytes += tensor->count * (size_t)tensor->bytes;
        if ((p->values += tensor->count) > MOST_VALUES)
            return tn_say(p->error, "the file claims more than % weights.", MOST_VALUES, 0);
        if (!finite_all(tensor))
            return tn_say(p->error, "the file holds weights that are not finite numbers.", 0, 0);
    }
    return true;
}

/* A weight of the packed kernel. A 3x3 kernel over features that were upsampled by two is one of 2x2
 * before that: row p of phase 0 stands for the upsampled row 2p+1, of phase 1 for 2p+2, and what read
 * the same feature twice becomes one sum. */
static float tap(const source *s, int output, int input, int row, int column) {
    size_t plane = ((size_t)output * s->inputs + s->first + input) * (s->kernel * s->kernel);
    if (s->phase < 0) return tn_value(&s->tensor, plane + (size_t)(row * s->kernel + column));
    static const int from[2][2] = {{0, 2}, {0, 1}}, to[2][2] = {{2, 3}, {1, 3}};
    int down = s->phase >> 1, right = s->phase & 1;
    float sum = 0;
    for (int u = from[down][row]; u < to[down][row]; u++)
        for (int v = from[right][column]; v < to[right][column]; v++)
            sum += tn_value(&s->tensor, plane + (size_t)(3 * u + v));
    return sum;
}

static const float *pack(packing *p, const source *s) {
    float *start = p->at, *at = start;
    p->count += (size_t)tn_filled_up(s->outputs) * s->channels * s->rows * s->rows;
    if (!at) return NULL;
    for (int first = 0, group; first < s->outputs; first += group) {
        group = tn_group(s->outputs, first);
        for (int row = 0; row < s->rows; row++)
            for (int column = 0; column < s->rows; column++)
                for (int input = 0; input < s->channels; input++)
                    for (int q = first; q < first + group; q++)
                        *at++ = q < s->outputs ? tap(s, q, input, row, column) : 0;
    }
    p->at = at;
    return start;
}

static const float *pack_bias(packing *p, const tn_tensor *bias, int outputs) {
    float *start = p->at;
    p->count += (size_t)tn_filled_up(outputs);
    if (!start) return NULL;
    for (int q = 0; q < outputs; q++) start[q] = tn_value(bias, (size_t)q);
    p->at += tn_filled_up(outputs);
    return start;
}

/* One convolution of the net. deep: how many of its inputs, the first, are upsampled features. */
static bool layer(packing *p, const char *group, int scale, int index, int inputs, int outputs,
                  int kernel, int deep, tn_layer *to) {
    char name[40];
    int shape[] = {outputs, inputs, kernel, kernel};
    source s = {.inputs = inputs, .kernel = kernel, .outputs = outputs};
    tn_tensor bias;
    named(name, group, scale, index, "weight");
    if (!found(p, name, shape, 4, &s.tensor)) return false;
    named(name, group, scale, index, "bias");
    if (!found(p, name, shape, 1, &bias)) return false;
    s.first = deep, s.channels = inputs - deep, s.rows = kernel, s.phase = -1;
    *to = (tn_layer){.rows = kernel, .channels = inputs - deep, .outputs = outputs};
    to->weights = pack(p, &s);
    to->bias = pack_bias(p, &bias, outputs);
    for (int phase = 0; deep && phase < 4; phase++) {
        s.first = 0, s.channels = deep, s.rows = 2, s.phase = phase;
        p->texture->deep[scale][phase] =
            (tn_layer){pack(p, &s), NULL, 2, deep, outputs};
    }
    return true;
}

static bool block(packing *p, const char *group, int scale, int inputs, int width, int deep,
                  tn_layer to[3]) {
    return layer(p, group, scale, 0, inputs, width, 3, deep, &to[0])
           && layer(p, group, scale, 1, width, width, 3, 0, &to[1])
           && layer(p, group, scale, 2, width, width, 1, 0, &to[2]);
}

static bool scale_of(packing *p, int k) {
    tn_texture *t = p->texture;
    const tn_card *card = &t->card;
    int width = card->widths[k], deep = k ? tn_deep(card, k) : 0;
    bool last = k == card->scales - 1;
    if ((!k || card->branch)
        && !block(p, "branch", k, card->noise, k ? card->branch : width, 0, t->branch[k]))
        return false;
    if (k && card->mixed
        && !layer(p, "mix", k, 0, card->widths[k - 1], width, 1, 0, &t->mix[k]))
        return false;
    if (k && !block(p, "body", k, deep + tn_beside(card), width, deep, t->body[k])) return false;
    if (!last && !card->heads) return true;
    return layer(p, last ? "output" : "head", last ? -1 : k, -1, width, card->outputs, 1, 0,
                 &t->head[k]);
}

bool tn_pack(const tn_file *file, tn_texture *texture, char *error) {
    packing p = {.file = file, .texture = texture, .error = error};
    for (int k = 0; k < texture->card.scales; k++)
        if (!scale_of(&p, k)) return false;
    if (!tn_filled(file, p.tensors, p.bytes, error)) return false;
    texture->weights = p.at = tn_take(p.count, sizeof(float));
    if (!p.at) return tn_say(error, "there is no memory for % weights.", (int64_t)p.count, 0);
    for (int k = 0; k < texture->card.scales; k++)
        if (!scale_of(&p, k)) return false;
    return true;
}
