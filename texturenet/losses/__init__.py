"""Features -> numbers that are minimised: what a texture is, as statistics, and how far off one is.

In: features {layer: (B,C,h,w)} of any descriptor, and pictures (B,3,H,W). Out: named terms
{name: scalar} whose sum is the loss. May import only the ground; in particular no descriptor: a
descriptor is any function from pictures to features.

Modules in reading order: `statistics` (features -> Gram matrix, covariance, mean, deviation),
`targets` (the statistics of an exemplar), `texture` (statistics against targets), `content`
(features against features, position by position), `priors` (terms of the picture itself).
"""
