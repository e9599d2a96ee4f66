"""VGGs of random weights, made for one picture layer by layer: no training data, no download.

In: a picture (1,3,H,W) in [0,1] and a `VggPlan`. Out: weights for `descriptors.network`. Every
layer is judged by how well the picture can be reconstructed from the features so far. May import
optimise, losses, descriptors, noise and the ground.

Modules in reading order: `base` (`VggBuilder`: through the layers, step by step), `layer`
(`LayerSite`: one layer being made, its objective), `ranvgg` (keeps the best of several random
candidates), `singlevgg` (trains each layer on the one picture).
"""
