"""A finished study -> docs/pictures/descriptors.jpg, and the table of docs/descriptors.md.

texturenet study descriptors exemplar=pebbles out=runs/study
python docs/descriptors.py runs/study
"""

import json
import sys
from pathlib import Path

from PIL import Image

NAMES = ("trained", "ranvgg", "ranvgg_plain", "singlevgg", "filters")
PICTURE = Path(__file__).parent / "pictures" / "descriptors.jpg"


def facts(folder, experiment, name):
    """What the study noted of one experiment with one descriptor."""
    return json.loads((folder / "results" / f"{experiment}_{name}.json").read_text())


def table(folder):
    """Lines of Markdown, a row for each descriptor."""
    heads = ["descriptor", "built", "given back, dB", "optimised", "net"]
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for name in NAMES:
        built, back, optimised, net = (
            facts(folder, experiment, name)
            for experiment in ("build", "reconstruct", "gatys", "net")
        )
        ratios = ", ".join(f"{min(ratio, 99):.0f}" for ratio in back["decibels"].values())
        seconds = [f"{part['seconds']:.0f} s" for part in (built, back, optimised, net)]
        cells = [built["title"], seconds[0], f"{ratios} ({seconds[1]})"]
        for part, spent in ((optimised, seconds[2]), (net, seconds[3])):
            errors = (part["errors"][judge] for judge in ("trained", "unseen filters"))
            cells.append(f"{', '.join(f'{error:.4f}' for error in errors)} ({spent})")
        yield f"| {' | '.join(cells)} |"


def main():
    folder = Path(sys.argv[1])
    print("\n".join(table(folder)))
    Image.open(folder / "sheet.png").convert("RGB").save(PICTURE, quality=88)


if __name__ == "__main__":
    main()
