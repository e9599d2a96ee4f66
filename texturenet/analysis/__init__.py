"""What an exemplar is like, seen from its pixels alone: how regular it is, what is wrong with it.

In: a picture (1,3,H,W) in [0,1]. Out: figures, the waves of what is regular, and advice with the
options that follow from it. May import noise, `generator.architecture` (how far a net sees) and
the ground; no descriptor.

Modules in reading order: `regularity` (period and strength), `waves` (the strongest of a regular
exemplar), `lattices` and `repeating` (what it repeats on), `units` (where the units of a lattice
begin), `symptoms` (borders, blocks, drift, grain), `rectify` (a plane seen at a slant -> seen
straight on), `perspective` (slant and lens), `directions` (tilt), `lighting` (uneven light),
`advice` (figures -> findings and remedies), `preparing` (a photograph -> an exemplar).
"""
