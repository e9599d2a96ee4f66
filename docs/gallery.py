"""Released nets -> their previews, the picture at the head of the README, and docs/gallery.md.

    python docs/gallery.py [failure=NET,EXEMPLAR ...]

For every net: exemplar, samples, a tile repeated, per-image optimisation beside it, both cards.
failure: nets that are shown though they are not good, below the others. Optimised pictures and
their figures are kept in runs/gallery/ and made once.
"""

import json
import math
import sys
import time
from pathlib import Path

import torch

import texturenet
from texturenet.commands.card import picture_of
from texturenet.commands.score.judging import PICTURES, UNSEEN, costs, distances, judges
from texturenet.evaluation.scorecard import Scorecard, merit
from texturenet.generator import release
from texturenet.imaging import beside
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture

SIDE, LARGE, GAP = 256, 512, 8
EVERY = 10  # steps between two looks at the optimised picture
DOCS = Path(__file__).parent
KEPT = Path("runs/gallery")
SHOWN = {
    "trained layers": "trained", "untrained layers": "untrained", "unseen filters": "filters",
    "patches": "patches", "spectrum": "spectrum", "portilla": "portilla", "colours": "colours",
    "spot": "spot", "copied": "copied", "diversity": "diversity", "regularity": "regularity",
    "merit": "merit",
}  # fmt: skip


def exemplar_of(texture, given=None):
    """As it was trained on, no larger than it is shown."""
    return picture_of(texture, given, crop=None, side=None).pixels[..., :SIDE, :SIDE]


def optimised(texture, exemplar, name, path):
    """(picture, figures of both, seconds until it was as good as the net's, or None)."""
    picture, facts = KEPT / f"{name}.png", KEPT / f"{name}.json"
    if facts.exists():
        return load_picture(str(picture)).pixels[0], json.loads(facts.read_text())
    card = Scorecard(exemplar, judges("vgg16", texture), distances())
    size, seeds = exemplar.shape[-2:], range(UNSEEN, UNSEEN + PICTURES)
    net = card([texture.render(*size, seed) for seed in seeds]).figures
    net |= {"merit": merit(net)}
    file = KEPT / f"{name}_exemplar.png"
    save_picture(file, exemplar[0])
    spent, as_good, wanted = 0.0, None, net["merit"]
    started = time.monotonic()
    painting = texturenet.gatys(str(file))
    for step in painting:
        whole = step.picture.shape[-2:] == size  # not one of the smaller pictures it begins with
        if as_good is None and whole and step.step % EVERY == 0:
            spent += time.monotonic() - started
            if (now := merit(card.of(step.picture.cpu()))) and now <= wanted:
                as_good = round(spent, 1)
            started = time.monotonic()
    spent += time.monotonic() - started
    made = painting.picture.cpu()
    save_picture(picture, made)
    figures = card([made]).figures
    figures |= {"merit": merit(figures)}
    found = {"net": net, "Gatys": figures, "seconds": round(spent, 1), "as good after": as_good}
    found |= {"costs": costs(texture, path)}
    facts.write_text(json.dumps(found, indent=1))
    return made, found


def shown(texture, exemplar, painted):
    """Exemplar above the optimised picture; two samples; four times a tile."""
    cell = texture.coarsest
    tile = texture.render(SIDE // cell * cell, SIDE // cell * cell, tile="xy").repeat(1, 2, 2)
    stack = torch.cat([exemplar[0], torch.ones(3, GAP, exemplar.shape[-1]), painted], dim=1)
    samples = [texture.render(LARGE + GAP, LARGE, seed) for seed in (0, 1)]
    tall = torch.nn.functional.pad(tile, (0, 0, 0, GAP + 2 * SIDE - tile.shape[1]), value=1.0)
    return beside([stack, *samples, tall], GAP)


def section(name, texture, path, given=None):
    exemplar = exemplar_of(texture, given)
    painted, found = optimised(texture, exemplar, name, path)
    save_picture(DOCS / "pictures" / f"gallery_{name}.jpg", shown(texture, exemplar, painted))
    card = texture.card
    known = card["exemplar"].get("licence")
    licence = f"{known}; " if known else ""
    took = f"{card['step']} steps, {card['seconds']} s on {card['device']}"
    after = found["as good after"]
    told = f"as good as the net after {after} s" if after else "never as good as the net"
    rows = {who: found[who] for who in ("net", "Gatys")}
    named = [key for key in SHOWN if any(key in figures for figures in rows.values())]
    lines = [
        f"### {name}{' (a failure)' if given else ''}", "",
        f"![{name}](pictures/gallery_{name}.jpg)", "",
        f"{licence}net: {took}; "
        f"{found['costs']['seconds']:.2f} s and {found['costs']['megabytes']:.0f} MB a megapixel. "
        f"Gatys: {found['seconds']} s, {told}.", "",
        f"| | {' | '.join(SHOWN[key] for key in named)} |",
        "|---" * (len(named) + 1) + "|",
    ]  # fmt: skip
    for who, figures in rows.items():
        cells = [f"{figures[key]:.3f}" if key in figures else "" for key in named]
        lines.append(f"| {who} | {' | '.join(cells)} |")
    return [*lines, ""], found["net"]["merit"] / found["Gatys"]["merit"]


def preview(texture):
    exemplar = exemplar_of(texture)[0]
    return beside([exemplar, *(texture.render(SIDE, SIDE, seed) for seed in (0, 1))], GAP)


def main():
    failures = [a.removeprefix("failure=") for a in sys.argv[1:] if a.startswith("failure=")]
    nets = {name: texturenet.load(name, device="cpu") for name in release.released()}
    rows, lines, ratios = {}, [], []
    for name, texture in nets.items():
        rows[name] = preview(texture)
        save_picture(release.find(name).with_suffix(".jpg"), rows[name])
        found, ratio = section(name, texture, name)
        lines += found
        ratios.append(ratio)
    gap = torch.ones(3, GAP, next(iter(rows.values())).shape[-1])
    parts = [part for picture in rows.values() for part in (picture, gap)][:-1]
    save_picture(DOCS / "pictures" / "gallery.jpg", torch.cat(parts, dim=1))
    lost = []
    for path, _, exemplar in (failure.partition(",") for failure in failures):
        texture = texturenet.load(path, device="cpu")
        lost += section(texture.card["name"], texture, path, exemplar)[0]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    page = (DOCS / "gallery.template.md").read_text()
    page = page.replace("{nets}", "\n".join(lines)).replace("{failures}", "\n".join(lost))
    (DOCS / "gallery.md").write_text(page.replace("{ratio}", f"{mean:.2f}"))


if __name__ == "__main__":
    main()
