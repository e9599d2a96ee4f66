"""Several released nets and a mask -> one texture, which is drawn as a net's own is.

In: nets of `sampling.texture.load`, and for each of them a weight at every place of the plane. Out:
`blended.Blend`, a texture: windows, tiles, films and very large pictures. May import sampling and
what lies above it.

    weights of the nets at a place                           masks.Masks, labels.Labels
    way "height": every net draws; the highest is seen       heights.HeightNet, heights.shares
        contrast is kept where several are seen              contrast.kept
    way "features": two nets of one architecture, whose      features.FeatureNet
        features are mixed at every scale
    way "weights": two nets of one family, whose weights     weights.varying,
        are mixed at every place                             generator.varying.VaryingPyramid
    maps of materials, by the same weights as the colours    surfaces

Where the weight of a net is 1 nothing else is computed, and the picture has its bits.

Modules in reading order: masks, heights, contrast, shown, features, weights, surfaces, once,
blended (`Blend`), blend (`blend`), painted (files of masks), wander, labels, painting (`paint`).
"""
