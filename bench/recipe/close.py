"""An exemplar and pictures of two runs, enlarged -> docs/pictures/detail.png.

    python bench/recipe/run.py --multirun setting=before_detail,default exemplar=pebbles budget=500
    python bench/recipe/close.py

The first leaves the nets where the second looks for them.
"""

from pathlib import Path

import torch.nn.functional as F
from run import UNSEEN

from texturenet import load
from texturenet.exemplars import load_picture
from texturenet.images import beside, save_picture

RUN = "runs/recipe/{}_pebbles_0_500/net.safetensors"
SETTINGS = ("before_detail", "default")
SIDE, TIMES = 88, 3
OUT = Path(__file__).parents[2] / "docs" / "pictures" / "detail.png"


def main():
    pictures = [load_picture("pebbles", side=256).pixels]
    pictures += [load(RUN.format(name)).render(256, 256, UNSEEN)[None] for name in SETTINGS]
    parts = [picture[..., :SIDE, :SIDE] for picture in pictures]
    save_picture(OUT, beside([F.interpolate(part, scale_factor=TIMES)[0] for part in parts]))


if __name__ == "__main__":
    main()
