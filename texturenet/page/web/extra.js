// What a page shows in place of its nets one by one: nothing. In pages that paint or morph paint.js or
// morph.js stands here (texturenet/page/assemble.py).

/**
 * facts: of the page; nets: as main.js has them -> null, or {net, begin(now, signal), dropped(file)}:
 * a net of its own with load(threads), what is done when it is shown, and when a file is dropped
 */
export const extra = () => null;
