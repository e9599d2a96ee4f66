"""`load()` and `Texture`: a released net by name or file, its pictures and its films."""

from dataclasses import dataclass, fields
from typing import Any

import torch

from ..errors import Refused, nearest, reason
from ..generator import release
from ..hardware import device_of, keep_freed_memory
from .film import Film
from .motions import Motion
from .render import PRECISIONS, TILES, Renderer, Window

__all__ = ["PRECISIONS", "TILES", "Texture", "Window", "load"]

FILM_SIZE = (512, 512)


def load(
    model: str,
    device: str | torch.device | None = None,
    precision: str = "float32",
    texture: str | None = None,
) -> "Texture":
    """A learnt texture, ready to be sampled.

    Parameters
    ----------
    model : the name of a released net (see `texturenet models`), a .safetensors file, or a folder
        with one in it
    device : "auto" or None for a GPU if there is one, "cpu", "gpu", "cuda:1", or a torch.device
    precision : "float32", in which windows of one plane agree to rounding, or "bfloat16", faster
        where the hardware multiplies it; `Texture.rounding` is what it changes
    texture : which one of a palette, a net of several; a model named FILE:TEXTURE says it as well

    Returns
    -------
    the texture, whose `render` makes pictures and whose `film` makes films

    Raises
    ------
    Refused : for what is not a model, a device that is not here, an unknown precision

    Examples
    --------
    >>> brick = texturenet.load("brick")
    >>> picture = brick.render(512, 512, seed=1)  # (3,512,512) in [0,1]
    >>> tile = brick.render(480, 480, tile="xy")  # multiples of brick.coarsest
    """
    if not isinstance(precision, str) or precision not in PRECISIONS:
        raise Refused(f"precision is {precision!r}.{nearest(str(precision), PRECISIONS)}")
    name = str(model) if texture is None else f"{model}:{texture}"
    net, card = release.load(release.find(name))
    place = device_of(device)
    keep_freed_memory()
    return Texture(net.to(place).in_precision(PRECISIONS[precision]), card)


@dataclass(frozen=True, eq=False)
class Texture(Renderer):
    """A learnt texture: `render` for pictures and tiles, `film` for films.

    Parameters
    ----------
    net : the frozen pyramid, on the device where it computes
    card : what its file says of it: name, law, exemplar, licence, recipe ...

    Notes
    -----
    Its methods `plane`, `still`, `view`, `window`, `picture` are the steps of `render`; what each
    takes and gives stands in one table, in `Renderer`. It is equal to itself alone.
    """

    def film(self, kind: str, seconds: float = 4.0, fps: float = 30.0, **more: object) -> Film:
        """A film of the texture, whose frames are computed as they are read.

        Parameters
        ----------
        kind : "interpolate" from seed to seed, "loop" around two of them, "pan" along a path,
            "light" with a lamp that goes round a material, or
            "displace", a patch of one over the other
        seconds, fps : its length, and frames a second; at least one frame is made
        more : the other fields of `motions.Motion`; `size` is one side or (height, width), in
            pixels, (512, 512) unless given; `seeds` are (0, 1) unless given

        Returns
        -------
        the film, as a list of frames (3,H,W) in [0,1], on the CPU; with `maps=True` each is what
        `maps` gives, with `map="normal"` the picture of that map

        Raises
        ------
        Refused : for a key that there is not, and for a film that cannot be

        Examples
        --------
        >>> for frame in texturenet.load("brick").film("loop", size=256):
        ...     print(frame.shape)
        """
        settings: dict[str, Any] = {"size": FILM_SIZE, "seeds": (0, 1)} | more
        allowed = [field.name for field in fields(Motion) if field.name not in ("kind", "frames")]
        for key in settings:
            if key not in allowed:
                raise Refused(f"a film has no {key!r}.{nearest(key, allowed)}")
        if hasattr(size := settings["size"], "__index__") and not hasattr(size, "__len__"):
            settings["size"] = (size, size)
        try:
            frames = round(seconds * fps)
            frames = max(1, frames) if seconds > 0 < fps else frames
            motion = Motion(kind=kind, frames=frames, **settings)
        except (TypeError, ValueError, OverflowError) as error:
            raise Refused(f"a film cannot be made so: {reason(error)}.") from error
        return Film(self, motion)
