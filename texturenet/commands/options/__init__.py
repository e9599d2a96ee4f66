"""The options of every verb: one field a key, with its type, range or words, default and help.

Numbers of recipes stand in conf/recipe/, with their sources. Nothing here imports torch, so that
help is quick; a test holds the words against the tables of the packages that use them.
"""

from importlib import import_module

CLASSES = {
    "train": "training.Train",
    "advise": "training.Advise",
    "prepare": "preparing.Prepare",
    "sample": "sampling.Sample",
    "join": "joining.Join",
    "film": "sampling.Film",
    "morph": "morphing.Morph",
    "blend": "blending.Blend",
    "paint": "painting.Paint",
    "tileset": "tiling.Tileset",
    "reproduce": "sampling.Reproduce",
    "page": "page.Page",
    "export": "exporting.Export",
    "studio": "studio.Studio",
    "models": "sampling.Models",
    "gatys": "optimising.Gatys",
    "transfer": "optimising.Transfer",
    "reconstruct": "optimising.Reconstruct",
    "score": "score.Score",
    "study": "study.Study",
    "library": "library.Library",
    "descriptor": "descriptor.RanVgg",  # unless another kind is given
}
# Groups of conf/ that a verb composes, and the choice where none is given.
GROUPS = {
    "train": {"descriptor": "vgg16", "generator": "pyramid", "recipe": "default"},
    "gatys": {"descriptor": "vgg16", "recipe": "default"},
    "transfer": {"descriptor": "vgg16", "recipe": "default"},
    "reconstruct": {"descriptor": "vgg16", "recipe": "default"},
}


def schema_of(verb: str, kind: str | None = None) -> type:
    """The dataclass of a verb's options. kind: of `texturenet descriptor`, whose kinds differ."""
    file, name = CLASSES[verb].split(".")
    module = import_module(f".{file}", __name__)
    if verb == "descriptor" and kind is not None:
        return module.KINDS[kind]
    return getattr(module, name)
