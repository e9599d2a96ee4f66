"""Pictures larger than memory, written part by part and resumed after an interruption.

In: rectangles of pixels (h,w,C) uint8 or uint16, in order. Out: one file. May import only `errors`
and `io.files`.

Modules in reading order: `sheet` (what the two formats share), `png` and `tiff` (the formats),
`deepzoom` (a TIFF -> a pyramid of tiles with `viewer.html`).
"""
