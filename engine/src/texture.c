/* Opening a file, checking a window, drawing it block by block. */
#include "draw.h"
#include "layout.h"

static const int64_t FARTHEST = (int64_t)1 << 40; /* pixels from the origin */
enum { MOST_WORK = 1 << 28 }; /* bytes of a block's features; smaller blocks are made beyond that */

static int64_t divisor(int64_t a, int64_t b) {
    while (b) {
        int64_t left = a % b;
        a = b, b = left;
    }
    return a < 0 ? -a : a;
}

/* The least side of a tile along one axis, of which others are multiples. */
static int64_t step_of(const tn_card *card, bool down) {
    int64_t cell = tn_cell(card, 0), common = card->torus;
    if (!card->waves) return cell;
    for (int i = 0; i < card->waves; i++)
        common = divisor(common, down ? card->wave[i].down : card->wave[i].right);
    if (card->units) {
        common = divisor(common, down ? card->rows.down : card->rows.right);
        common = divisor(common, down ? card->across.down : card->across.right);
    }
    int64_t period = card->torus / common;
    return cell / divisor(cell, period) * period;
}

static void state_maps(const tn_layout *layout, tn_facts *facts) {
    if (!layout->there) return;
    for (int kind = 0; kind < TN_MAPS; kind++) {
        if (layout->plane[kind] < 0 && !layout->constant[kind]) continue;
        facts->map[facts->maps++] = (tn_map){kind, tn_map_channels(kind), facts->channels,
                                             layout->constant[kind]};
        facts->channels += tn_map_channels(kind);
    }
}

static void state(tn_texture *texture) {
    const tn_card *card = &texture->card;
    tn_facts *facts = &texture->facts;
    int halo[TN_SCALES];
    tn_halo(card, halo);
    facts->scales = card->scales;
    facts->octaves = card->heads ? card->scales - 1 : 0;
    facts->step_height = step_of(card, true), facts->step_width = step_of(card, false);
    facts->least_border = (2 * (halo[0] + tn_margin(&card->layout)) + 1) * (int64_t)tn_cell(card, 0);
    facts->features = card->scales > 1 ? card->widths[card->scales - 2] : 0;
    state_maps(&card->layout, facts);
    tn_copy(facts->name, card->name, TN_NAME);
}

static size_t bytes_of(const size_t room[TN_BUFFERS]) {
    size_t floats = 0;
    for (int i = 0; i < TN_BUFFERS; i++) floats += room[i] + LANES;
    return floats * sizeof(float);
}

tn_result tn_fill(const void *bytes, size_t length, tn_texture *texture, char *error) {
    tn_file file;
    size_t room[TN_BUFFERS];
    if (!tn_read_file(bytes, length, &file, error)) return TN_REFUSED;
    if (!tn_file_card(&file, &texture->card, error)) return TN_REFUSED;
    if (!tn_pack(&file, texture, error)) return TN_REFUSED;
    for (texture->side = TN_BLOCK;; texture->side /= 2) {
        tn_room(texture, texture->side, room);
        if (bytes_of(room) <= MOST_WORK || texture->side == 8) break;
    }
    state(texture);
    return TN_OK;
}

bool tn_make_room(const tn_texture *texture, tn_work *work) {
    size_t room[TN_BUFFERS];
    tn_room(texture, texture->side, room);
    float *at = work->memory = tn_take(bytes_of(room), 1);
    if (!at) return false;
    for (int i = 0; i < TN_BUFFERS; at += room[i++] + LANES) work->buffer[i] = at;
    return true;
}

static bool check_axis(const tn_texture *t, const tn_view *v, int64_t start, int64_t length,
                       int64_t tile, int64_t step, char *error) {
    if (length < 1)
        return tn_say(error, "a side is % pixels: a picture has at least 1.", length, 0);
    if (length > FARTHEST || start < -FARTHEST || start > FARTHEST - length)
        return tn_say(error, "the window at % of % pixels leaves the plane, which reaches from -2^40 to 2^40.",
                      start, length);
    if (tile < 0 || tile > FARTHEST)
        return tn_say(error, "a tile of % pixels cannot be: its sides are 1 to 2^40.", tile, 0);
    int64_t whole = tile << v->octave;
    if (whole % step) {
        int64_t least = step >> v->octave ? step >> v->octave : 1;
        return tn_say(error, "a tile's side % is not a multiple of %, with which this texture comes back.",
                      tile, least);
    }
    if (v->bordered && tile && whole < t->facts.least_border)
        return tn_say(error, "tiles of this net that match are at least % pixels a side, not %.",
                      t->facts.least_border, whole);
    return true;
}

bool tn_check(const tn_texture *t, const tn_view *v, tn_form form, char *error) {
    const tn_facts *facts = &t->facts;
    if (v->octave < 0 || v->octave > facts->octaves) {
        if (!facts->octaves)
            return tn_say(error, "this net makes colours at its finest scale only.", 0, 0);
        return tn_say(error, "pictures of this net may be halved % times, not %.", facts->octaves, v->octave);
    }
    if (form < TN_RGBA || form > TN_HEIGHT)
        return tn_say(error, "there is no form %; known: 0 to %.", form, TN_HEIGHT);
    if (form == TN_ALL_MAPS && !facts->maps)
        return tn_say(error, "this texture draws colour alone: it is no material.", 0, 0);
    if (form == TN_ALL_MAPS && v->octave)
        return tn_say(error, "maps are drawn at the finest scale only.", 0, 0);
    if (form == TN_HEIGHT && (!facts->features || !v->readout))
        return tn_say(error, "heights need a net of 2 scales or more and a readout; this net has %.",
                      facts->scales, 0);
    if (form == TN_HEIGHT && v->octave)
        return tn_say(error, "heights are drawn at the finest scale only.", 0, 0);
    if (v->bordered && !v->tile_height && !v->tile_width)
        return tn_say(error, "tiles that match need a tile's height, width or both.", 0, 0);
    for (int k = 0; v->turned && k < facts->scales; k++)
        if (!(v->turns[k] > -1e9 && v->turns[k] < 1e9))
            return tn_say(error, "a time is not within % turns.", 1000000000, 0);
    if (v->turned && v->seed == v->other)
        return tn_say(error, "a loop goes around through two seeds that differ.", 0, 0);
    return check_axis(t, v, v->row, v->height, v->tile_height, facts->step_height, error)
           && check_axis(t, v, v->column, v->width, v->tile_width, facts->step_width, error);
}
