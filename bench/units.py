"""How much the units of a lattice differ: bricks of a wall, in an exemplar and in a net's pictures.

    python bench/units.py models=NET,NET exemplar=FILE|NAME [side=256] [seeds=4]

The median colour of every unit that is nearly whole, and its standard deviation over the units, of
255 (root mean square of the channels): joints do not count in a median. Where units begin is not
known of a picture: they are cut where they differ most (`analysis.units`), of the exemplar as of
each sample. The lattice is that of the exemplar as `train` finds it (`analysis.repeating`), so that
nets without numbers of units can be judged too.
"""

import sys

import torch

import texturenet
from texturenet.analysis.repeating import repeating
from texturenet.analysis.units import joints_of, numbered, on_closed
from texturenet.io.exemplars import open_picture

USUAL = {"models": "", "exemplar": "redbrick", "side": 256, "seeds": 4}


def main() -> None:
    given = USUAL | {k: type(USUAL[k])(v) for k, v in (one.split("=", 1) for one in sys.argv[1:])}
    torch.set_num_threads(1)
    exemplar = open_picture(given["exemplar"]).picture(side=given["side"]).pixels
    found = repeating(exemplar, 4, 16)
    waves = found and found.with_units(1)
    if not waves or not waves.units:
        raise SystemExit("the exemplar has no lattice with units that are large enough.")
    rows, size = [("exemplar", [on_closed(exemplar, found)])], exemplar.shape[-2:]
    for path in filter(None, given["models"].split(",")):
        net = texturenet.load(path, device="cpu")
        seeds = range(2**33, 2**33 + given["seeds"])
        rows.append((path, [net.render(*size, seed=seed)[None] for seed in seeds]))
    for name, pictures in rows:
        each = [deviation(one, waves) for one in pictures]
        print(f"{name[-40:]:40s} {sum(each) / len(each):7.1f}", flush=True)


def deviation(picture, waves):
    """Of 255."""
    shift = joints_of(picture, waves)
    units = numbered(waves, picture.shape[-2:], 1, shift).flatten()
    count = torch.bincount(units)
    whole = (count >= 0.9 * waves.torus**2 / waves.units.area).nonzero().flatten()
    medians = [255 * picture[0].flatten(1)[:, units == unit].median(1).values for unit in whole]
    return torch.stack(medians).var(0).mean().sqrt().item()


if __name__ == "__main__":
    main()
