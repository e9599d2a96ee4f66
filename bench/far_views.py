"""Whether the coarser scales of a net know what its picture is like from afar.

    python bench/far_views.py [models=leaves,gravel,knit,brick,lichen,terrazzo]

To features of each coarser scale one linear map to colours is fitted, by least squares on two
windows of 512x512: of the feature alone (1x1), and of it and its eight neighbours (3x3). A third
window says how much of the variance of the picture it explains, which is halved once, twice, .. by
means; and its contrast over that of the picture. A net whose far views could be drawn that way,
without its finer scales, would have both near 1.
"""

import sys

import torch
import torch.nn.functional as F

from texturenet import load
from texturenet.generator.architecture import BLOCK_HALO

SIDE, AT = 512, 2**30  # pixels a side of a window, and where it lies
OCTAVES = 4
RIDGE = 1e-5  # in units of the mean square of features


def scales_of(texture, seed):
    """Features of all scales under one window, coarse to fine (1,C,h,w), and its picture."""
    net, size = texture.net, (SIDE, SIDE)
    field = texture.waved(texture.plane(size, seed), seed)
    noise, rows, columns = texture.noise(field, size, (AT, AT))
    drops = [(row.drop, column.drop) for row, column in zip(rows, columns, strict=True)]
    made = [net.branch(0, noise[0])]
    for scale in range(1, net.architecture.scales):
        joined = net.join(scale, made[-1], net.branch(scale, noise[scale]), drops[scale])
        made.append(net.body(scale, joined))
    picture, first, under = net.colours(made[-1]).float(), (0, 0), []
    for scale in reversed(range(len(made))):
        cell = net.architecture.cell(scale)
        top, left = (-place // cell for place in first)
        side = SIDE // cell
        under.insert(0, made[scale][..., top : top + side, left : left + side].float())
        if scale:
            first = tuple(
                place - (dropped + BLOCK_HALO) * cell
                for place, dropped in zip(first, drops[scale], strict=True)
            )
    return under, picture.clamp(0, 1)


def columns_of(features, wide):
    """(1,C,h,w) -> what is summed to a colour (C',hw)."""
    taken = F.unfold(F.pad(features, (1,) * 4, mode="replicate"), 3) if wide else features
    taken = taken[0].flatten(1).double()
    return torch.cat([taken, torch.ones(1, taken.shape[1])])


def judged(learnt, unseen, octave, wide):
    """(share of the variance that is explained, contrast over the picture's) of one octave."""

    def pair(under, picture):
        small = F.avg_pool2d(picture, 2**octave)[0].flatten(1).double()
        return columns_of(under[-1 - octave], wide), small

    x, y = (torch.cat(side, 1) for side in zip(*(pair(*one) for one in learnt), strict=True))
    square = x @ x.T
    square += RIDGE * square.diagonal().mean() * torch.eye(len(x))
    weights = torch.linalg.solve(square, x @ y.T)
    x, y = pair(*unseen)
    guessed = weights.T @ x
    explained = 1 - (guessed - y).var(1).sum() / y.var(1).sum()
    return float(explained), float((guessed.std(1) / y.std(1)).mean())


@torch.inference_mode()
def main(models):
    heads = "".join(f"{f'{2**octave} times smaller':>28}" for octave in range(1, OCTAVES + 1))
    print(f"{'explained, contrast: 1x1, 3x3':30}{heads}")
    for name in models:
        texture = load(name, device="cpu")
        learnt, unseen = [scales_of(texture, seed) for seed in (0, 1)], scales_of(texture, 9)
        row = ""
        for octave in range(1, OCTAVES + 1):
            found = [judged(learnt, unseen, octave, wide) for wide in (False, True)]
            row += f"{'; '.join(f'{share:5.2f} {contrast:4.2f}' for share, contrast in found):>28}"
        print(f"{name:30}{row}", flush=True)


if __name__ == "__main__":
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    main(given.get("models", "leaves,gravel,knit,brick,lichen,terrazzo").split(","))
