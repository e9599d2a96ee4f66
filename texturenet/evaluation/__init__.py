"""How good pictures are as a texture, against their exemplar: figures that nets do not train on.

In: pictures (3,H,W) and an exemplar, all in [0,1]; for some figures a descriptor. Out: figures by
name, or maps of where something is wrong. May import analysis, losses, descriptors, noise, imaging
and the ground.

Modules in reading order: `scorecard` (all figures of some pictures, and their merit), `distances`
(patches, colours, spectrum, diversity), `copies` (what is verbatim exemplar), `spots` (what looks
like no place of the exemplar), `glints` (specks that it does not have), `blocks` (the grid of a
net), `portilla` (a model of perception, an extra), `seams` (of tiles), `constancy` (of films).
"""
