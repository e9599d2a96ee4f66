"""How well textures follow a field, in figures, and what that costs.

    python bench/steering.py models=FILE|NAME[,FILE|NAME..] [side=384] [seeds=2] [threads=1]

For each net and angle of an even field: degrees that the lines of the picture are off; and how far
the picture, turned back, is from the exemplar, in patches and in the spectrum, over the same at
angle 1 (1: no worse). Nets that were not trained with steer are warped, which of an even field is
one turn of the plane. Then, of a field that turns once around: windows against the whole, times as
ratios to the plain net, and what warping does to sizes and angles.
"""

import math
import sys
import time

import torch

from texturenet import load
from texturenet.evaluation.distances import patch_wasserstein, spectrum_error
from texturenet.hardware import device_name
from texturenet.io.exemplars import open_picture
from texturenet.sampling.grain import grain_of
from texturenet.sampling.steering import Warped, steered
from texturenet.training.turning import turned

USUAL = {"models": "", "side": 384, "seeds": 2, "threads": 1}
ANGLES = (1, 15, 30, 45, 60, 90, 135)  # the first has been interpolated too
FIRST = 2**33  # seeds that nothing was trained on
SIDE = 256  # of the exemplar, as nets are trained


def swirl(rows, columns):
    """Around the middle of a picture of 512 pixels, and once for the whole turn."""
    down, right = rows[:, None] - 255.5, columns - 255.5
    return torch.rad2deg(torch.atan2(-down, right)) + 90, 0.0


def exemplar_of(card):
    return open_picture(card["exemplar"]["name"]).picture(side=SIDE).pixels[0]


def angle_line(model, angle, exemplar, given):
    """Degrees off, and distances in patches and in the spectrum, of pictures at an angle."""
    texture, upright = steered(model, float(angle), "cpu"), steered(model, 0.0, "cpu")
    side, inside = given["side"], int(given["side"] / math.sqrt(2)) - 4
    found = []
    for seed in range(FIRST, FIRST + given["seeds"]):
        picture = texture.render(side, side, seed)
        straight = grain_of(upright.render(side, side, seed))
        off = (grain_of(picture) - straight - angle + 90) % 180 - 90
        back = turned(picture[None], inside, [-float(angle)])[0].clamp(0, 1)
        apart = patch_wasserstein(back, exemplar), spectrum_error(back, exemplar)
        found.append([abs(off), *apart])
    return torch.tensor(found).mean(0)


def angles(model, given):
    exemplar = exemplar_of(load(model, "cpu").card)
    rows = torch.stack([angle_line(model, angle, exemplar, given) for angle in ANGLES])
    print("| angle | off | patches | spectrum |\n|---|---|---|---|")
    for angle, (off, *apart) in zip(ANGLES, rows.tolist(), strict=True):
        ratios = [value / first for value, first in zip(apart, rows[0, 1:].tolist(), strict=True)]
        print(f"| {angle} | {off:.1f} | {ratios[0]:.2f} | {ratios[1]:.2f} |")


def timed(texture):
    """Seconds of a picture of 512 pixels, the second time."""
    for _ in range(2):
        begun = time.perf_counter()
        texture.render(512, 512)
    return time.perf_counter() - begun


def whole(model):
    texture, plain = steered(model, swirl, "cpu"), load(model, "cpu")
    picture = texture.render(512, 512)
    part = texture.render(150, 170, origin=(201, 95))
    apart = float((part - picture[:, 201:351, 95:265]).abs().max())
    print(f"windows: {apart:.1e}; time: {timed(texture) / timed(plain):.2f} of the plain net")
    if isinstance(texture, Warped):
        size, angle = texture.distortion((512, 512), (0, 0))
        joints = float((texture.joints((512, 512)) > 0).float().mean())
        print(
            f"sizes off {size:.2f} times, angles {angle:.0f} degrees, at most; joints {joints:.0%}"
        )


def main(words):
    given = USUAL | {key: type(USUAL[key])(value) for key, value in words.items()}
    torch.set_num_threads(given["threads"])
    print(device_name(torch.device("cpu")))
    for model in given["models"].split(","):
        print(f"\n{load(model, 'cpu').card['name']}: {type(steered(model, 0)).__name__.lower()}")
        angles(model, given)
        whole(model)


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
