"""The results of a study so far -> index.html, by the template page.html, and its pictures.

What is done here is the data of the page, as text and paths, and the pictures beside it; how it
looks stands in the template, which escapes every text.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from torch import Tensor

from ...io.exemplars import Picture, load_picture
from ...io.files import write_whole
from ...io.pictures import save_picture
from ..figures import curves_figure, sheet_figure
from .experiments import EXPERIMENTS
from .notebook import Notebook

NAMES = {"texture": "optimised", "sample_0": "net, seed 0", "sample_1": "net, seed 1"}
TEXTURES = {
    "gatys": "Texture by optimising one picture",
    "net": "Texture by a net that was trained against it",
}
EXACT = 90  # decibels, beyond which float32 and a byte's step say nothing more


def write_page(folder: Path, notes: Notebook, picture: Picture, subjects: Sequence[str]) -> Path:
    """Write index.html with what there is of a study.

    Parameters
    ----------
    folder : of the study, into which the page and its pictures go
    notes : the results so far
    picture : the exemplar
    subjects : names of the descriptors, in the order of the page

    Returns
    -------
    the path of index.html

    Raises
    ------
    Refused : where a file cannot be written, or a result is damaged
    """
    save_picture(folder / "exemplar.png", picture.pixels)
    results = {name: _results(notes, name, subjects) for name in EXPERIMENTS}
    text = _template().render(
        name=picture.name,
        exemplar=_captioned("exemplar.png", "the exemplar"),
        summary=_summary(results),
        sheet=_sheet(folder, results),
        reconstructions=_reconstructions(folder, results["reconstruct"]),
        textures=[
            {"heading": heading, **_textures(folder, results[name], name)}
            for name, heading in TEXTURES.items()
            if results[name]
        ],
    )
    return write_whole(folder / "index.html", text)


def _template() -> Template:
    pages = Environment(
        loader=PackageLoader(__package__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return pages.get_template("page.html")


def _results(notes: Notebook, name: str, subjects: Sequence[str]) -> list[dict]:
    """The facts of one experiment, of every descriptor that has them."""
    facts = {subject: notes.facts(f"{name}_{subject}") for subject in subjects}
    return [{**some, "subject": subject} for subject, some in facts.items() if some]


def _summary(results: Mapping[str, list[dict]]) -> dict[str, list]:
    """The table of times and errors: its heads, and (title, cells) of every descriptor."""
    by = {name: {facts["subject"]: facts for facts in some} for name, some in results.items()}
    judges = sorted({judge for name in TEXTURES for f in results[name] for judge in f["errors"]})
    heads = ["descriptor", *(f"{name}: time" for name in EXPERIMENTS), "best reconstruction"]
    heads += [f"{name}, by {judge}" for name in TEXTURES for judge in judges]
    rows = [
        (built["title"], _cells({name: by[name].get(subject) for name in by}, judges))
        for subject, built in by["build"].items()
    ]
    return {"heads": heads, "rows": rows}


def _cells(facts: Mapping[str, dict | None], judges: Sequence[str]) -> list[str]:
    """What the table says of one descriptor. facts: {experiment: its facts}."""
    cells = [_time(facts[name]) for name in EXPERIMENTS]
    back = facts["reconstruct"]
    cells.append(_decibels(max(back["decibels"].values())) if back else "")
    for name in TEXTURES:
        errors = facts[name]["errors"] if facts[name] else {}
        cells += [f"{errors[judge]:.4f}" if judge in errors else "" for judge in judges]
    return cells


def _sheet(folder: Path, results: Mapping[str, list[dict]]) -> str:
    """All pictures of all descriptors in one, to be shown elsewhere -> its name, or nothing."""
    rows: dict[str, dict[str, Tensor]] = {}
    for name in ("reconstruct", *TEXTURES):
        for facts in results[name]:
            row = rows.setdefault(facts["title"], {})
            for word, path in facts["pictures"].items():
                if word != "original":
                    row[NAMES.get(word, word)] = load_picture(str(folder / path)).pixels[0]
    if not rows:
        return ""
    return write_whole(folder / "sheet.png", sheet_figure(rows)).name


def _reconstructions(folder: Path, results: Sequence[dict]) -> dict:
    """Title and pictures of every descriptor, and the plot of their losses."""
    if not results:
        return {}
    curves = {facts["title"]: facts["curves"] for facts in results}
    plot = curves_figure(curves, "mean squared error of the features")
    descriptors = [
        {"title": facts["title"], "pictures": _reconstructed(facts)} for facts in results
    ]
    path = write_whole(folder / "reconstruct.png", plot)
    return {"descriptors": descriptors, "plot": path.name}


def _reconstructed(facts: dict) -> list[dict[str, str]]:
    """The original, and one picture a layer with the loss and how near it is."""
    pictures = [_captioned(facts["pictures"]["original"], "the original")]
    for layer, ratio in facts["decibels"].items():
        caption = f"{layer}: {min(facts['curves'][layer]):.3g}, {_decibels(ratio)}"
        pictures.append(_captioned(facts["pictures"][layer], caption))
    return pictures


def _textures(folder: Path, results: Sequence[dict], name: str) -> dict:
    """The pictures of every descriptor by one experiment, and the plot of losses, if it has any."""
    pictures = []
    for facts in results:
        errors = ", ".join(f"{judge} {error:.4f}" for judge, error in facts["errors"].items())
        first, *others = facts["pictures"].values()
        pictures.append(_captioned(first, f"{facts['title']} ({errors})"))
        pictures += [_captioned(path, f"{facts['title']}, another seed") for path in others]
    if not any("curves" in facts for facts in results):
        return {"pictures": pictures, "plot": ""}
    curves = {facts["title"]: _joined(facts["curves"]) for facts in results}
    plot = curves_figure({"": curves}, "loss, each its own")
    return {"pictures": pictures, "plot": write_whole(folder / f"{name}.png", plot).name}


def _captioned(path: str, caption: str) -> dict[str, str]:
    return {"path": path, "caption": caption}


def _joined(curves: Mapping[str, list[float]]) -> list[float]:
    """The losses of all parts, one after the other."""
    return [loss for losses in curves.values() for loss in losses]


def _time(facts: dict | None) -> str:
    if facts is None:
        return ""
    return f"{facts['seconds']:.0f} s" if facts["seconds"] else "none"


def _decibels(ratio: float) -> str:
    return f"{ratio:.1f} dB" if ratio < EXACT else f"over {EXACT} dB"
