"""Released nets -> their previews, the picture at the head of the README, and docs/gallery.md.

    python docs/gallery.py [only=NET,NET..] [failure=NET,EXEMPLAR ...]

For every net: exemplar, samples, a repeated tile, per-image optimisation, and the figures of both.
failure: nets that are not good, shown below the others. only: nets that are judged anew; what the
page says of the others stays. Optimised pictures and their figures are made once for a net and kept
in runs/gallery/.
"""

import json
import math
import re
import sys
import time
from pathlib import Path

import torch

import texturenet
from texturenet.commands.card import picture_of
from texturenet.commands.judging import PICTURES, UNSEEN, costs, distances, judges
from texturenet.evaluation.scorecard import Scorecard, merit
from texturenet.generator import release
from texturenet.imaging import beside
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture

SIDE, LARGE, GAP = 256, 512, 8
EVERY = 10  # steps between two judgements of the optimised picture
DOCS = Path(__file__).parent
KEPT = Path("runs/gallery")
FAILED = " (a failure)"
SHOWN = {
    "trained layers": "trained", "untrained layers": "untrained", "unseen filters": "filters",
    "patches": "patches", "spectrum": "spectrum", "portilla": "portilla", "colours": "colours",
    "spot": "spot", "blocks": "blocks", "glints": "glints", "copied": "copied",
    "diversity": "diversity", "regularity": "regularity", "merit": "merit",
}  # fmt: skip


def exemplar_of(texture, given=None):
    """The exemplar (1,3,h,w) as the net was trained on it, at most SIDE pixels a side."""
    return picture_of(texture, given, crop=None, side=None).pixels[..., :SIDE, :SIDE]


def optimised(texture, exemplar, name, path):
    """Per-image optimisation of an exemplar (1,3,h,w) -> (picture (3,h,w), figures of it and of the
    net, with seconds; "as good after" is None if it was never as good as the net)."""
    picture, facts = KEPT / f"{name}.png", KEPT / f"{name}.json"
    this = release.fingerprint(texture.net)
    kept = json.loads(facts.read_text()) if facts.exists() else {}
    if kept.get("fingerprint") == this:
        return load_picture(str(picture)).pixels[0], kept
    card = Scorecard(exemplar, judges("vgg16", texture), distances())
    size, seeds = exemplar.shape[-2:], range(UNSEEN, UNSEEN + PICTURES)
    net = card([texture.render(*size, seed) for seed in seeds]).figures
    net |= {"merit": merit(net)}
    made, seconds, as_good = _timed(exemplar, card, net["merit"], KEPT / f"{name}_exemplar.png")
    save_picture(picture, made)
    figures = card([made]).figures
    figures |= {"merit": merit(figures)}
    result = {"net": net, "Gatys": figures, "seconds": round(seconds, 1), "as good after": as_good}
    result |= {"costs": costs(texture, path), "fingerprint": this}
    facts.write_text(json.dumps(result, indent=1))
    return made, result


def _timed(exemplar, card, target, file):
    """(optimised picture, seconds it took, seconds until its merit was `target` or less). Judging
    is not part of the time."""
    save_picture(file, exemplar[0])
    spent, as_good, started = 0.0, None, time.monotonic()
    painting = texturenet.gatys(str(file))
    for step in painting:
        full_size = step.picture.shape[-2:] == exemplar.shape[-2:]
        if as_good is None and full_size and step.step % EVERY == 0:
            spent += time.monotonic() - started
            if (now := merit(card.of(step.picture.cpu()))) and now <= target:
                as_good = round(spent, 1)
            started = time.monotonic()
    return painting.picture.cpu(), spent + time.monotonic() - started, as_good


def shown(texture, exemplar, painted):
    """Exemplar above the optimised picture; two samples; a tile repeated twice each way."""
    side = SIDE // texture.coarsest * texture.coarsest
    tile = texture.render(side, side, tile="xy").repeat(1, 2, 2)  # (3,2*side,2*side)
    stack = torch.cat([exemplar[0], torch.ones(3, GAP, exemplar.shape[-1]), painted], dim=1)
    samples = [texture.render(LARGE + GAP, LARGE, seed) for seed in (0, 1)]
    tall = torch.nn.functional.pad(tile, (0, 0, 0, GAP + 2 * SIDE - tile.shape[1]), value=1.0)
    return beside([stack, *samples, tall], GAP)


def section(name, texture, path, given=None):
    """(lines of the page about one net, its merit over that of per-image optimisation)."""
    exemplar = exemplar_of(texture, given)
    painted, result = optimised(texture, exemplar, name, path)
    save_picture(DOCS / "pictures" / f"gallery_{name}.jpg", shown(texture, exemplar, painted))
    rows = {who: result[who] for who in ("net", "Gatys")}
    keys = [key for key in SHOWN if any(key in figures for figures in rows.values())]
    lines = [
        f"### {name}{FAILED if given else ''}", "",
        f"![{name}](pictures/gallery_{name}.jpg)", "",
        facts_of(texture.card, result), "",
        f"| | {' | '.join(SHOWN[key] for key in keys)} |",
        "|---" * (len(keys) + 1) + "|",
    ]  # fmt: skip
    for who, figures in rows.items():
        cells = [f"{figures[key]:.3f}" if key in figures else "" for key in keys]
        lines.append(f"| {who} | {' | '.join(cells)} |")
    return [*lines, ""], rows["net"]["merit"] / rows["Gatys"]["merit"]


def sections():
    """{net: its lines} of the page as it is."""
    parts = re.split(r"\n(?=##)", (DOCS / "gallery.md").read_text())
    lines = [[*part.rstrip("\n").splitlines(), ""] for part in parts]
    return {each[0].removeprefix("### "): each for each in lines if each[0].startswith("### ")}


def ratio_in(lines):
    """What `section` gave of such lines."""
    cells = [line.split("|") for line in lines if line.startswith(("| net", "| Gatys"))]
    net, optimised = (float(row[-2]) for row in cells)
    return net / optimised


def facts_of(card, result):
    """Licence, training and costs in one line."""
    licence = card["exemplar"].get("licence")
    after, costs = result["as good after"], result["costs"]
    compared = f"as good as the net after {after} s" if after else "never as good as the net"
    return (
        f"{f'{licence}; ' if licence else ''}net: {card['step']} steps, {card['seconds']} s on "
        f"{card['device']}; {costs['seconds']:.2f} s and {costs['megabytes']:.0f} MB a megapixel. "
        f"Gatys: {result['seconds']} s, {compared}."
    )


def preview(texture):
    """Exemplar and two samples side by side (3,SIDE,3*SIDE+2*GAP)."""
    exemplar = exemplar_of(texture)[0]
    return beside([exemplar, *(texture.render(SIDE, SIDE, seed) for seed in (0, 1))], GAP)


def of_family(name, texture):
    """A row of the table of nets that are kin."""
    card = texture.card
    merit = card["score"]["merit"]
    return f"| {name} | {card['exemplar']['name']} | {card['step']} | {merit:.3f} |"


def in_columns(pictures, count):
    """Pictures of one size (3,h,w), row by row."""
    blank = torch.ones_like(pictures[0])
    whole = pictures + [blank] * (-len(pictures) % count)
    lines = [beside(whole[at : at + count], 2 * GAP) for at in range(0, len(whole), count)]
    gap = torch.ones(3, GAP, lines[0].shape[-1])
    return torch.cat([part for line in lines for part in (line, gap)][:-1], dim=1)


def main():
    failures = [a.removeprefix("failure=") for a in sys.argv[1:] if a.startswith("failure=")]
    only = [a.removeprefix("only=").split(",") for a in sys.argv[1:] if a.startswith("only=")]
    known = sections() if only else {}
    nets = {name: texturenet.load(name, device="cpu") for name in release.released()}
    nets = {name: net for name, net in nets.items() if net.layout is None}  # materials.py has those
    rows, lines, ratios, family = {}, [], [], []
    for name, texture in nets.items():
        row = preview(texture)
        save_picture(release.find(name).with_suffix(".jpg"), row)
        if "parent" in texture.card:  # family.jpg shows these
            family.append(of_family(name, texture))
            continue
        rows[name] = row
        judged = not only or name in only[0]
        about, ratio = (
            section(name, texture, name) if judged else (known[name], ratio_in(known[name]))
        )
        lines += about
        ratios.append(ratio)
    save_picture(DOCS / "pictures" / "gallery.jpg", in_columns(list(rows.values()), 2))
    failed = []
    for path, _, exemplar in (failure.partition(",") for failure in failures):
        texture = texturenet.load(path, device="cpu")
        failed += section(texture.card["name"], texture, path, exemplar)[0]
    if not failures:
        failed = [line for name in known if name.endswith(FAILED) for line in known[name]]
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    page = (DOCS / "gallery.template.md").read_text().replace("{ratio}", f"{mean:.2f}")
    for part, found in {"{nets}": lines, "{family}": family, "{failures}": failed}.items():
        page = page.replace(part, "\n".join(found))
    (DOCS / "gallery.md").write_text(page.rstrip() + "\n")


if __name__ == "__main__":
    main()
