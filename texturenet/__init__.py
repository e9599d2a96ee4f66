"""Texture networks: one photograph of a texture -> a tiny net that turns noise into new pictures.

Words used throughout: exemplar x, the photograph; noise z = [z_1 .. z_K], coarse to fine, K scales;
generator g, picture g(z); descriptor, a frozen network; features F_l of its layer l; Gram G_l;
seed, which plane of noise; window, a rectangle of that plane; halo, cells a window needs around it.
"""

__version__ = "0.1.0"
__all__ = [
    "Refused",
    "Texture",
    "advise",
    "gatys",
    "load",
    "make_descriptor",
    "reconstruct",
    "train",
    "transfer",
]

from .errors import Refused


def __getattr__(name: str) -> object:
    """`load` and `Texture`, whose torch is imported when they are first asked for."""
    if name in ("load", "Texture"):
        from .sampling import texture

        return getattr(texture, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def train(exemplar: str, **overrides: object) -> str:
    """Learn a texture as `texturenet train` does -> the path of the released file.

    overrides: its keys, dotted ones as train("brick", **{"generator.scales": 6}). Raises Refused.
    """
    from .commands.train import train_with  # sampling needs neither Lightning nor Hydra

    return train_with(exemplar=exemplar, **overrides)


def advise(exemplar: str, **overrides: object) -> list:
    """What `texturenet advise` finds in an exemplar -> `adviser.Finding`s, each with `text` and the
    `changes` that mend it, {key of training: value}. overrides: keys of training. Raises Refused.
    """
    from .commands.advise import advise_with

    return advise_with(exemplar=exemplar, **overrides)


def make_descriptor(kind: str, image: str | None = None, **overrides: object) -> str:
    """Make a descriptor from random weights as `texturenet descriptor` does -> the path of its
    file, which `descriptor=` of the other functions takes. Raises Refused."""
    from .commands.descriptor import make_with

    return make_with(kind=kind, **({} if image is None else {"image": image}), **overrides)


def gatys(exemplar: str | None = None, **overrides: object) -> object:
    """Optimise one picture of a texture as `texturenet gatys` does -> a `painting.Painting`.

    Iterate over it for its steps, each with `picture` (3,H,W) in [0,1], `losses` by name and their
    sum `loss`; stop whenever you like. Its own `picture` is the best so far. overrides: the keys of
    the command. Raises Refused.
    """
    from .commands.gatys import painting

    return painting(exemplar=exemplar, **overrides)


def transfer(content: str, style: str, **overrides: object) -> object:
    """The same of `texturenet transfer`: the content of one picture in the style of another."""
    from .commands.transfer import painting

    return painting(content=content, style=style, **overrides)


def reconstruct(image: str, **overrides: object) -> object:
    """The same of `texturenet reconstruct`: a picture from its features, once for each layer;
    `pictures` holds them by name."""
    from .commands.reconstruct import painting

    return painting(image=image, **overrides)
