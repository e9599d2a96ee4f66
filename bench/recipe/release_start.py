"""The common start as the file that comes with the project, from what common.py wrote.

    python bench/recipe/release_start.py [state=runs/common.pt]
                                         [out=checkpoints/start/common.safetensors]

In half precision, without statistics, which training measures anew.
"""

import sys
from pathlib import Path

import torch
from common import TEXTURES, USUAL

from texturenet.commands import app
from texturenet.commands.plan import architecture
from texturenet.generator.starts import load_start, save_start
from texturenet.generator.trainable import PyramidGenerator

GIVEN = {"state": USUAL["out"], "out": "checkpoints/start/common.safetensors"}


def main(given):
    chosen = GIVEN | given
    options = app.request("train", {"exemplar": TEXTURES[0], "picture.octaves": 1}).options
    net = PyramidGenerator(architecture(options, 0))
    net.load_state_dict(torch.load(chosen["state"], weights_only=True))
    method = "Reptile (Nichol, Achiam, Schulman 2018), bench/recipe/common.py"
    path = Path(chosen["out"])
    facts = {"method": method, "textures": list(TEXTURES)}
    save_start(path, net, path.stem, options.generator.law, facts)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB, {load_start(path).fingerprint[:12]}")


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
