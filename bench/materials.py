"""What a material costs beside colour alone, and how well its maps lie on each other.

    python bench/materials.py cost [material=FOLDER|NAME] [side=256] [threads=1] [repeats=5]
    python bench/materials.py figures [materials=A,B] [steps=1200] [side=256] [threads=1] [out=..]

cost: seconds of a training step of all maps over one of colour alone, both in turns in one process,
early steps (narrow descriptor) and late ones (whole). figures: a net of all maps, and one of colour
alone that is trained for as long; slopes, cross-map correlations, how much those of the exemplar's
own halves differ, and the merits of both.
"""

import json
import statistics
import sys
import time
from pathlib import Path
from unittest.mock import PropertyMock, patch

import torch

import texturenet
from texturenet.commands import app
from texturenet.commands.judging import recorded, recorded_maps
from texturenet.commands.material_files import material_files
from texturenet.commands.train.setup import build, with_defaults
from texturenet.evaluation.maps import map_figures
from texturenet.hardware import best_precision, device_name

SETS = Path(__file__).parents[2] / "shared" / "data" / "materials"
SHORTER = 1.75  # times that a step of colour alone is shorter
NAMES = ("bricks102", "rock053_mossy", "tiles036", "forest_leaves")
USUAL = {
    "side": 256, "threads": 1, "steps": 1200, "repeats": 5, "out": "runs/materials",
    "material": str(SETS / NAMES[0]), "materials": ",".join(str(SETS / name) for name in NAMES),
}  # fmt: skip
FIGURES = ("slopes", "curl", "inward", "cross")


class Stepper:
    """Training steps of a module, one after the other."""

    def __init__(self, chosen, loaded, picture, material, whole):
        self.module = build(chosen, loaded, picture, torch.device("cpu"), material)
        self.optimizer, self.taken = self.module.configure_optimizers()["optimizer"], 0
        self.whole = whole

    def __call__(self):
        kind = type(self.module)
        halved = best_precision("cpu") == "bf16-mixed"
        started = time.perf_counter()
        with (
            patch.object(kind, "global_step", PropertyMock(return_value=self.taken)),
            patch.object(kind, "described_whole", PropertyMock(return_value=self.whole)),
            torch.autocast("cpu", torch.bfloat16, enabled=halved),
        ):
            loss = self.module.training_step(None, 0)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.taken += 1
        return time.perf_counter() - started


def cost(given):
    chosen = app.request("train", {"material": given["material"], "advice": "none",
                                   "picture.side": given["side"]}).options  # fmt: skip
    files = material_files(given["material"])
    file = files.opened()
    picture = file.picture(side=given["side"])
    material = files.material(file, picture)
    chosen, loaded = with_defaults(chosen, picture, material)
    for whole in (False, True):
        pair = [Stepper(chosen, loaded, picture, maps, whole) for maps in (None, material)]
        times = [[step() for step in pair] for _ in range(given["repeats"] + 1)][1:]
        colour, maps = (statistics.median(column) for column in zip(*times, strict=True))
        kind = "late" if whole else "early"
        print(f"{kind}: colour {colour:.3f} s, maps {maps:.3f} s, ratio {maps / colour:.2f}")


def figures(given):
    """One line a material, and its nets in folders of their own."""
    for name in given["materials"].split(","):
        folder = Path(given["out"], Path(name).name)
        shared = {"picture.side": given["side"], "threads": given["threads"], "advice": "none",
                  "log.score": False, "log.previews": 10**6}  # fmt: skip
        files = material_files(name)
        maps = made(folder / "maps", shared | {"material": name, "steps": given["steps"]})
        # As long as all maps took (see `cost`).
        longer = {"exemplar": files.colour, "steps": round(SHORTER * given["steps"])}
        alone = made(folder / "colour", shared | longer)
        file = files.opened()
        picture = file.picture(side=given["side"])
        material = files.material(file, picture)
        side = min(picture.pixels.shape[-2:])
        middle = picture.pixels[..., :side, :side]
        nets = [texturenet.load(path, device="cpu") for path in (maps, alone)]
        merits = [recorded(net, path, middle, "vgg16")["merit"]
                  for net, path in zip(nets, (maps, alone), strict=True)]  # fmt: skip
        own = recorded_maps(nets[0], material.maps)
        line = {"material": Path(name).name, "steps": given["steps"], "merit": merits[0],
                "merit of colour alone": merits[1],
                **{key: own[key] for key in FIGURES if key in own},
                "halves": halves(material.maps)}  # fmt: skip
        print(json.dumps(line), flush=True)


def halves(maps):
    """`cross` of the exemplar itself: of its upper half against its lower one, or of its left half
    against its right one, whichever differ more."""
    found = []
    for axis in (1, 2):
        middle = maps["colour"].shape[axis] // 2
        both = [{kind: values.narrow(axis, first, middle) for kind, values in maps.items()}
                for first in (0, middle)]  # fmt: skip
        found.append(map_figures(both[:1], both[1])["cross"])
    return round(max(found), 5)


def made(folder, keys):
    """The net of a folder, trained unless it is there."""
    there = sorted(folder.glob("*.safetensors"))
    return str(there[0]) if there else texturenet.train(**keys, out=str(folder))


def main():
    what, *pairs = sys.argv[1:] or ["cost"]
    given = USUAL | {k: type(USUAL[k])(v) for k, v in (pair.split("=", 1) for pair in pairs)}
    torch.set_num_threads(given["threads"])
    print(f"{device_name(torch.device('cpu'))}, {torch.backends.cpu.get_cpu_capability()}")
    {"cost": cost, "figures": figures}[what](given)


if __name__ == "__main__":
    main()
