"""What a study has found -> index.html with its pictures, and the loss curves as figures."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

from torch import Tensor

from ...io.exemplars import Picture, load_picture
from ...io.files import write_whole
from ...io.pictures import save_picture
from ..figures import curves_figure, sheet_figure
from .experiments import EXPERIMENTS
from .notebook import Notebook

HEADS = {"texture": "optimised", "sample_0": "net, seed 0", "sample_1": "net, seed 1"}
EXACT = 90  # decibels, beyond which float32 and a byte's step say nothing more
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 90em; padding: 0 1em }
table { border-collapse: collapse; margin: 1em 0 } td, th { padding: 4px 10px; text-align: left }
th { font-weight: 600 } td.number { text-align: right; font-variant-numeric: tabular-nums }
tr + tr td { border-top: 1px solid #ddd } figure { display: inline-block; margin: 0 8px 8px 0;
  vertical-align: top }
figure img { display: block; height: 160px }
img.curves { max-width: 100% }
figcaption { font-size: 12px; color: #555; width: min-content; min-width: 100% }
"""


def write_page(folder: Path, notes: Notebook, picture: Picture, subjects: Sequence[str]) -> Path:
    """index.html, as far as there is anything to show. subjects: names, in order."""
    save_picture(folder / "exemplar.png", picture.pixels)
    found = {name: _found(notes, name, subjects) for name in EXPERIMENTS}
    body = [
        f"<h1>Descriptors of {escape(picture.name)}</h1>",
        _pictures({"the exemplar": "exemplar.png"}),
        *_summary(found),
        *_sheet(folder, found),
        *_reconstructions(folder, found["reconstruct"]),
        *_textures(folder, found["gatys"], "gatys", "Texture by optimising one picture"),
        *_textures(folder, found["net"], "net", "Texture by a net that was trained against it"),
    ]
    text = "\n".join(
        ["<!doctype html>", '<html lang="en"><meta charset="utf-8">',
         f"<title>Descriptors of {escape(picture.name)}</title>", f"<style>{STYLE}</style>", *body,
         "</html>", ""]
    )  # fmt: skip
    return write_whole(folder / "index.html", text)


def _sheet(folder: Path, found: Mapping[str, list[dict]]) -> Iterable[str]:
    """All pictures of all descriptors in one, for whoever wants to show them elsewhere."""
    rows: dict[str, dict[str, Tensor]] = {}
    for name in ("reconstruct", "gatys", "net"):
        for facts in found[name]:
            row = rows.setdefault(facts["title"], {})
            for word, path in facts["pictures"].items():
                if word != "original":
                    row[HEADS.get(word, word)] = load_picture(str(folder / path)).pixels[0]
    if rows:
        write_whole(folder / "sheet.png", sheet_figure(rows))
        yield '<p>All of them in one picture: <a href="sheet.png">sheet.png</a></p>'


def _found(notes: Notebook, name: str, subjects: Sequence[str]) -> list[dict]:
    """The facts of every descriptor that there are."""
    found = {subject: notes.found(f"{name}_{subject}") for subject in subjects}
    return [{**facts, "subject": subject} for subject, facts in found.items() if facts]


def _summary(found: Mapping[str, list[dict]]) -> Iterable[str]:
    """One row a descriptor: times, how well pictures come back, how its textures are judged."""
    titles = {facts["subject"]: facts["title"] for facts in found["build"]}
    by = {name: {facts["subject"]: facts for facts in some} for name, some in found.items()}
    judges = sorted(
        {judge for some in ("gatys", "net") for f in found[some] for judge in f["errors"]}
    )
    heads = ["descriptor", *(f"{name}: time" for name in EXPERIMENTS), "best reconstruction"]
    heads += [f"{some}, by {judge}" for some in ("gatys", "net") for judge in judges]
    rows = []
    for subject, title in titles.items():
        of = {name: some.get(subject) for name, some in by.items()}
        row = [title, *(_time(of[name]) for name in EXPERIMENTS)]
        row.append(
            _decibels(max(of["reconstruct"]["decibels"].values())) if of["reconstruct"] else ""
        )
        for some in ("gatys", "net"):
            errors = of[some]["errors"] if of[some] else {}
            row += [f"{errors[judge]:.4f}" if judge in errors else "" for judge in judges]
        rows.append(row)
    yield "<h2>Times and errors</h2>"
    yield _table(heads, rows)
    yield (
        "<p>Errors are relative, of Gram matrices against the exemplar's; smaller is better: by "
        "the trained network, at relu1_1 to relu5_1, and by random filters that no descriptor here "
        "has. Of a net, the mean of four samples. The trained network judges its own kind "
        "kindly.</p>"
    )


def _reconstructions(folder: Path, found: list[dict]) -> Iterable[str]:
    if not found:
        return
    yield "<h2>A picture out of the features of one layer</h2>"
    yield "<p>Below each: the mean squared error of the features, and how near the picture is.</p>"
    for facts in found:
        yield f"<h3>{escape(facts['title'])}</h3>"
        captions = {"the original": facts["pictures"]["original"]}
        for layer, ratio in facts["decibels"].items():
            loss = min(facts["curves"][layer])
            captions[f"{layer}: {loss:.3g}, {_decibels(ratio)}"] = facts["pictures"][layer]
        yield _pictures(captions)
    curves = {facts["title"]: facts["curves"] for facts in found}
    write_whole(
        folder / "reconstruct.png", curves_figure(curves, "mean squared error of the features")
    )
    yield '<p><img class="curves" src="reconstruct.png" alt="loss against steps"></p>'


def _textures(folder: Path, found: list[dict], name: str, heading: str) -> Iterable[str]:
    if not found:
        return
    yield f"<h2>{heading}</h2>"
    captions = {}
    for facts in found:
        for index, path in enumerate(facts["pictures"].values()):
            errors = ", ".join(f"{judge} {error:.4f}" for judge, error in facts["errors"].items())
            told = (
                f"{facts['title']} ({errors})" if not index else f"{facts['title']}, another seed"
            )
            captions[told] = path
    yield _pictures({"the exemplar": "exemplar.png", **captions})
    if any("curves" in facts for facts in found):
        curves = {"": {facts["title"]: _joined(facts["curves"]) for facts in found}}
        write_whole(folder / f"{name}.png", curves_figure(curves, "loss, each its own"))
        yield f'<p><img class="curves" src="{name}.png" alt="loss against steps"></p>'


def _joined(curves: Mapping[str, list[float]]) -> list[float]:
    return [loss for losses in curves.values() for loss in losses]


def _pictures(captions: Mapping[str, str]) -> str:
    return "".join(
        f'<figure><img src="{escape(path)}" alt=""><figcaption>{escape(told)}</figcaption></figure>'
        for told, path in captions.items()
    )


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = ["<table><tr>" + "".join(f"<th>{escape(head)}</th>" for head in heads) + "</tr>"]
    for first, *rest in rows:
        cells = "".join(f'<td class="number">{escape(cell)}</td>' for cell in rest)
        lines.append(f"<tr><td>{escape(first)}</td>{cells}</tr>")
    return "\n".join([*lines, "</table>"])


def _time(facts: dict | None) -> str:
    if facts is None:
        return ""
    return f"{facts['seconds']:.0f} s" if facts["seconds"] else "none"


def _decibels(ratio: float) -> str:
    return f"{ratio:.1f} dB" if ratio < EXACT else f"over {EXACT} dB"
