"""Nets by name, mixed: `morph` for one between two, `row` for those on a way through several."""

from collections.abc import Sequence

import torch

from .morphing import Row
from .texture import Texture, load


def row(
    models: Sequence[str], device: str | torch.device | None = None, precision: str = "float32"
) -> Row:
    """Nets to be passed through one after the other, as `texturenet film kind=morph` does.

    Parameters
    ----------
    models : two or more, each as `load` takes it
    device, precision : as of `load`

    Returns
    -------
    the row: its `mixture(at)` is the net at a place, from 0 to len(models)-1

    Raises
    ------
    Refused : for what is not a model, and for nets of several shapes, laws, waves or maps
    """
    return Row.of([load(model, device, precision) for model in models])


def morph(
    models: Sequence[str],
    at: float = 0.5,
    device: str | torch.device | None = None,
    precision: str = "float32",
) -> Texture:
    """The texture between others, as `texturenet morph` writes it.

    Parameters
    ----------
    models : two or more, each as `load` takes it
    at : 0 is the first, 1 the second, 1.5 between it and a third
    device, precision : as of `load`

    Returns
    -------
    a texture as any; its card names its parents, with the share of each

    Raises
    ------
    Refused : as of `row`, and for a place outside it

    Examples
    --------
    >>> middle = morph(["a.safetensors", "b.safetensors"])
    >>> picture = middle.render(512, 512)  # (3,512,512) in [0,1]
    """
    mixed = row(models, device, precision).mixture(at)
    return Texture(mixed.net, mixed.card)
