"""Every verb's options, and the least that each has to be given."""

from dataclasses import fields, is_dataclass

from texturenet.commands.options import CLASSES, schema_of
from texturenet.commands.schema import bare, hints

SCHEMAS = {verb: schema_of(verb) for verb in CLASSES}
NEEDED = {
    "train": {"exemplar": "gravel"},
    "advise": {"exemplar": "gravel"},
    "prepare": {"image": "a.png"},
    "sample": {"model": "brick"},
    "film": {"model": "brick"},
    "morph": {"models": ["brick", "gravel"]},
    "blend": {"models": "grass,gravel"},
    "paint": {"labels": "a.png", "models": {"1": "grass"}},
    "tileset": {"models": "grass,gravel"},
    "reproduce": {"file": "a.png"},
    "page": {"model": "brick"},
    "export": {"model": "brick"},
    "studio": {},
    "models": {},
    "gatys": {"exemplar": "gravel"},
    "transfer": {"content": "a.png", "style": "b.png"},
    "reconstruct": {"image": "brick"},
    "score": {"model": "brick"},
    "study": {"exemplar": "gravel"},
    "join": {"parts": ["parts"]},
    "library": {"exemplars": "photos", "out": "library"},
    "descriptor": {"image": "brick"},
}


def leaves(schema, prefix=""):
    """Dotted names of every key that holds a value."""
    names = []
    for field in fields(schema):
        kind = bare(hints(schema)[field.name])
        if is_dataclass(kind) and field.name not in ("filters",):
            names += leaves(kind, f"{prefix}{field.name}.")
        else:
            names.append(f"{prefix}{field.name}")
    return names
