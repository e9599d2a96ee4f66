"""What moves must stay itself: a patch at every offset against the patch where it began.

    python bench/displacement.py [model=gravel] [most=48]
                                 [out=docs/pictures/displacement.png]

Ours is `kind=displace`. The other way is that of the published script (S. Ladjal's course on
texture networks): the finest noise, a patch pasted into it, and every coarser noise cut out of that
by leaving rows and columns out. Both are measured inside the patch, out of reach of its border, as
the root mean square of what changes. Draws it.
"""

import sys
from pathlib import Path

import torch
from matplotlib.figure import Figure

import texturenet

PLOT = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "displacement.png"
SIZE, PATCH, START = 320, 192, 16


@torch.inference_mode()
def decimated(texture, still, moving, offset):
    """One frame of the other way (3,H,W)."""
    noise = still.clone()
    left = START + offset
    noise[..., START : START + PATCH, left : left + PATCH] = moving
    scales = texture.net.architecture.scales
    parts = [noise[..., :: 2**k, :: 2**k] for k in reversed(range(scales))]
    return texture.net(parts)[0].clamp(0, 1)


def inside(frame, offset, margin):
    """What of a frame lies well inside the patch."""
    rows = slice(START + margin, START + PATCH - margin)
    left = START + offset
    return frame[:, rows, left + margin : left + PATCH - margin]


def change(frames, margin):
    first = inside(frames[0], 0, margin)
    return [
        (inside(frame, offset, margin) - first).square().mean().sqrt().item() * 255
        for offset, frame in enumerate(frames)
    ]


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    model, most = given.get("model", "gravel"), int(given.get("most", 48))
    texture = texturenet.load(model, device="cpu")
    generator = torch.Generator().manual_seed(0)
    still = torch.rand(1, 3, SIZE, SIZE, generator=generator)
    moving = torch.rand(1, 3, PATCH, PATCH, generator=generator)
    path = ((START, START), (START, START + most))
    film = texture.film(
        "displace", most + 1, 1.0, size=(SIZE, SIZE), patch=(PATCH, PATCH), path=path
    )
    margin = 4 * texture.coarsest  # beyond what reaches in from the border
    changes = {
        "coarse noise cut out of the finest": change(
            [decimated(texture, still, moving, offset) for offset in range(most + 1)], margin
        ),
        "texturenet film kind=displace": change(list(film), margin),
    }
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    for name, values in changes.items():
        moved = [value for offset, value in enumerate(values) if offset % texture.coarsest]
        print(
            f"{model}, {name}: {sum(moved) / len(moved):.4f}/255 on average, at most "
            f"{max(values):.4f}/255; at multiples of {texture.coarsest} "
            f"{max(values[:: texture.coarsest]):.4f}/255"
        )
        axes.plot(values, label=name)
    axes.set(xlabel="offset of the patch in pixels", ylabel="change inside it, /255")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    plot = given.get("out", PLOT)
    figure.savefig(plot, dpi=100)
    print(plot)


if __name__ == "__main__":
    main()
