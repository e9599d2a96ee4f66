"""How much the units of a lattice differ: bricks of a wall, in an exemplar and in a net's pictures.

    python bench/units.py models=NET,NET exemplar=FILE|NAME [side=256] [seeds=4]

The mean colour of every whole unit, and its standard deviation over the units (root mean square of
three channels, of 255). Where units begin is not known of a picture: the shift is taken that tells
them apart best, of the exemplar as of each sample. `inside` is what they vary by inside, at that
shift. The lattice is that of the exemplar as `train` finds it (`analysis.repeating`), so that nets
without numbers of units can be judged as well.
"""

import sys

import torch

import texturenet
from texturenet.analysis.repeating import repeating
from texturenet.io.exemplars import open_picture
from texturenet.noise.units import Pictures, Units

USUAL = {"models": "", "exemplar": "redbrick", "side": 256, "seeds": 4}
TRIED = 150  # shifts on the torus, in which there are many units


def labels(units: Units, torus: int, size: tuple[int, int], shift: tuple[int, int]) -> torch.Tensor:
    """(h,w), a number for each unit."""
    whose = Pictures(torch.ones(2, 1, dtype=torch.long), torch.tensor([shift]))
    rows, columns = map(torch.arange, size)
    numbers = units.at(rows, columns, 1, torus, whose)[0, 0]
    return numbers.unique(return_inverse=True)[1]


def variation(picture: torch.Tensor, units: Units, torus: int) -> tuple[float, float]:
    """(between, inside) units of a picture (3,h,w), of 255."""
    colours, size = 255 * picture.double().flatten(1), picture.shape[-2:]
    found = []
    for number in range(TRIED):
        # These fill a square evenly (see `texturenet.training.batches.origin_of`).
        shift = int(number * 0.754878 % 1 * torus), int(number * 0.569840 % 1 * torus)
        label = labels(units, torus, size, shift).flatten()
        count = torch.bincount(label)
        means, squares = (
            torch.stack([torch.bincount(label, line) for line in lines]) / count
            for lines in (colours, colours**2)
        )
        whole = count > 0.9 * torus**2 / units.area  # not cut by the border
        if whole.sum() > 3:
            inside = (squares - means**2)[:, whole].mean()
            found.append((means[:, whole].var(1).mean().sqrt().item(), inside.sqrt().item()))
    return max(found)


def main() -> None:
    given = USUAL | {k: type(USUAL[k])(v) for k, v in (one.split("=", 1) for one in sys.argv[1:])}
    torch.set_num_threads(1)
    exemplar = open_picture(given["exemplar"]).picture(side=given["side"]).pixels
    found = repeating(exemplar, 4, 16)
    waves = found and found.with_units(1)
    if not waves or not waves.units:
        raise SystemExit("the exemplar has no lattice with units that are large enough.")
    print(f"{'':30s} between  inside")
    rows = [("exemplar", [exemplar[0]])]
    size = exemplar.shape[-2:]
    for path in filter(None, given["models"].split(",")):
        net = texturenet.load(path, device="cpu")
        rows.append((path, [net.render(*size, seed=2**33 + i) for i in range(given["seeds"])]))
    for name, pictures in rows:
        each = torch.tensor([variation(one, waves.units, waves.torus) for one in pictures])
        print(f"{name[-30:]:30s} {each[:, 0].mean():7.1f} {each[:, 1].mean():7.1f}", flush=True)


if __name__ == "__main__":
    main()
