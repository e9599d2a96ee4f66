"""results.jsonl -> the tables of docs/recipe.md, between their marks.

    python bench/recipe/table.py

Figures are ratios to a reference on the same exemplar, budget and seed, averaged geometrically; the
merit is the geometric mean of the four that nothing is trained on.
"""

import json
import math
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "recipe.md"
UNTRAINED = ("untrained layers, avg", "untrained layers, max")
FIGURES = ("untrained", "patches", "spectrum", "portilla")
SHOWN = (*FIGURES, "unseen filters", "spot", "diversity")
# Recipes are chosen on these, and judged on all others.
CHOOSING = ("peppers", "stones", "bricks", "plait", "gravel", "ihc", "brick")
GREY = ("plait", "gravel")


def read():
    """{(setting, budget): {(exemplar, seed): figures}}."""
    found = {}
    for text in (HERE / "results.jsonl").read_text().splitlines():
        line = json.loads(text)
        line["untrained"] = sum(line[name] for name in UNTRAINED) / len(UNTRAINED)
        line["merit"] = mean(line[name] for name in FIGURES)
        runs = found.setdefault((line["setting"], line["budget"]), {})
        runs[line["exemplar"], line["seed"]] = line
    return found


def mean(values):
    """Geometric."""
    logs = [math.log(max(value, 1e-6)) for value in values]
    return math.exp(sum(logs) / len(logs))


def ratios(ours, theirs, name):
    """On what both have run."""
    shared = [key for key in ours if key in theirs]
    return [ours[key][name] / theirs[key][name] for key in shared]


def ablations(found, reference, budget):
    """Settings against a reference, best first."""
    theirs, rows = found[reference, budget], []
    for (setting, of), ours in found.items():
        shared = [key for key in ours if key in theirs]
        if of == budget and shared and all(e in CHOOSING for e, _ in shared):
            cells = [mean(ratios(ours, theirs, name)) for name in ("merit", *FIGURES)]
            spots = max(ours[key]["spot"] for key in shared)
            least = min(ours[key]["diversity"] / theirs[key]["diversity"] for key in shared)
            pictures = ", ".join(f"{e} {mean([ours[e, s]['merit'] / theirs[e, s]['merit']]):.2f}"
                                 for e, s in sorted(shared))  # fmt: skip
            rows.append((setting, cells, spots, least, pictures))
    lines = [
        "| setting | merit | " + " | ".join(FIGURES) + " | spot | diversity | merit by exemplar |"
    ]
    lines += ["|---" * (len(FIGURES) + 5) + "|"]
    for setting, cells, spots, least, pictures in sorted(rows, key=lambda row: row[1][0]):
        told = " | ".join(f"{cell:.2f}" for cell in cells)
        lines.append(f"| {setting} | {told} | {spots:.4f} | {least:.2f} | {pictures} |")
    return lines


def contest(found, contenders, budget, held_out):
    """Figures themselves, geometric means over exemplars, and the merit of each against others."""
    runs = {name: found.get((name, budget), {}) for name in contenders}
    runs = {
        n: {k: v for k, v in r.items() if (k[0] in CHOOSING) != held_out} for n, r in runs.items()
    }
    runs = {name: of for name, of in runs.items() if of}
    shared = set.intersection(*({e for e, _ in of} for of in runs.values()))
    lines = [f"On {', '.join(sorted(shared))}:", ""]
    lines += ["| recipe | merit | " + " | ".join(SHOWN) + " | seconds |"]
    lines += ["|---" * (len(SHOWN) + 3) + "|"]
    for name, of in runs.items():
        some = [line for (e, _), line in of.items() if e in shared]
        cells = [
            f"{mean(line[f] for line in some):.3f}" for f in ("merit", *FIGURES, "unseen filters")
        ]
        spot = max(line["spot"] for line in some)
        least = [line["diversity"] for line in some if "diversity" in line]
        least = f"{min(least):.2f}" if least else ""
        seconds = sum(line["seconds"] for line in some) / len(some)
        lines.append(f"| {name} | {' | '.join(cells)} | {spot:.4f} | {least} | {seconds:.0f} |")
    return lines


def write(mark, lines):
    """Between `<!-- mark -->` and `<!-- /mark -->`."""
    text = PAGE.read_text()
    before, rest = text.split(f"<!-- {mark} -->\n", 1)
    _, after = rest.split(f"<!-- /{mark} -->", 1)
    PAGE.write_text(f"{before}<!-- {mark} -->\n" + "\n".join(lines) + f"\n<!-- /{mark} -->{after}")


def grey(found, budget):
    """Figures of every setting on each of two exemplars."""
    heads = ["setting", "exemplar", "merit", *SHOWN]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for (setting, of), runs in found.items():
        for exemplar in GREY:
            if of == budget and (line := runs.get((exemplar, 0))):
                cells = " | ".join(f"{line[name]:.3f}" for name in ("merit", *SHOWN))
                lines.append(f"| {setting} | {exemplar} | {cells} |")
    return lines


def main():
    found = read()
    write("ablations 400", ablations(found, "base", 400))
    write("grey 400", grey(found, 400))
    contenders = ["default", "ulyanov2016_fitted", "gutierrez2019_fitted", "gatys2015"]
    write("contest 500", contest(found, contenders, 500, held_out=True))


if __name__ == "__main__":
    main()
