"""texturenet paint: a picture of labels and nets -> one picture file."""

from collections.abc import Sequence
from pathlib import Path

from ..blending.painted import digests
from ..blending.painting import are_colours, paint
from ..errors import Refused
from ..io.files import user_path
from ..io.label_files import read_labels
from ..types import Size
from . import app, several
from .checks import set_threads, size_of
from .drawing import check_suffix
from .options import painting
from .terminal import say


def main(arguments: Sequence[str]) -> int:
    return app.run("paint", lambda request: painted(request.options), arguments, outputs)


def outputs(chosen: painting.Paint) -> list[Path]:
    """The file. Raises Refused for one that could not be."""
    path = several.path(chosen, _models(chosen))
    if chosen.size is not None:
        check_suffix(path, *size_of(chosen.size))
    return [path]


def painted(chosen: painting.Paint) -> None:
    """Draw the picture, or the maps, and say which labels were not used."""
    set_threads(chosen.threads)
    (path,), file = outputs(chosen), user_path(chosen.labels)
    labels = read_labels(file, are_colours(chosen.models))
    models = _models(chosen)
    textures, names = several.loaded(chosen, models)
    height, width = labels.shape[0] * chosen.scale, labels.shape[1] * chosen.scale
    size: Size = (height, width) if chosen.size is None else size_of(chosen.size)
    several.check_window(chosen, textures, size)
    check_suffix(path, *size)
    by_model = dict(zip(models, textures, strict=True))
    texture = paint(
        labels,
        {label: by_model[model] for label, model in chosen.models.items()},
        scale=chosen.scale,
        spread=chosen.spread,
        wander=chosen.wander,
        softness=chosen.softness,
        fit=chosen.fit,
        seed=chosen.seed,
        invert=several.inverted(chosen, dict(zip(models, names, strict=True))),
    )
    for note in texture.notes:
        say(note)
    named = dict(zip(models, names, strict=True))
    record = {
        "kind": "paint",
        "models": {label: named[model] for label, model in chosen.models.items()},
        "nets": {name: one.fingerprint for name, one in zip(names, textures, strict=True)},
        "labels": {file.name: digests([file])[0]},
        "scale": chosen.scale,
        "spread": texture.masks.spread,
        "wander": texture.masks.wander,
        "fit": chosen.fit,
        "softness": chosen.softness,
        "invert": chosen.invert or [],
    }
    several.draw(texture, chosen, size, path, record)


def _models(chosen: painting.Paint) -> list[str]:
    """Each once, in order."""
    if not chosen.models:
        raise Refused("models is empty: say models={1: NAME, 2: NAME}.")
    return list(dict.fromkeys(chosen.models.values()))
