"""One texture in a worker: trained as `texturenet train` does it, and what of it comes back."""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from ...cluster.jobs import KEEP, OUT, Facts, Tell
from ...cluster.looking import looking
from ...errors import NotResumable, Refused, StoppedAtOnce
from ...generator import release
from ...io.pictures import save_picture
from ...page import write_page
from ...sampling.texture import Texture
from .. import app
from ..progress import FILE
from ..runs import RESUME
from ..train.fitting import CONFIG
from ..train.run import train
from .jobs import INPUTS, recipe_of

THUMB = 128  # pixels a side
SECONDS = 0.5  # between two looks at how far it is
LOG, THUMBNAIL = "log.txt", "thumb.jpg"
NOT_RETURNED = re.compile(r"(previews|moment|tensorboard)/.*|.*_[0-9]+\.png|.*_tile_2x2\.png")
_LAID = re.compile(rf"\b{INPUTS}/[\w.]+/")
ADVICE = "advice: "  # how a line of the log begins that says what was found


def train_one(given: Facts, folder: Path, tell: Tell) -> Facts:
    """A job of a library, see `cluster.jobs.Job`.

    It trains in folder/"keep", where the file to resume from is; the net, its pictures and its log
    come back. Raises Refused for what train refuses, and for a worker with other recipes.
    """
    name, options = str(given["options"]["name"]), _options(given, folder)
    run = folder / KEEP
    request = _same(app.request("train", options), given)
    with (
        _watched(folder / "progress.jsonl", tell),
        open(run / LOG, "a", encoding="utf-8") as log,
        redirect_stdout(log),
    ):
        try:
            released, status = _trained(request, options)
        except Refused as refusal:  # with paths as the user knows them
            raise Refused(_LAID.sub("", str(refusal).replace(f"{folder}/", ""))) from refusal
    if status:
        raise StoppedAtOnce(status - 128)  # what is kept is gone on from
    _hand_over(run, folder / OUT)
    net, card = release.load(folder / OUT / released.name)
    save_picture(folder / OUT / THUMBNAIL, Texture(net, card).render(THUMB, THUMB))
    if given["pages"]:
        write_page([str(folder / OUT / released.name)], folder / OUT / f"{name}.html")
    return {**_facts(card, net, folder / OUT), "options": given["row"]}


def _trained(request: app.Request, options: Mapping[str, object]) -> tuple[Path, int]:
    """(released file, exit status) of a run that goes on where an earlier one was, if one was."""
    kept = Path(str(options["out"]), RESUME)
    if not kept.is_file():
        return train(request)
    try:
        return train(app.request("train", {**options, "resume": str(kept)}))
    except NotResumable:
        kept.unlink()
    return train(request)  # from the beginning


def _options(given: Facts, folder: Path) -> dict[str, object]:
    """Of train, with the paths of what the job brought along."""
    inputs = {key: str(folder / place) for key, place in given["inputs"].items()}
    return {**given["options"], **inputs, "out": str(folder / KEEP)}


def _same(request: app.Request, given: Facts) -> app.Request:
    """Refuse what would be another texture here than where the library was asked for."""
    if recipe_of(request.options) != given["recipe"]:
        raise Refused("this worker's recipes are others than the library's: install the same.")
    return request


@contextmanager
def _watched(path: Path, tell: Tell) -> Iterator[None]:
    """While it is trained, tell the last line that it writes about its progress."""
    told, before = "", os.environ.get(FILE)

    def look() -> None:
        nonlocal told
        if (line := _last(path)) and line != told:
            told = line
            tell(json.loads(line))

    os.environ[FILE] = str(path)
    try:
        with looking(look, SECONDS):
            yield
    finally:
        if before is None:
            del os.environ[FILE]
        else:
            os.environ[FILE] = before


def _last(path: Path) -> str:
    """The last whole line of a file; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError:
        return ""
    return lines[-2] if len(lines) > 1 else ""


def _hand_over(run: Path, out: Path) -> None:
    """What is wanted of a run's files."""
    for path in sorted(each for each in run.rglob("*") if each.is_file()):
        name = path.relative_to(run).as_posix()
        if name not in (RESUME, CONFIG) and not NOT_RETURNED.fullmatch(name):
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, out / name)


def _facts(card: Mapping, net: object, out: Path) -> Facts:
    """What the catalogue holds of a texture."""
    errors, score = card["errors"].values(), card.get("score", {})
    exemplar = card["exemplar"]
    size = exemplar.get("size", [0, 0])
    name = card["name"]
    return {
        "exemplar": exemplar["name"],
        "sha256": exemplar["sha256"],
        "licence": exemplar.get("licence", "unknown"),
        "height": size[0],
        "width": size[1],
        "maps": " ".join(card.get("maps", {}).get("kinds", ["colour"])),
        "steps": card["step"],
        "seconds": card["seconds"],
        "error": sum(errors) / len(errors),
        "merit": score.get("merit"),
        "score": score,
        "parameters": sum(tensor.numel() for tensor in net.weights().values()),
        "bytes": (out / f"{name}.safetensors").stat().st_size,
        "fingerprint": release.fingerprint(net),
        "advice": _advice(out / LOG),
        "files": sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")),
    }


def _advice(log: Path) -> list[str]:
    """What train found unusual in the exemplar, without what it says where nothing is."""
    lines = log.read_text(encoding="utf-8").splitlines()
    found = [line.removeprefix(ADVICE) for line in lines if line.startswith(ADVICE)]
    return [text for text in dict.fromkeys(found) if not text.startswith("nothing stands")]
