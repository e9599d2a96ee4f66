"""Several maps of one surface: colour, normal, height, roughness, occlusion, metallic.

In memory a material is `Maps`, {name of a kind: (C,H,W) float32}, see `kinds.KINDS`::

    files -> naming (which is which) -> reading: Material      # conventions, sizes, crops
    Maps <-> planes.Layout: what a net draws                   # slopes out of heights (normals)
    Maps -> shading: a lit picture
    Maps -> presets, documents -> writing: the files that a program expects
"""
