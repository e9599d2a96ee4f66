"""Exemplar statistics and noise -> a trained net. The only package that imports Lightning.

In: a generator to train, a descriptor and a loss with the exemplar's targets, a `Recipe`. Out: the
trained net as plain convolutions (`TextureTraining.release`), and files written on the way. May
import losses, generator, noise, io, imaging and the ground; no descriptor: it is any function from
pictures to features.

The whole training (Ulyanov et al. 2016, arXiv 1603.03417), with what does each step::

    targets = targets_of(crops_of(exemplar))          # batches, losses.targets: Gram matrices
    for step in range(recipe.steps):                  # module.TextureTraining, driven by Lightning
        z = source.draw(window of next seeds)         # batches: new noise for each scale
        pictures = generator(z)                       # generator.trainable: the pyramid
        errors = loss.errors(descriptor(pictures))    # octave, losses.texture: against targets
        total = sum of weighted errors + terms        # octave, losses.texture, losses.priors
        weights = Muon or Adam(gradient, rate)        # muon, recipe.rate_factor
        after freeze_at: fix statistics, average      # TextureTraining.calibrate, .optimizer_step
        keep or go back to the best state             # guard.Guard
    return the best mean of weights, frozen           # TextureTraining.release

Modules in reading order: `recipe` (the numbers, the rate), `batches` (noise and crops), `octave`
(what pictures of one size are compared by), `module` (a step and the release), `recorded` (a step
as one CUDA graph), `muon` (the optimiser), `guard` (what happens when a run goes wrong), `pace` and
`timing` (how many steps fit into a time), `callbacks` (log, previews, file to resume from),
`resume` (checks that file).
"""
