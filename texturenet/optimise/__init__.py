"""The pixels of one picture, by gradient: textures, style transfer, pictures from their features.

In: pictures (1,3,H,W) in [0,1], a descriptor, which statistics and features count. Out: a
`Painting`, iterated over step by step, and its best picture. May import descriptors, losses, noise
and the ground; opens no file and prints nothing.

The whole algorithm (Gatys, Ecker, Bethge 2015, arXiv 1505.07376; 2016 for content), with what does
each step::

    descriptor = rescaled(descriptor, [exemplar])           # rescale: mean activations of 1
    for size in plan.sizes():                               # tasks: coarse to fine
        targets = picture_statistics(descriptor, exemplar)  # blocks: Gram matrices G, means
        picture = start(size), or the coarser best one      # starts: noise, random phase
            resized, plus fine detail                       # tasks.texture
        while steps remain and the loss falls:              # painting.Painting
            F = block_features(descriptor, picture)         # blocks: layers F_l, by blocks and in
                                                            #   half precision if need be
            loss = sum_l w_l ||F F^T / N - G_l||^2 + priors # objective.Objective.evaluate, which
            gradient = d loss / d picture                   #   leaves it in canvas.grad
            keep the picture of the lowest loss             # descent.Descent.evaluate
            picture = L-BFGS or Adam(picture, gradient)     # descent.Descent.step; if it does not
                                                            #   help: the next of method.fallbacks
    return the best picture                                 # painting.Painting.picture

Modules in reading order: `tasks` (what is painted, as levels), `painting` (through the levels),
`descent` (one level) and `method` (its numbers), `objective` (loss and gradient), `blocks`
(features and statistics of pictures of any size), `starts`, `colours`, `rescale`; `memory` and
`cost` say beforehand what a size takes.
"""
