"""results.jsonl -> the tables of docs/recipe.md, between their marks.

    python bench/recipe/table.py

Averages are geometric; the merit is the geometric mean of the four figures that nothing is trained
on.
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
REGULAR = ("plait", "bricks", "brick", "weave", "stones")
SCALED = ("cells", "starry_night", "weave")
LONGER = ("pebbles", "cells", "grass", "starry_night", "bread", "weave", "zigzag")
FOLLOWED = ("plait", "ihc", "bread", "starry_night")
# Settings of tables.
CONTENDERS = (
    *("earlier", "before_detail", "ulyanov2016_fitted", "gutierrez2019_fitted"),
    *("gatys2015", "gatys_plain", "gatys", "gpdm", "gpdm_64"),
)
COLOURLESS = ("mpc_deviation", "w1_octaves2", "w1_octaves2_max", "d_detail")
WAVES = ("d_detail", "d_waves2", "d_waves4", "d_waves8", "d_detail_302", "d_waves4_302")


def read(name="results.jsonl"):
    """{(setting, budget): {(exemplar, seed): figures}}."""
    results = {}
    for text in (HERE / name).read_text().splitlines():
        line = with_merit(json.loads(text))
        runs = results.setdefault((line["setting"], line["budget"]), {})
        runs[line["exemplar"], line["seed"]] = line
    return results


def with_merit(line):
    """Beside the figures the mean of the untrained layers, and the merit."""
    untrained = sum(line[name] for name in UNTRAINED) / len(UNTRAINED)
    line = line | {"untrained": untrained}
    return line | {"merit": mean(line[name] for name in FIGURES)}


def mean(values):
    """Geometric."""
    logs = [math.log(max(value, 1e-6)) for value in values]
    return math.exp(sum(logs) / len(logs))


def table(heads, rows):
    return [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"] + [
        f"| {' | '.join(cells)} |" for cells in rows
    ]


def ablations(results, reference, budget, about=""):
    """Settings (those whose names begin with `about`, and the reference) as ratios to a reference,
    on what both have run, best first."""
    theirs, rows = results[reference, budget], []
    for (setting, of), ours in results.items():
        shared = sorted(key for key in ours if key in theirs)
        named = setting.startswith(about) or setting == reference
        if of != budget or not shared or not named:
            continue
        ratios = {
            name: [ours[key][name] / theirs[key][name] for key in shared]
            for name in ("merit", *FIGURES)
        }
        cells = [f"{mean(ratios[name]):.2f}" for name in ("merit", *FIGURES)]
        spot = max(ours[key]["spot"] for key in shared)
        by_exemplar = each_of(shared, ratios["merit"])
        row = [setting, *cells, f"{spot:.4f}", least_diversity(ours[key] for key in shared)]
        row.append(by_exemplar)
        rows.append((mean(ratios["merit"]), row))
    heads = ["setting", "merit", *FIGURES, "spot", "diversity", "merit by exemplar"]
    return table(heads, [row for _, row in sorted(rows)])


def each_of(runs, ratios):
    """Of every exemplar; where it was run with several seeds, their geometric mean."""
    by: dict[str, list[float]] = {}
    for (exemplar, _), ratio in zip(runs, ratios, strict=True):
        by.setdefault(exemplar, []).append(ratio)
    several = {name: f" ({len(some)} seeds)" * (len(some) > 1) for name, some in by.items()}
    return ", ".join(f"{name} {mean(some):.2f}{several[name]}" for name, some in by.items())


def least_diversity(runs):
    """Of those whose nets it was taken of."""
    results = [line["diversity"] for line in runs if "diversity" in line]
    return f"{min(results):.2f}" if results else ""


def contest(results, contenders, budget):
    """Figures themselves, geometric means over the exemplars that nothing was chosen on."""
    runs = {}
    for name in contenders:
        of = results.get((name, budget), {})
        runs[name] = {key[0]: line for key, line in of.items() if key[0] not in CHOOSING}
    runs = {name: of for name, of in runs.items() if of}
    shared, rows = sorted(set.intersection(*map(set, runs.values()))), []
    for name, of in runs.items():
        some = [of[exemplar] for exemplar in shared]
        named = ("merit", *FIGURES, "unseen filters")
        cells = [f"{mean(line[figure] for line in some):.3f}" for figure in named]
        cells += [f"{max(line['spot'] for line in some):.4f}", least_diversity(some)]
        cells += [f"{max(line['copied'] for line in some):.3f}"]
        rows.append([name, *cells, f"{sum(line['seconds'] for line in some) / len(some):.0f}"])
    heading = [f"On {', '.join(shared)}:", ""]
    return heading + table(["recipe", "merit", *SHOWN, "copied", "seconds"], rows)


def write(mark, lines):
    """Between `<!-- mark -->` and `<!-- /mark -->`."""
    text = PAGE.read_text()
    before, rest = text.split(f"<!-- {mark} -->\n", 1)
    _, after = rest.split(f"<!-- /{mark} -->", 1)
    PAGE.write_text(f"{before}<!-- {mark} -->\n" + "\n".join(lines) + f"\n<!-- /{mark} -->{after}")


def figures(results, settings, exemplars, names, only=None):
    """Themselves, of these settings on these exemplars, of one budget or all; means over seeds."""
    rows = []
    for exemplar in exemplars:
        for (setting, budget), runs in sorted(results.items(), key=lambda item: item[0][1]):
            some = [line for (name, _), line in sorted(runs.items()) if name == exemplar]
            if setting in settings and some and only in (None, budget):
                cells = [shown(name, some) for name in names]
                rows.append([exemplar, str(budget), setting, str(len(some)), *cells])
    return table(["exemplar", "budget", "setting", "seeds", *names], rows)


def shown(name, lines):
    """The mean of a figure over seeds; nothing where it was not taken."""
    if name == "steps":
        return str(lines[0]["steps"])
    return f"{mean(line[name] for line in lines):.3f}" if name in lines[0] else ""


def times(results):
    """Merits of the default over those of the earlier one and of gatys, in halves and wholes of its
    time; the last row is the geometric mean."""
    half, whole, twice = (("default", 670), ("earlier", 1339)), *PAIRS
    columns, rows = [half, whole, twice, (("default", 2678), ("gatys", 500))], []
    for exemplar in LONGER:
        rows.append([exemplar, *(merits(results, *pair, exemplar) for pair in columns)])
    rows = [row for row in rows if any(row[1:])]
    last = [mean(found) if (found := [r[k] for r in rows if r[k]]) else None for k in range(1, 5)]
    shown = [[name, *(f"{v:.2f}" if v else "" for v in row)] for name, *row in [*rows, ["", *last]]]
    heads = ["half of 1000 steps", "2000 steps", "2000 over 1000", "2000 over gatys"]
    return table(["exemplar", *heads], shown)


PAIRS = (("default", 2678), ("earlier", 2678)), (("default", 2678), ("earlier", 1339))


def head_start(results, ours, theirs, budgets):
    """Merits over merits, by exemplar and number of steps; the last row is the geometric mean."""
    names = sorted({name for budget in budgets for name, _ in results.get((ours, budget), {})})
    rows = [
        [name, *(merits(results, (ours, of), (theirs, of), name) for of in budgets)]
        for name in names
    ]
    last = [mean([row[k] for row in rows if row[k]]) for k in range(1, 1 + len(budgets))]
    shown = [[name, *(f"{v:.2f}" if v else "" for v in row)] for name, *row in [*rows, ["", *last]]]
    return table(["exemplar", *(f"{budget} steps" for budget in budgets)], shown)


def merits(results, ours, theirs, exemplar):
    """A ratio of means over seeds, or None where one of them was not run."""
    both = [
        [line["merit"] for (name, _), line in results.get(key, {}).items() if name == exemplar]
        for key in (ours, theirs)
    ]
    return mean(both[0]) / mean(both[1]) if all(both) else None


def scatter(results, budget):
    """Merits of what was run with several seeds."""
    rows = []
    for (setting, of), runs in sorted(results.items()):
        for exemplar in sorted({name for name, _ in runs}):
            some = [runs[key] for key in sorted(runs) if key[0] == exemplar]
            if of == budget and len(some) > 1:
                merits = ", ".join(f"{line['merit']:.3f}" for line in some)
                spectra = ", ".join(f"{line['spectrum']:.3f}" for line in some)
                rows.append([setting, exemplar, merits, spectra])
    return table(["setting", "exemplar", "merit", "spectrum"], rows)


def main():
    results = read()
    write("ablations 400", ablations(results, "base", 400))
    write("grey 400", figures(results, COLOURLESS, GREY, ("merit", *SHOWN), 400))
    write("about 400", ablations(results, "w1_octaves2_max", 400, "d_"))
    write("seeds 400", scatter(results, 400))
    write("net 130", ablations(results, "earlier", 130))
    write("contest 500", contest(results, CONTENDERS, 500))
    write("waves", figures(results, WAVES, REGULAR, ("merit", *FIGURES, "regularity", "diversity")))
    settings = ("earlier", "d_detail", "scales6")
    write("scales 500", figures(results, settings, SCALED, ("merit", *FIGURES), 500))
    settings = ("earlier", "followed")
    write(
        "followed 500", figures(results, settings, FOLLOWED, ("merit", *FIGURES, "diversity"), 500)
    )
    equal = read("equal_steps.jsonl")
    write("equal 800", ablations(equal, "earlier", 800))
    write("common", head_start(equal, "a_common", "default", (100, 200, 400, 800)))
    write("equal 600", ablations(equal, "default", 600))
    timed = (("default", 670), ("default", 2678), ("earlier", 1339), ("earlier", 2678))
    some = {key: results[key] for key in timed}
    write("longer", figures(some, ("default", "earlier"), LONGER, ("steps", "merit", *FIGURES)))
    write("times", times(results))
    write("pooling 500", contest(results, ("before_detail", "w1_octaves2"), 500))


if __name__ == "__main__":
    main()
