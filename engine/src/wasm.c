/* What a WebAssembly module exports. One instance holds one texture; its memory is never given back
 * but with the instance. */
#include "draw.h"

#define EXPORT(name) __attribute__((export_name(name)))

enum { PAGE = 65536 };

extern unsigned char __heap_base;

static uintptr_t top;
static tn_texture texture;
static tn_view view;
static tn_work work;
static void *block;
static char error[TN_ERROR];

void *tn_take(size_t count, size_t size) {
    if (!top) top = ((uintptr_t)&__heap_base + 15) & ~(uintptr_t)15;
    uint64_t bytes = (uint64_t)count * size, end = (top + bytes + 15) & ~(uint64_t)15;
    uint64_t have = (uint64_t)__builtin_wasm_memory_size(0) * PAGE;
    if (end > UINT32_MAX - PAGE) return NULL;
    if (end > have
        && __builtin_wasm_memory_grow(0, (size_t)((end - have + PAGE - 1) / PAGE)) == (size_t)-1)
        return NULL;
    void *memory = (void *)top;
    top = (uintptr_t)end;
    return memory;
}

/* An instance opens one file, so little would be won by giving anything back. */
void tn_give(void *memory) {
    (void)memory;
}

/* Memory for a file, or 0. */
EXPORT("room") void *room(size_t bytes) {
    return tn_take(bytes, 1);
}

/* The file in such memory -> a tn_result; more than one file is never opened. */
EXPORT("open") int open_file(const void *bytes, size_t length) {
    tn_result result = tn_fill(bytes, length, &texture, error);
    if (result != TN_OK) return result;
    size_t channels = texture.facts.channels > 4 ? (size_t)texture.facts.channels : 4;
    size_t pixels = (size_t)texture.side * (size_t)texture.side;
    block = tn_take(pixels * channels, sizeof(float));
    if (block && tn_make_room(&texture, &work)) return TN_OK;
    tn_say(error, "there is no memory to draw in.", 0, 0);
    return TN_MEMORY;
}

EXPORT("message") const char *message(void) {
    return error;
}

EXPORT("facts") const tn_facts *facts(void) {
    return &texture.facts;
}

/* Pixels a side of the largest block. */
EXPORT("side") int side(void) {
    return texture.side;
}

/* The view to fill in before `check` or `draw`. */
EXPORT("view") tn_view *view_to_fill(void) {
    return &view;
}

EXPORT("check") int check(int form) {
    return tn_check(&texture, &view, (tn_form)form, error) ? TN_OK : TN_REFUSED;
}

/* Draw the view, of at most side x side pixels -> where its values lie, one plane after the other; 0
 * with a message where it cannot be. */
EXPORT("draw") void *draw(int form) {
    int64_t pixels = view.height * view.width;
    tn_target target = {(tn_form)form, block, view.width, pixels};
    if (check(form) != TN_OK) return NULL;
    if (view.height > texture.side || view.width > texture.side) {
        tn_say(error, "a block is at most % pixels a side.", texture.side, 0);
        return NULL;
    }
    if (tn_block(&texture, &view, view.row, view.column, (int)view.height, (int)view.width, &target,
                 &work))
        return block;
    tn_say(error, "the net makes values that are not finite.", 0, 0);
    return NULL;
}
