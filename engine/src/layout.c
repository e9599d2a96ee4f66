#include "layout.h"

static const char *const NAMES[TN_MAPS] = {"colour",    "normal",    "height",
                                           "roughness", "occlusion", "metallic"};

int tn_map_channels(int kind) {
    return kind <= TN_MAP_NORMAL ? 3 : 1;
}

int tn_margin(const tn_layout *layout) {
    return layout->there && layout->gain != 0;
}

static int kind_of(json name) {
    for (int kind = 0; kind < TN_MAPS; kind++)
        if (json_is(name, NAMES[kind])) return kind;
    return -1;
}

/* A normal is drawn as its two slopes. */
static int planes_of(int kind) {
    return kind == TN_MAP_NORMAL ? 2 : tn_map_channels(kind);
}

static bool real_of(json maps, const char *name, float neutral, float *number) {
    json value;
    double real = neutral;
    if (json_member(maps, name, &value) && !json_number(value, &real)) return false;
    *number = (float)real;
    return real > -1e6 && real < 1e6;
}

/* In the order of the kinds, colour first -> how many planes; 0 where they cannot be. */
static int read_kinds(json list, tn_layout *layout) {
    json inside = {0}, name, value;
    int last = -1, count = 0;
    for (int kind = 0; kind < TN_MAPS; kind++) layout->plane[kind] = -1;
    while (json_next(list, &inside, &name, &value)) {
        int kind = kind_of(value);
        if (kind <= last || (last < 0 && kind)) return 0;
        layout->plane[kind] = count;
        count += planes_of(kind);
        last = kind;
    }
    return count;
}

static bool read_constants(json object, tn_layout *layout) {
    json inside = {0}, name, value;
    double number;
    if (!json_object(object)) return false;
    while (json_next(object, &inside, &name, &value)) {
        int kind = kind_of(name);
        if (kind < TN_MAP_HEIGHT || !json_number(value, &number)) return false;
        if (!(number >= 0 && number <= 1)) return false;
        layout->constant[kind] = true;
        layout->value[kind] = (float)number;
    }
    return true;
}

static bool sound(json maps, tn_layout *layout, int outputs) {
    json list;
    if (!json_member(maps, "kinds", &list) || read_kinds(list, layout) != outputs) return false;
    if (!json_member(maps, "constants", &list) || !read_constants(list, layout)) return false;
    if (!real_of(maps, "steepest", 1, &layout->steepest) || !(layout->steepest > 0)) return false;
    if (!real_of(maps, "gain", 0, &layout->gain)) return false;
    if (!real_of(maps, "low", 0, &layout->low) || !real_of(maps, "high", 1, &layout->high)) return false;
    bool both = layout->plane[TN_MAP_NORMAL] >= 0 && layout->plane[TN_MAP_HEIGHT] >= 0;
    return both || layout->gain == 0;
}

bool tn_read_layout(json document, tn_card *card, char *error) {
    json maps;
    bool there = json_member(document, "maps", &maps) && !json_null(maps);
    if (there != (card->outputs > COLOURS))
        return tn_say(error, "the file draws % planes, and says of which maps wrongly.",
                      card->outputs, 0);
    card->layout.there = there;
    if (there && !sound(maps, &card->layout, card->outputs))
        return tn_say(error, "the file claims maps that cannot be, for % outputs.", card->outputs, 0);
    return true;
}
