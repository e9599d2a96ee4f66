"""How much the units of a lattice differ: bricks of a wall, in an exemplar and in a net's pictures.

    python bench/units.py models=NET,NET exemplar=FILE|NAME [side=256] [seeds=4]

The mean colour of every whole unit, and its standard deviation over the units, of 255. Where units
begin is not known of a picture: they are cut where they differ most, of the exemplar as of each
sample (`analysis.units`). `inside` is what they vary by inside. The lattice is that of the exemplar
as `train` finds it (`analysis.repeating`), so that nets without numbers of units can be judged too.
"""

import sys

import torch

import texturenet
from texturenet.analysis.repeating import repeating
from texturenet.analysis.units import cut_at_joints
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
    print(f"{'':30s} between  inside")
    rows, size = [("exemplar", [exemplar])], exemplar.shape[-2:]
    for path in filter(None, given["models"].split(",")):
        net = texturenet.load(path, device="cpu")
        seeds = range(2**33, 2**33 + given["seeds"])
        rows.append((path, [net.render(*size, seed=seed)[None] for seed in seeds]))
    for name, pictures in rows:
        each = torch.tensor([deviations(one, waves) for one in pictures]).mean(0)
        print(f"{name[-30:]:30s} {each[0]:7.1f} {each[1]:7.1f}", flush=True)


def deviations(picture, waves):
    """Of 255."""
    own = picture.flatten(2).var(2).mean().sqrt().item()
    return [255 * own * share**0.5 for share in cut_at_joints(picture, waves)[:2]]


if __name__ == "__main__":
    main()
