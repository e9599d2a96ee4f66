#include "card.h"

#include "layout.h"

int tn_cell(const tn_card *card, int scale) {
    return 1 << (card->scales - 1 - scale);
}

int tn_deep(const tn_card *card, int scale) {
    return card->widths[card->mixed ? scale : scale - 1];
}

int tn_beside(const tn_card *card) {
    return card->branch ? card->branch : card->noise;
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

/* Of formats 2 and 3, the first of which draw colours alone. */
static bool read_stated(json claims, bool coloured, tn_card *card, char *error) {
    card->outputs = COLOURS;
    return read_widths(claims, card, error)
           && size_of(claims, "branch", 0, MOST_WIDTH, &card->branch, error)
           && size_of(claims, "noise_channels", 1, MOST_NOISE, &card->noise, error)
           && truth_of(claims, "mixed", &card->mixed, error)
           && truth_of(claims, "heads", &card->heads, error)
           && (coloured || size_of(claims, "outputs", COLOURS, MOST_OUTPUTS, &card->outputs, error));
}

static bool read_vectors(json list, tn_card *card) {
    json inside = {0}, name, pair;
    while (json_next(list, &inside, &name, &pair)) {
        json part = {0}, value;
        int64_t cycles[2];
        int count = 0;
        while (json_next(pair, &part, &name, &value)) {
            if (count == 2 || !json_whole(value, &cycles[count])) return false;
            if (cycles[count] > card->torus || cycles[count] < -card->torus) return false;
            count++;
        }
        if (count != 2 || card->waves == MOST_NOISE / 2) return false;
        card->wave[card->waves++] = (tn_wave){(int)cycles[0], (int)cycles[1]};
    }
    return card->waves > 0;
}

static bool read_waves(json document, tn_card *card, char *error) {
    json waves, list, side;
    int64_t torus;
    if (!json_member(document, "waves", &waves) || json_null(waves)) return true;
    if (!json_member(waves, "torus", &side) || !json_whole(side, &torus) || torus < 1
        || torus > MOST_TORUS)
        return tn_say(error, "the file claims waves that cannot be: their torus has 1 to % pixels.",
                      MOST_TORUS, 0);
    card->torus = (int)torus;
    if (!json_member(waves, "vectors", &list) || !read_vectors(list, card))
        return tn_say(error, "the file claims waves that cannot be: two numbers within % each.",
                      torus, 0);
    if (2 * card->waves >= card->noise)
        return tn_say(error, "the file claims % channels of waves among the % of its noise.",
                      2 * card->waves, card->noise);
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
    if (!json_member(document, "format", &value) || !json_whole(value, &format) || format < 1
        || format > 3)
        return tn_say(error, "the file has a format that is not read here; known: 1 to %.", 3, 0);
    if (!json_member(document, "architecture", &claims))
        return tn_say(error, "the file does not say what its net is like.", 0, 0);
    bool read = format == 1 ? read_growing(claims, card, error)
                            : read_stated(claims, format == 2, card, error);
    return read && read_name(document, card, error) && read_law(document, card, error)
           && read_waves(document, card, error) && tn_read_layout(document, card, error);
}
