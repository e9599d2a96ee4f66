"""The noise that pictures are made of: every number is a function of its address alone.

In: a seed, a scale and a rectangle of cells (`fields.Cells`). Out: noise (B,C,h,w), float32, the
same bits on every device and for every window. May import only the ground.

::

    seed, scale, channel, row, column  --philox-->  uniform on (0,1)
    uniform                            --laws---->  the law of the net: uniform, gaussian
    Cells of one seed, or of a mix     --fields-->  (1,C,h,w), laws kept; with waves beside it

Modules in reading order: `philox` (address -> number), `laws` (uniform -> another law, and mixes
that keep a law), `units` (numbers of the units of a lattice), `waves` (periodic channels for
regular textures, and units beside them), `fields` (planes, tiles, mixes: what a window of a picture
or a film reads).
"""
