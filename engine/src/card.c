#include "card.h"

#include "layout.h"

enum { WITH_UNITS = 6 }; /* format of files whose nets are told numbers of units */

int tn_cell(const tn_card *card, int scale) {
    return 1 << (card->scales - 1 - scale);
}

int tn_deep(const tn_card *card, int scale) {
    return card->widths[card->mixed ? scale : scale - 1];
}

int tn_beside(const tn_card *card) {
    return card->branch ? card->branch : card->noise;
}

int tn_behind(const tn_card *card) {
    return 2 * card->waves + card->units;
}

bool tn_too_fine(const tn_card *card, tn_wave wave, int cell) {
    int down = wave.down < 0 ? -wave.down : wave.down, right = wave.right < 0 ? -wave.right : wave.right;
    return (down > right ? down : right) * cell > 0.4 * card->torus;
}

static bool size_of(json claims, const char *name, int least, int most, int *size, char *error) {
    json value;
    int64_t number;
    bool there = json_member(claims, name, &value) && json_whole(value, &number);
    if (there && number >= least && number <= most) return *size = (int)number, true;
    return tn_say(error, "the file claims sizes that cannot be: one lies between % and %.", least, most);
}

static bool truth_of(json claims, const char *name, bool *truth, char *error) {
    json value;
    if (json_member(claims, name, &value) && json_true(value, truth)) return true;
    return tn_say(error, "the file claims sizes that cannot be: one must be true or false.", 0, 0);
}

/* Of format 1: Ulyanov's pyramid, in which every scale adds channels. */
static bool read_growing(json claims, tn_card *card, char *error) {
    int step = 0;
    if (!size_of(claims, "scales", 1, TN_SCALES, &card->scales, error)) return false;
    if (!size_of(claims, "step", 1, MOST_STEP, &step, error)) return false;
    for (int k = 0; k < card->scales; k++) card->widths[k] = step * (k + 1);
    card->branch = step;
    card->outputs = COLOURS;
    return size_of(claims, "noise_channels", 1, MOST_NOISE, &card->noise, error);
}

static bool read_widths(json claims, tn_card *card, char *error) {
    json list, inside = {0}, name, value;
    int64_t width;
    if (!json_member(claims, "widths", &list) || !json_array(list))
        return tn_say(error, "the file claims sizes that cannot be: widths is no list.", 0, 0);
    while (json_next(list, &inside, &name, &value)) {
        if (card->scales == TN_SCALES)
            return tn_say(error, "the file claims more than % scales.", TN_SCALES, 0);
        if (!json_whole(value, &width) || width < 1 || width > MOST_WIDTH)
            return tn_say(error, "the file claims widths that are not % to %.", 1, MOST_WIDTH);
        card->widths[card->scales++] = (int)width;
    }
    return card->scales || tn_say(error, "the file claims a net of % scales.", 0, 0);
}

/* Of formats 2, 3 and 6, the first of which draw colours alone. */
static bool read_stated(json claims, bool coloured, tn_card *card, char *error) {
    card->outputs = COLOURS;
    return read_widths(claims, card, error)
           && size_of(claims, "branch", 0, MOST_WIDTH, &card->branch, error)
           && size_of(claims, "noise_channels", 1, MOST_NOISE, &card->noise, error)
           && truth_of(claims, "mixed", &card->mixed, error)
           && truth_of(claims, "heads", &card->heads, error)
           && (coloured || size_of(claims, "outputs", COLOURS, MOST_OUTPUTS, &card->outputs, error));
}

static bool read_vector(json pair, const tn_card *card, tn_wave *wave) {
    json part = {0}, name, value;
    int64_t cycles[2] = {0};
    int count = 0;
    while (json_next(pair, &part, &name, &value)) {
        if (count == 2 || !json_whole(value, &cycles[count])) return false;
        if (cycles[count] > card->torus || cycles[count] < -card->torus) return false;
        count++;
    }
    *wave = (tn_wave){(int)cycles[0], (int)cycles[1]};
    return count == 2;
}

static bool read_vectors(json list, tn_card *card) {
    json inside = {0}, name, pair;
    while (json_next(list, &inside, &name, &pair)) {
        if (card->waves == MOST_NOISE / 2) return false;
        if (!read_vector(pair, card, &card->wave[card->waves++])) return false;
    }
    return card->waves > 0;
}

/* Whether the waves of units span a lattice in this order, whose units are no longer than the torus. */
static bool lies_sound(const tn_card *card) {
    int64_t down = card->rows.down, right = card->rows.right;
    int64_t area = card->across.down * right - card->across.right * down;
    return area > 0 && down * down + right * right <= area * area;
}

/* Of format 6 alone: numbers of each unit of the lattice. */
static bool read_units(json waves, bool stated, tn_card *card, char *error) {
    json units, value;
    bool there = json_member(waves, "units", &units) && !json_null(units);
    if (there != stated) return tn_say(error, "the file says wrongly what units it has.", 0, 0);
    if (!there) return true;
    bool read = json_member(units, "rows", &value) && read_vector(value, card, &card->rows);
    read = read && json_member(units, "across", &value) && read_vector(value, card, &card->across);
    read = read && size_of(units, "channels", 1, MOST_UNITS, &card->units, error)
           && lies_sound(card)
           && !tn_too_fine(card, card->rows, 1)
           && !tn_too_fine(card, card->across, 1);
    return read || tn_say(error, "the file claims units of a lattice that cannot be.", 0, 0);
}

static bool read_waves(json document, bool with_units, tn_card *card, char *error) {
    json waves, list, side;
    int64_t torus;
    if (!json_member(document, "waves", &waves) || json_null(waves))
        return !with_units || tn_say(error, "the file says wrongly what units it has.", 0, 0);
    if (!json_member(waves, "torus", &side) || !json_whole(side, &torus) || torus < 1
        || torus > MOST_TORUS)
        return tn_say(error, "the file claims waves that cannot be: their torus has 1 to % pixels.",
                      MOST_TORUS, 0);
    card->torus = (int)torus;
    if (!json_member(waves, "vectors", &list) || !read_vectors(list, card))
        return tn_say(error, "the file claims waves that cannot be: two numbers within % each.",
                      torus, 0);
    if (!read_units(waves, with_units, card, error)) return false;
    if (tn_behind(card) >= card->noise)
        return tn_say(error, "the file claims % channels of waves among the % of its noise.",
                      tn_behind(card), card->noise);
    if (card->torus % tn_cell(card, 0))
        return tn_say(error, "the file claims waves on % pixels, no multiple of %.", card->torus,
                      tn_cell(card, 0));
    return true;
}

static bool read_name(json document, tn_card *card, char *error) {
    json value;
    ptrdiff_t length = -1;
    if (json_member(document, "name", &value)) length = json_text(value, card->name, 200);
    bool sound = length > 0 && length <= 200;
    for (ptrdiff_t i = 0; sound && i < length; i++) {
        unsigned char c = (unsigned char)card->name[i];
        bool word = c == '_' || c >= 128 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        sound = word || (i && (c == ' ' || c == '.' || c == '-'));
    }
    return sound || tn_say(error, "the file has a name that cannot name a file.", 0, 0);
}

static bool read_law(json document, tn_card *card, char *error) {
    json law;
    if (json_member(document, "law", &law)) {
        if (json_is(law, "uniform")) return true;
        if (json_is(law, "gaussian")) return card->gaussian = true;
    }
    return tn_say(error, "the file wants noise of an unknown law; known: uniform, gaussian.", 0, 0);
}

bool tn_read_card(json document, tn_card *card, char *error) {
    json claims, value;
    int64_t format;
    *card = (tn_card){0};
    if (!json_member(document, "format", &value) || !json_whole(value, &format)
        || !((format >= 1 && format <= 3) || format == WITH_UNITS))
        return tn_say(error, "the file has a format that is not read here; known: 1 to % and %.", 3,
                      WITH_UNITS);
    if (!json_member(document, "architecture", &claims))
        return tn_say(error, "the file does not say what its net is like.", 0, 0);
    bool read = format == 1 ? read_growing(claims, card, error)
                            : read_stated(claims, format == 2, card, error);
    return read && read_name(document, card, error) && read_law(document, card, error)
           && read_waves(document, format == WITH_UNITS, card, error) && tn_read_layout(document, card, error);
}
