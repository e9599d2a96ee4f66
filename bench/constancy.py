"""Does a film between two noises fade? Distance to the exemplar in its course, by redresse.

    python bench/constancy.py [models=brick,gravel,ihc,pebbles] [size=1024] [frames=11] [pairs=1]
                              [out=docs/pictures/redresse.png]

Prints the worst frame over the mean of the two end frames, and what stills of other seeds spread,
and draws them. Needs the descriptor's weights (extra vgg16).
"""

import statistics
import sys
from pathlib import Path

from matplotlib.figure import Figure

import texturenet
from texturenet.commands.card import descriptor_of, exemplar_of
from texturenet.evaluation.constancy import Constancy
from texturenet.noise.laws import REDRESSE

PLOT = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "redresse.png"


def distances(texture, constancy, size, frames, seeds, redresse):
    film = texture.film(
        "interpolate", frames, 1.0, size=(size, size), seeds=seeds, redresse=redresse
    )
    return [constancy.distance(frame) for frame in film]


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    models = given.get("models", "brick,gravel,ihc,pebbles").split(",")
    size, frames, pairs = (
        int(given.get(k, d)) for k, d in (("size", 1024), ("frames", 11), ("pairs", 1))
    )
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots(1, len(models), sharey=True, squeeze=False)[0]
    print(f"{size}x{size}, {frames} frames, worst frame over the mean of the ends")
    for model, panel in zip(models, axes, strict=True):
        texture = texturenet.load(model)
        constancy = Constancy(exemplar_of(texture, None), descriptor_of(texture))
        stills = [constancy.distance(texture.render(size, size, seed)) for seed in range(100, 104)]
        mean = statistics.mean(stills)
        spread = [value / mean - 1 for value in (min(stills), max(stills))]
        line = f"{model:<8} stills {mean:.4f}, from {spread[0]:+.0%} to {spread[1]:+.0%};"
        for redresse in REDRESSE:
            worst = []
            for pair in range(pairs):
                along = distances(
                    texture, constancy, size, frames, (2 * pair, 2 * pair + 1), redresse
                )
                ends = (along[0] + along[-1]) / 2
                worst.append(max(along) / ends - 1)
                shown = {"label": redresse} if not pair else {}
                panel.plot(
                    [index / (frames - 1) for index in range(frames)],
                    [value / ends for value in along],
                    color=f"C{REDRESSE.index(redresse)}",
                    **shown,
                )
            line += f" {redresse} " + ", ".join(f"{value:+.1%}" for value in worst)
        print(line, flush=True)
        panel.set(title=model, xlabel="on the way")
        panel.grid(alpha=0.3)
    axes[0].set(ylabel="distance / that of the ends", ylim=(0.8, None))
    axes[0].legend(fontsize="small", title="redresse")
    plot = given.get("out", PLOT)
    figure.savefig(plot, dpi=100)
    print(plot)


if __name__ == "__main__":
    main()
