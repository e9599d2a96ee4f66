"""Texture networks: one photograph of a texture -> a tiny net that turns noise into new pictures.

Words used throughout: exemplar x, the photograph; noise z = [z_1 .. z_K], coarse to fine, K scales;
generator g, picture g(z); descriptor, a frozen network; features F_l of its layer l; Gram G_l;
seed, which plane of noise; window, a rectangle of that plane; halo, cells a window needs around it.
"""

__version__ = "0.1.0"

__all__ = ["Refused", "Texture", "load", "train"]

from .errors import Refused


def __getattr__(name: str) -> object:
    """`load` and `Texture`, whose torch is imported when they are first asked for."""
    if name in ("load", "Texture"):
        from . import sampler

        return getattr(sampler, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def train(exemplar: str, **overrides: object) -> str:
    """Learn a texture as `texturenet train` does -> the path of the released file.

    overrides: its keys, dotted ones as train("brick", **{"generator.scales": 6}). Raises Refused.
    """
    from .commands.train import train_with  # sampling needs neither Lightning nor Hydra

    return train_with(exemplar=exemplar, **overrides)
