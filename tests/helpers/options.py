"""The verbs: their options, and what each cannot do without."""

from dataclasses import fields, is_dataclass

from texturenet.commands import options

SCHEMAS = {
    "train": options.Train,
    "advise": options.Advise,
    "sample": options.Sample,
    "film": options.Film,
    "gatys": options.Gatys,
    "transfer": options.Transfer,
    "reconstruct": options.Reconstruct,
    "descriptor": options.RanVgg,  # the kind that holds unless another is said
    "study": options.Study,
    "score": options.Score,
    "reproduce": options.Reproduce,
    "models": options.Models,
}
NEEDED = {
    "train": {"exemplar": "gravel"},
    "advise": {"exemplar": "gravel"},
    "sample": {"model": "brick"},
    "film": {"model": "brick"},
    "gatys": {"exemplar": "brick"},
    "transfer": {"content": "content.png", "style": "style.png"},
    "reconstruct": {"image": "brick"},
    "descriptor": {"image": "brick"},
    "study": {"exemplar": "brick"},
    "score": {"model": "brick"},
    "reproduce": {"file": "brick.png"},
    "models": {},
}


def leaves(schema, prefix=""):
    for field in fields(schema):
        if is_dataclass(field.type):
            yield from leaves(field.type, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"
