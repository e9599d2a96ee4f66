"""What a picture or film carries with it: enough to make it again.

record -> JSON text in the file (PNG text, TIFF description, comment of JPEG, GIF, MP4 and WebM).
"""

import json
from collections.abc import Sequence
from typing import Any

from .. import __version__
from ..errors import Refused
from .render import Renderer

Record = dict[str, Any]
KINDS = ("picture", "film")
OPTIMISED = ("gatys", "transfer", "reconstruct")
WORDS = ("texturenet", "model", "weights", "precision")


def of_picture(texture: Renderer, view: dict[str, Any]) -> Record:
    """The record of a picture. view: the arguments of `Texture.view`, size .. border."""
    return _of("picture", texture) | {key: _plain(value) for key, value in view.items()}


def of_film(texture: Renderer, settings: dict[str, Any]) -> Record:
    """The record of a film. settings: the fields of its `motions.Motion`, and the rate."""
    return _of("film", texture) | {"film": {key: _plain(item) for key, item in settings.items()}}


def of_material(record: Record, preset: str) -> Record:
    """The record of each map of a picture or film that has one."""
    return record | {"kind": "material", "preset": preset}


def others(nets: Sequence[Renderer]) -> Record:
    """What the record of a morph says beside: the nets that follow the first."""
    return {"others": [{"model": one.card["name"], "weights": one.fingerprint} for one in nets]}


def _of(kind: str, texture: Renderer) -> Record:
    return {
        "texturenet": __version__,
        "kind": kind,
        "model": texture.card["name"],
        "weights": texture.fingerprint,
        "precision": texture.precision,
    }


def sample_words(record: Record) -> list[str] | None:
    """What `texturenet sample` is called with for a picture, without `out`; None where its record
    does not say all of it, as of one that follows a field."""
    try:
        height, width = record["size"]
        row, column = record["origin"]
        words = [f"{key}={record[key]}" for key in ("model", "precision", "tile")]
        words += [f"size=[{height:d},{width:d}]", f"seed={record['seed']:d}"]
        words += [f"origin=[{row:d},{column:d}]"]
        matching = record["border"] is not None
    except (KeyError, TypeError, ValueError):
        return None
    if record.get("kind") != "picture" or (matching and record["border"] != record["seed"]):
        return None
    usual = ("tile=none", "origin=[0,0]")
    words = [word for word in words if word not in usual] + ["matching=true"] * matching
    return words if all(map(str.isprintable, words)) else None


def _plain(value: object) -> object:
    """As JSON gives it back, so that records can be compared."""
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def parse(text: str | None, name: str) -> Record:
    """The text of a file -> its record. Raises Refused."""
    try:
        record: Record = json.loads(text or "")
        sound = record["kind"] in KINDS and all(isinstance(record[key], str) for key in WORDS)
    except (ValueError, TypeError, KeyError, RecursionError):
        sound = False
    if not sound:
        raise Refused(_otherwise(text, name))
    return record


def _otherwise(text: str | None, name: str) -> str:
    """Why a file cannot be made again."""
    for verb in OPTIMISED:
        if text and f'"kind": "{verb}"' in text:
            return (
                f"{name} was optimised, not sampled: repeat `texturenet {verb}` with what the "
                "config.yaml beside it says."
            )
    if text and '"kind": "material"' in text:
        verb, what = ("film", "film") if '"film": {' in text else ("sample", "seed")
        return (
            f"{name} is one map of a material: repeat `texturenet {verb}` with the preset and "
            f"{what} that it names."
        )
    if text and '"kind": "steered"' in text:
        return (
            f"{name} follows a field: repeat `texturenet sample` with the model and field that it "
            "names."
        )
    if text and '"kind": "blend"' in text:
        verb = "film" if '"film": {' in text else "blend"
        return (
            f"{name} is a blend: repeat `texturenet {verb}` with the models and mask that it names."
        )
    for verb in ("paint", "tileset"):
        if text and f'"kind": "{verb}"' in text:
            return f"{name}: repeat `texturenet {verb}` with the models and numbers that it names."
    return f"{name} does not say how it was made: not a file of texturenet's?"
