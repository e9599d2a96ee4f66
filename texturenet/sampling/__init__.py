"""A released net and a seed -> windows, tiles, films and very large pictures.

In: a file of `generator.release` (weights and card), a seed, a place. Out: pictures (3,H,W) in
[0,1], frames, files. May import io, noise and generator; neither torchvision, Lightning nor Hydra.

The whole of it, for a reader of Ulyanov et al. 2016 (K scales, z_k the noise of scale k, coarse to
fine, g the net):

    for each scale k = 1 .. K:                               render.Renderer.noise
        cells_k = cells under the window and its halo        Architecture.spans
        z_k = u(seed, k, cells_k), modulo the tile's period  noise.philox.cells, noise.fields.Plane
        (regular textures: waves beside z_k)                 noise.waves.Waves
    x = branch_1(z_1)                                        generator.frozen.FrozenPyramid.branch
    for each scale k = 2 .. K:                               .climb, which calls
        x = join(upsampled x, branch_k(z_k))                 .join, convolutions without padding
        x = body_k(x)                                        .body
    picture = colours(x), clamped to [0,1]                   .colours, render.Renderer.picture

A pixel reads the noise under it and its halo, and nothing else: windows of one seed fit beside each
other, blocks of a large picture are made one by one (`large`, `drawing`), and a tile needs no more
than noise that repeats. A film (`film`, `motions`) is a window function for every moment t:

    interpolate   z(t) = redresse((1-l) z_a + l z_b)         noise.laws.redresse, noise.fields.Mixed
    loop          z(t) = Phi(cos(2 pi t) q_a + sin(2 pi t) q_b)  laws.turn, fields.Turned
    pan           the window moves by s(t) pixels            resample.shifted for the fraction
    displace      a patch of the noise of seed b moves over seed a    displacement

Modules in reading order: render (windows), texture (`load`, `Texture`), relief, motions, resample,
displacement, film, large (what stands in a part), processes, drawing (parts -> files), provenance
(what a file says of how it was made).
"""
