"""How well textures follow a field, in figures, and what that costs.

    python bench/steering.py models=FILE|NAME[,FILE|NAME..] [beside=NET] [side=384] [seeds=2]
        [threads=1]

For each net and angle of an even field: degrees that the lines of the picture are off, and what
its mean colour is; and how far the picture, turned back, is from the exemplar, in patches and in
the spectrum, over the same of a net at angle 1 (1: no worse): itself, or the one that `beside`
names. Nets that were not trained with steer are warped, which of an even field is one turn of the
plane. Of nets that are told sizes, how large they draw. Then, of a field that turns once around:
windows against the whole, times as ratios to the plain net, how regular small parts still are, and
what warping does.
"""

import math
import sys
import time

import torch

from texturenet import load
from texturenet.analysis.regularity import regularity
from texturenet.evaluation.distances import patch_wasserstein, spectrum_error
from texturenet.hardware import device_name
from texturenet.imaging import luminance, resized
from texturenet.io.exemplars import open_picture
from texturenet.sampling.charts import CELL
from texturenet.sampling.grain import grain_of
from texturenet.sampling.steering import Warped, steered
from texturenet.training.turning import turned

USUAL = {"models": "", "beside": "", "side": 384, "seeds": 2, "threads": 1}
ANGLES = (1, 15, 30, 45, 60, 90, 135)  # the first has been interpolated too
FIRST = 2**33  # seeds that nothing was trained on
SIDE = 256  # of the exemplar, as nets are trained
LOCAL = 96  # pixels a side of squares in which regularity is looked at: as large as lies in a piece
INSIDE, ACROSS = (CELL - LOCAL) // 2, CELL - LOCAL // 2  # where the first of them begins


def swirl(rows, columns):
    """Around the middle of a picture of 512 pixels, and once for the whole turn."""
    down, right = rows[:, None] - 255.5, columns - 255.5
    return torch.rad2deg(torch.atan2(-down, right)) + 90, 0.0


def exemplar_of(card):
    return open_picture(card["exemplar"]["name"]).picture(side=SIDE).pixels[0]


def angle_line(model, angle, exemplar, given):
    """Degrees that lines are off, what mean colour is off, and distances in patches and in the
    spectrum, of pictures at an angle."""
    texture, upright = steered(model, float(angle), "cpu"), steered(model, 0.0, "cpu")
    side, inside = given["side"], int(given["side"] / math.sqrt(2)) - 4
    found = []
    for seed in range(FIRST, FIRST + given["seeds"]):
        picture = texture.render(side, side, seed)
        straight = grain_of(upright.render(side, side, seed))
        off = (grain_of(picture) - straight - angle + 90) % 180 - 90
        back = turned(picture[None], inside, [-float(angle)])[0].clamp(0, 1)
        colour = (back.mean((1, 2)) - exemplar.mean((1, 2))).square().mean().sqrt()
        apart = patch_wasserstein(back, exemplar), spectrum_error(back, exemplar)
        found.append([abs(off), float(colour), *apart])
    return torch.tensor(found).mean(0)


def angles(model, given):
    exemplar = exemplar_of(load(model, "cpu").card)
    rows = torch.stack([angle_line(model, angle, exemplar, given) for angle in ANGLES])
    first = rows[0]
    if given["beside"]:
        first = angle_line(given["beside"], ANGLES[0], exemplar, given)
        print(
            f"over {load(given['beside'], 'cpu').card['name']}, whose colour is {first[1]:.3f} off"
        )
    print("| angle | off | colour off | patches | spectrum |\n|---|---|---|---|---|")
    for angle, row in zip(ANGLES, rows, strict=True):
        off, colour, patches, spectrum = [*row[:2].tolist(), *(row / first)[2:].tolist()]
        print(f"| {angle} | {off:.1f} | {colour:.3f} | {patches:.2f} | {spectrum:.2f} |")


def centre(picture):
    """Of the spectrum of a picture (3,H,W): its mean frequency, in octaves."""
    side = min(picture.shape[1:])
    grey = luminance(picture[None, :, :side, :side].double())[0, 0]
    window = torch.hann_window(side, periodic=True, dtype=grey.dtype)
    energy = torch.fft.fft2((grey - grey.mean()) * window[:, None] * window).abs().square()
    line = torch.fft.fftfreq(side, dtype=grey.dtype)
    octaves = torch.hypot(line[:, None], line).log2()
    seen = (octaves > math.log2(4 / side)) & (octaves < -1)
    return float((energy * octaves)[seen].sum() / energy[seen].sum())


def sizes(model, learnt, given):
    """How far the centre of the spectrum moves with the size that is asked for, in octaves; and in
    the exemplar when it is resized."""
    exemplar = exemplar_of(load(model, "cpu").card)[None]
    print("| size | of the exemplar | of the net | patches |\n|---|---|---|---|")
    found = []
    for step in range(5):
        size = learnt[0] + (learnt[1] - learnt[0]) * step / 4
        resized_ = resized(exemplar, [round(side * 2**size) for side in exemplar.shape[2:]])[0]
        texture = steered(model, (0.0, size), "cpu")
        pictures = [
            texture.render(SIDE, SIDE, seed) for seed in range(FIRST, FIRST + given["seeds"])
        ]
        drawn = sum(map(centre, pictures)) / len(pictures)
        apart = sum(patch_wasserstein(one, resized_) for one in pictures) / len(pictures)
        found.append((size, centre(resized_), drawn, apart))
    for size, wanted, drawn, apart in found:
        first = found[2]
        print(f"| {size:.2f} | {first[1] - wanted:.2f} | {first[1] - drawn:.2f} "
              f"| {apart / first[3]:.2f} |")  # fmt: skip


def ratio(texture, plain, side=512, rounds=5):
    """Processor time of a picture over that of the plain net's: the least of several, in turn."""

    def spent(one):
        begun = time.process_time()
        one.render(side, side)
        return time.process_time() - begun

    spent(texture), spent(plain)
    both = [(spent(texture), spent(plain)) for _ in range(rounds)]
    return min(one for one, _ in both) / min(one for _, one in both)


def strength(picture, first):
    """How regular a picture is within squares of 96 pixels, on average, every 128 pixels."""
    starts = range(first, picture.shape[-1] - LOCAL + 1, CELL)
    parts = [picture[None, :, y : y + LOCAL, x : x + LOCAL] for y in starts for x in starts]
    return sum(regularity(part).strength for part in parts) / len(parts)


def whole(model):
    texture, plain = steered(model, swirl, "cpu"), load(model, "cpu")
    picture = texture.render(512, 512)
    part = texture.render(150, 170, origin=(201, 95))
    apart = float((part - picture[:, 201:351, 95:265]).abs().max())
    print(f"windows: {apart:.1e}; time: {ratio(texture, plain):.2f} of the plain net")
    for name, one in ("followed", picture), ("plain", plain.render(512, 512)):
        pieces, joints = (strength(one, first) for first in (INSIDE, ACROSS))
        print(f"{name}: regularity within pieces {pieces:.2f}, across joints {joints:.2f}")
    if isinstance(texture, Warped):
        (said,) = texture.remarks((512, 512))
        print(said)


def main(words):
    given = USUAL | {key: type(USUAL[key])(value) for key, value in words.items()}
    torch.set_num_threads(given["threads"])
    print(device_name(torch.device("cpu")))
    for model in given["models"].split(","):
        print(f"\n{load(model, 'cpu').card['name']}: {type(steered(model, 0)).__name__.lower()}")
        texture = steered(model, 0)
        if isinstance(texture, Warped) or texture.steering.turns:
            angles(model, given)
        if not isinstance(texture, Warped) and texture.steering.sized:
            sizes(model, texture.steering.sizes, given)
        whole(model)


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
