"""Two or three released nets -> tiles that fit beside each other wherever a map editor lays them.

In: nets of `sampling.texture.load`. Out: pictures of tiles, and the texts that tell Tiled and Godot
which tile fits where. May import blending and what lies above it.

    which tiles there are, what each borders on          tiles.Tile, corner_tiles, blob_tiles
    what is seen at a pixel of a tile: which net, and    shares.TileShares
        from which patch of the plane
    a net, drawn at that patch                           patches.Patch
    which patch stands out least, for what tiles share   calm
    tiles as pictures, maps and one sheet                sets.Tileset
    .tsx and .tres                                       tiled, godot
    tiles on a map, one fitting the other                laying

Near an edge a tile shows a patch of the plane that belongs to that edge, near a corner one that
belongs to that corner, inside one of its own. Patches give way to each other as textures of a blend
do, and so tiles that share an edge share every pixel along it, whatever their size.

Modules in reading order: tiles, shares, patches, calm, sets, tileset, describing, tiled, godot,
laying.
"""
