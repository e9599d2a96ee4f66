"""Tiles and painted landscapes: are seams seen, what do they cost, and how much memory is needed?

    python bench/tilesets.py [models=leaves,gravel] [sides=32,64,128] [laid=10000] [side=1024]

For sets of each kind and side: tiles drawn one beside the other at random, as a map allows. What a
tile draws beyond its edges against what lies there (the largest difference of values in [0,1]);
and the mean square of steps across edges over that of steps inside tiles, of tiles that fit and of
the same ones in another order. Before that the time of landscapes of the first two models over that
of their nets alone, one thread, processor time, medians; and how much more memory a process needs
for a landscape of 100,000 pixels a side than for one of 1,000, of which it draws one window.
"""

import resource
import statistics
import sys
import time

import torch

import texturenet
from texturenet.tilesets.laying import by_cells, by_corners
from texturenet.tilesets.shares import SHARED
from texturenet.tilesets.tileset import tileset


def mapped(made, count):
    """Numbers of so many random legal tiles (rows,columns)."""
    side, more = round(count**0.5), int(made.kind == "corner")
    random = torch.Generator().manual_seed(0)
    texture = torch.randint(0, 2, (side + more, side + more), generator=random)
    return (by_corners if more else by_cells)(made.tiles, texture)


def steps(tiles, numbers):
    """Mean square of steps across edges, over those inside: to the right, and down."""
    laid = tiles[numbers]  # (rows,columns,3,s,s)
    right = (laid[:, 1:, ..., 0] - laid[:, :-1, ..., -1]).square().mean()
    down = (laid[1:, :, :, 0] - laid[:-1, :, :, -1]).square().mean()
    inside = [laid.diff(dim=axis).square().mean() for axis in (-1, -2)]
    return right / inside[0], down / inside[1]


def seams(models, kind, side, count):
    made = tileset(models, kind, side, variants=1, device="cpu")
    wide = torch.stack([made.picture(tile.number, 0, SHARED) for tile in made.tiles])
    numbers, m = mapped(made, count), SHARED
    laid = wide[numbers, ..., m : side + m, side:], wide[numbers, ..., m : side + m, : 2 * m]
    above = wide[numbers, ..., side:, m : side + m], wide[numbers, ..., : 2 * m, m : side + m]
    most = max(
        (laid[0][:, :-1] - laid[1][:, 1:]).abs().max(),
        (above[0][:-1] - above[1][1:]).abs().max(),
    )
    tiles = wide[..., m:-m, m:-m]
    order = torch.randperm(numbers.numel(), generator=torch.Generator().manual_seed(1))
    fits, wrong = steps(tiles, numbers), steps(tiles, numbers.flatten()[order].view(numbers.shape))
    print(
        f"{kind}, {side} pixels, {numbers.numel()} tiles: beyond edges {most:.1e}; steps "
        + ", ".join(f"{one:.2f}" for one in fits)
        + "; in another order "
        + ", ".join(f"{one:.2f}" for one in wrong),
        flush=True,
    )


def timed(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def cost(models, side):
    """A landscape of two textures: in stripes, of which every block shows both, over the sum of
    both nets; and in two halves, over both halves by themselves."""
    stripes = (torch.arange(8) % 2).byte().expand(8, 8)
    halves = (torch.arange(8) // 4).byte().expand(8, 8)
    for what, cells, share in (("stripes", stripes, 1.0), ("halves", halves, 0.5)):
        land = texturenet.paint(
            cells, dict(enumerate(models[:2])), scale=side // 8, spread=32, device="cpu"
        )
        ratios = []
        for _ in range(4):
            made, *alone = (
                timed(lambda one=one: one.render(side, side)) for one in (land, *land.textures)
            )
            ratios.append(made / (share * sum(alone)))
        print(
            f"landscape of {side} pixels in {what}: {statistics.median(ratios[1:]):.2f} "
            f"({min(ratios[1:]):.2f} to {max(ratios[1:]):.2f})",
            flush=True,
        )


def memory(models):
    random = torch.Generator().manual_seed(0)
    cells = torch.randint(0, len(models), (1000, 1000), generator=random).byte()
    needed = []
    for scale in (1, 100):
        land = texturenet.paint(cells, dict(enumerate(models)), scale=scale, device="cpu")
        height, width = land.masks.size
        land.render(512, 512, origin=(height // 2, width - 600))
        needed.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
    print(f"memory: {needed[0]:.0f} MB for 1,000 pixels a side, {needed[1]:.0f} MB for 100,000")


def main():
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    torch.set_num_threads(1)
    models = given.get("models", "leaves,gravel").split(",")
    memory(models)
    cost(models, int(given.get("side", 1024)))
    for kind in ("corner", "blob"):
        for side in map(int, given.get("sides", "32,64,128").split(",")):
            seams(models, kind, side, int(given.get("laid", 10_000)))


if __name__ == "__main__":
    main()
