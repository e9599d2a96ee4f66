#include "file.h"

enum { MOST_HEADER = 1 << 22 };

bool tn_read_file(const void *bytes, size_t length, tn_file *file, char *error) {
    const unsigned char *at = bytes;
    if (length < 8) return tn_say(error, "the file has % bytes: it is truncated.", (int64_t)length, 0);
    uint64_t header = 0;
    for (int i = 7; i >= 0; i--) header = header << 8 | at[i];
    if (length < 9 || at[8] != '{' || header < 2)
        return tn_say(error, "this is no .safetensors file.", 0, 0);
    if (header > MOST_HEADER)
        return tn_say(error, "the file has a header of more than % bytes.", MOST_HEADER, 0);
    if (header > length - 8)
        return tn_say(error, "the file is truncated: it has % bytes, its header alone %.",
                      (int64_t)length, (int64_t)header);
    file->header = (json){(const char *)at + 8, (const char *)at + 8 + header};
    file->data = at + 8 + header;
    file->size = length - 8 - (size_t)header;
    return json_check(file->header) || tn_say(error, "the file's header is damaged.", 0, 0);
}

bool tn_file_card(const tn_file *file, tn_card *card, char *error) {
    json metadata, text;
    if (!json_member(file->header, "__metadata__", &metadata))
        return tn_say(error, "this .safetensors file is not one of texturenet.", 0, 0);
    if (json_member(metadata, "texturenet_descriptor", &text))
        return tn_say(error, "this file is a descriptor, not a learnt net.", 0, 0);
    ptrdiff_t length = json_member(metadata, "texturenet", &text) ? json_text(text, NULL, 0) : -1;
    if (length < 0) return tn_say(error, "this .safetensors file is not one of texturenet.", 0, 0);
    char *plain = tn_take((size_t)length + 1, 1);
    if (!plain) return tn_say(error, "there is no memory for % bytes.", length, 0);
    json_text(text, plain, (size_t)length);
    json document = {plain, plain + length};
    bool read = json_check(document) && json_object(document)
                    ? tn_read_card(document, card, error)
                    : tn_say(error, "the file's metadata is damaged.", 0, 0);
    tn_give(plain);
    return read;
}

static bool read_type(json entry, tn_tensor *tensor) {
    json type;
    if (!json_member(entry, "dtype", &type)) return false;
    tensor->brain = json_is(type, "BF16");
    tensor->bytes = json_is(type, "F32") ? 4 : json_is(type, "F16") || tensor->brain ? 2 : 0;
    return tensor->bytes;
}

static bool has_shape(json entry, const int *shape, int axes) {
    json list, inside = {0}, name, value;
    int64_t length;
    int count = 0;
    if (!json_member(entry, "shape", &list)) return false;
    for (; json_next(list, &inside, &name, &value); count++)
        if (count == axes || !json_whole(value, &length) || length != shape[count]) return false;
    return count == axes;
}

static bool offsets_of(json entry, int64_t place[2]) {
    json list, inside = {0}, name, value;
    int count = 0;
    if (!json_member(entry, "data_offsets", &list)) return false;
    for (; json_next(list, &inside, &name, &value); count++)
        if (count == 2 || !json_whole(value, &place[count]) || place[count] < 0) return false;
    return count == 2;
}

/* Its name stands in the error, which has no other letters of the file. */
static bool odd(const char *name, const char *what, char *error) {
    char text[TN_ERROR];
    size_t at = 0;
    for (const char *part = name; *part; part++) text[at++] = *part;
    for (; *what; what++) text[at++] = *what;
    text[at] = 0;
    return tn_say(error, text, 0, 0);
}

bool tn_find(const tn_file *file, const char *name, const int *shape, int axes, tn_tensor *tensor,
             char *error) {
    json entry;
    int64_t place[2];
    if (!json_member(file->header, name, &entry))
        return odd(name, " is missing: the file does not hold the layers that it claims.", error);
    if (!read_type(entry, tensor))
        return odd(name, " holds no numbers of 16 or 32 bits with a point.", error);
    if (!has_shape(entry, shape, axes))
        return odd(name, " has another shape than the file claims of its net.", error);
    tensor->count = 1;
    for (int axis = 0; axis < axes; axis++) tensor->count *= (size_t)shape[axis];
    size_t bytes = tensor->count * (size_t)tensor->bytes;
    if (!offsets_of(entry, place) || (uint64_t)place[1] > file->size || place[0] > place[1]
        || (size_t)(place[1] - place[0]) != bytes)
        return odd(name, " lies beyond the end: the file is damaged or truncated.", error);
    tensor->at = file->data + place[0];
    return true;
}

bool tn_filled(const tn_file *file, int tensors, size_t bytes, char *error) {
    json inside = {0}, name, value;
    int64_t count = 0;
    while (json_next(file->header, &inside, &name, &value)) count += !json_is(name, "__metadata__");
    if (count != tensors)
        return tn_say(error, "the file holds % layers, and claims a net of %.", count, tensors);
    if (file->size == bytes) return true;
    return tn_say(error, "the file is damaged or truncated: it holds % bytes of numbers, not %.",
                  (int64_t)file->size, (int64_t)bytes);
}

static float from_bits(uint32_t bits) {
    float value;
    tn_copy(&value, &bits, 4);
    return value;
}

static float half(uint32_t bits) {
    uint32_t sign = (bits & 0x8000) << 16, exponent = bits >> 10 & 31, fraction = bits & 1023;
    if (exponent == 31) return from_bits(sign | 0x7F800000 | fraction << 13);
    if (exponent) return from_bits(sign | (exponent + 112) << 23 | fraction << 13);
    float small = (float)fraction * 0x1p-24f;
    return sign ? -small : small;
}

float tn_value(const tn_tensor *tensor, size_t index) {
    const unsigned char *at = tensor->at + index * (size_t)tensor->bytes;
    uint32_t bits = (uint32_t)at[0] | (uint32_t)at[1] << 8;
    if (tensor->bytes == 4) return from_bits(bits | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24);
    return tensor->brain ? from_bits(bits << 16) : half(bits);
}
