"""Files in and out; it does not know what a texture is.

In: paths, and arrays (H,W,3) uint8 or tensors (3,H,W) in [0,1]. Out: exemplars (1,3,H,W), float32
sRGB, and files that are whole or absent. May import only the ground.

Modules in reading order: `files` (where files lie, whole writing, locks), `colour` (what the
numbers of a file mean -> sRGB), `exemplars` (any picture of a user -> an exemplar), `pictures`
(values -> picture files), `map_files` (the maps of a material, raw, in and out), `video` (frames ->
films, and back), `large` (pictures larger than memory), `tables` (rows <-> CSV files), `untrusted`
(tensors out of files that anybody may have made).
"""
