"""Released materials -> their previews, and the pictures and figures of docs/materials.md.

    python docs/materials.py

Figures are those of the cards. Above is the exemplar, below a sample.
"""

from pathlib import Path

import torch

import texturenet
from texturenet.commands.card import picture_of
from texturenet.commands.material_files import material_files
from texturenet.evaluation.maps import as_pictures
from texturenet.generator import release
from texturenet.imaging import beside
from texturenet.io.pictures import save_picture
from texturenet.materials.shading import lit

SIDE, GAP = 256, 8
DOCS = Path(__file__).parent
PAGE = DOCS / "materials.md"
FIGURES = ("merit", "slopes", "curl", "cross")


def exemplar_of(net):
    """Its maps, as they were learnt."""
    files = material_files(net.card["exemplar"]["material"])
    picture = picture_of(net, files.colour)
    return files.material(files.opened(), picture).maps


def preview(net, exemplar):
    """Lit: exemplar and two samples (3,SIDE,3*SIDE+2*GAP)."""
    several = [exemplar, *(net.maps(SIDE, SIDE, seed) for seed in (0, 1))]
    return beside([lit(maps, SIDE, shape="plane") for maps in several], GAP)


def shown(net, exemplar):
    """Exemplar above a sample: on a plane and a ball, then every map."""
    rows = []
    for maps in (exemplar, net.maps(SIDE, SIDE, seed=0)):
        cut = {kind: values[:, :SIDE, :SIDE] for kind, values in maps.items()}
        rows.append(beside([lit(cut, SIDE), *as_pictures(cut)], GAP))
    gap = torch.ones(3, GAP, rows[0].shape[-1])
    return torch.cat([rows[0], gap, rows[1]], dim=1)


def main():
    lines = []
    table = [f"| material | steps | {' | '.join(FIGURES)} |", "|---" * (len(FIGURES) + 2) + "|"]
    for name, path in release.released().items():
        net = texturenet.load(name, device="cpu")
        if net.layout is None:
            continue
        exemplar = exemplar_of(net)
        save_picture(path.with_suffix(".jpg"), preview(net, exemplar))
        save_picture(DOCS / "pictures" / f"material_{name}.jpg", shown(net, exemplar))
        score = net.card["score"]
        cells = [f"{score[figure]:.3f}" if figure in score else "" for figure in FIGURES]
        table.append(f"| {name} | {net.card['step']} | {' | '.join(cells)} |")
        lines += ["", f"![{name}](pictures/material_{name}.jpg)"]
    text = PAGE.read_text()
    before, rest = text.split("<!-- nets -->\n", 1)
    _, after = rest.split("<!-- /nets -->", 1)
    PAGE.write_text(
        before + "<!-- nets -->\n" + "\n".join([*table, *lines]) + "\n<!-- /nets -->" + after
    )


if __name__ == "__main__":
    main()
