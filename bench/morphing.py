"""How good nets between two are, in figures, and what they cost.

    python bench/morphing.py nets=FILE,FILE[;FILE,FILE..] [side=512] [frames=250] [threads=1]

For each pair and share: contrast of every octave of the luminance over what lies on the line
between both nets (1: none is lost), the worst octave in brackets; of weights that are only averaged
as well. Then how far the nets of a film (`generator.mixing.Path`) are from exact mixtures, against
what changes in one of its frames; and times as ratios to a frame of the first net.
"""

import sys
import time

import torch
import torch.nn.functional as F

from texturenet import load
from texturenet.generator.frozen import FrozenPyramid
from texturenet.generator.mixing import NODES, Mixture, Path
from texturenet.hardware import device_name
from texturenet.sampling.render import Renderer

USUAL = {"nets": "", "side": 512, "frames": 250, "threads": 1}
SHARES = (0.25, 0.5, 0.75)
OCTAVES = 5
LUMINANCE = torch.tensor([0.2126, 0.7152, 0.0722]).view(3, 1, 1)


def contrasts(picture):
    """Deviation of each octave of the luminance of (3,H,W), finest first."""
    grey, found = (picture * LUMINANCE).sum(0, keepdim=True)[None], []
    for _ in range(OCTAVES):
        smaller = F.avg_pool2d(grey, 2)
        found.append(float((grey - F.interpolate(smaller, scale_factor=2.0)).std()))
        grey = smaller
    return torch.tensor(found)


def line(values):
    worst = max(values.tolist(), key=lambda value: abs(value - 1))
    return f"{float(values.mean()):.2f} ({worst:.2f})"


def pair(files, given):
    first, second = (load(file, device="cpu") for file in files)
    mixture = Mixture([first.net, second.net], first.card["law"], first.waves)
    path, side = Path(mixture), given["side"]

    def drawn(net):
        return Renderer(net, first.card).render(side, side)

    def averaged(share):
        ends = [net.weights() for net in mixture.nets]
        return FrozenPyramid(
            mixture.shape,
            {name: torch.lerp(ends[0][name], ends[1][name], share) for name in ends[0]},
        )

    print(f"{' and '.join(files)}:")
    ends = [contrasts(drawn(net)) for net in mixture.nets]
    for share in SHARES:
        between = torch.lerp(*ends, share)
        mended = contrasts(drawn(mixture.net((1 - share, share)))) / between
        plain = contrasts(drawn(averaged(share))) / between
        print(f"  at {share}: contrast {line(mended)}, of averaged weights alone {line(plain)}")
    report_path(mixture, path, drawn, 1 / given["frames"])
    report_times(mixture, path, drawn)


def report_path(mixture, path, drawn, step):
    away = moved = 0.0
    for number in (1, NODES // 4, NODES // 2):
        share = (number - 0.5) / NODES  # in the middle between two nodes
        exact = drawn(mixture.net((1 - share, share)))
        following = drawn(mixture.net((1 - share - step, share + step)))
        away = max(away, float((drawn(path.net(share)) - exact).square().mean().sqrt()))
        moved = max(moved, float((following - exact).square().mean().sqrt()))
    print(f"  a film's nets are {255 * away:.2f}/255 off, a frame changes {255 * moved:.2f}/255")


def report_times(mixture, path, drawn):
    def seconds(work):
        times = []
        for _ in range(3):
            started = time.perf_counter()
            work()
            times.append(time.perf_counter() - started)
        return min(times)

    frame = seconds(lambda: drawn(mixture.nets[0]))
    exact = seconds(lambda: mixture.mending((0.5, 0.5))) / frame
    quick = seconds(lambda: path.net(0.49)) / frame
    print(
        f"  of a frame's time ({frame:.2f} s): to measure a net {exact:.2f}, a film's {quick:.3f}"
    )


@torch.inference_mode()
def main(given):
    chosen = USUAL | {key: type(USUAL[key])(value) for key, value in given.items()}
    torch.set_num_threads(chosen["threads"])
    print(device_name(torch.device("cpu")))
    for files in chosen["nets"].split(";"):
        pair(files.split(","), chosen)


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
