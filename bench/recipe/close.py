"""An exemplar and pictures of two runs side by side -> detail.png, waves.jpg and advice.jpg.

    python bench/recipe/run.py --multirun setting=before_detail,default exemplar=pebbles budget=500
    python bench/recipe/run.py --multirun setting=d_detail,default exemplar=weave budget=500
    python bench/recipe/run.py --multirun setting=default,followed exemplar=ihc budget=500
    python bench/recipe/close.py [detail.png|waves.jpg|advice.jpg ...]

The runs leave their nets where this looks for them; pictures go to docs/pictures/.
"""

import sys
from pathlib import Path

import torch.nn.functional as F
from run import UNSEEN

from texturenet import load
from texturenet.imaging import beside
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture

RUN = "runs/recipe/{}_{}_0_500/net.safetensors"
SHOWN = {  # exemplar, settings, pixels a side, how many times enlarged, seeds
    "detail.png": ("pebbles", ("before_detail", "earlier"), 88, 3, 1),
    "waves.jpg": ("weave", ("d_detail", "earlier"), 256, 1, 2),
    "advice.jpg": ("ihc", ("earlier", "followed"), 256, 1, 2),
}
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


def main():
    for name in sys.argv[1:] or SHOWN:
        exemplar, settings, side, times, seeds = SHOWN[name]
        pictures = [load_picture(exemplar, side=256).pixels]
        nets = [load(RUN.format(setting, exemplar)) for setting in settings]
        pictures += [net.render(256, 256, UNSEEN + n)[None] for net in nets for n in range(seeds)]
        parts = [picture[..., :side, :side] for picture in pictures]
        enlarged = [F.interpolate(part, scale_factor=times)[0] for part in parts]
        save_picture(PICTURES / name, beside(enlarged))


if __name__ == "__main__":
    main()
