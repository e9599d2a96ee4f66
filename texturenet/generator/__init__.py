"""The pyramid: noise at K scales -> a picture; how it is trained, released and read.

In: noise z = [z_1 .. z_K] coarse to fine, (B,C_z,h_k,w_k) each, and weights. Out: unclamped RGB
(B,3,H,W), and released files. May import io, noise and the ground; knows of no loss, no
descriptor and no exemplar.

The net (Ulyanov et al. 2016, arXiv 1603.03417, section 4.1)::

    scale 0     z_1 -> branch ------------------> features
                                                      | upsampled twice
    scale k     z_k+1 -> branch -> normalised beside -+-> body -> features
                                                                      ...
    scale K-1                                                 features -> colours -> picture

Modules in reading order: `architecture` (the sizes of the net, and which cells lie under which
pixels), `trainable` (with a norm after every convolution, on a torus), `frozen` (the same function
as plain convolutions, for windows of any place), `release` (a frozen net <-> its file), `port`
(files of the PyTorch port of Texture Networks).
"""
