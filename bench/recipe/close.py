"""An exemplar and pictures of two runs side by side -> docs/pictures/detail.png and waves.png.

    python bench/recipe/run.py --multirun setting=before_detail,default exemplar=pebbles budget=500
    python bench/recipe/run.py --multirun setting=d_detail,default exemplar=weave budget=500
    python bench/recipe/close.py [detail|waves ...]

The runs leave their nets where this looks for them.
"""

import sys
from pathlib import Path

import torch.nn.functional as F
from run import UNSEEN

from texturenet import load
from texturenet.exemplars import load_picture
from texturenet.images import beside, save_picture

RUN = "runs/recipe/{}_{}_0_500/net.safetensors"
SHOWN = {  # exemplar, settings, pixels a side, how many times enlarged
    "detail": ("pebbles", ("before_detail", "default"), 88, 3),
    "waves": ("weave", ("d_detail", "default"), 256, 1),
}
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def main():
    for name in sys.argv[1:] or SHOWN:
        exemplar, settings, side, times = SHOWN[name]
        pictures = [load_picture(exemplar, side=256).pixels]
        nets = [load(RUN.format(setting, exemplar)) for setting in settings]
        pictures += [net.render(256, 256, UNSEEN)[None] for net in nets]
        parts = [picture[..., :side, :side] for picture in pictures]
        enlarged = [F.interpolate(part, scale_factor=times)[0] for part in parts]
        save_picture(PICTURES / f"{name}.png", beside(enlarged))


if __name__ == "__main__":
    main()
