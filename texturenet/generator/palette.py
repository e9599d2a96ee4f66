"""Several textures in one net: what its file holds, and each of them as a net of its own.

All textures have the same convolutions. Of each there are a scale and a shift of every channel,
and its heads (after Dumoulin, Shlens and Kudlur 2017, "A Learned Representation For Artistic
Style", arXiv 1610.07629, section 2.2). Differs from it: statistics are frozen, one set for each
texture, and are part of its scales and shifts. With those taken into the convolutions a texture is
a `FrozenPyramid` as any: it is drawn as fast, and nothing that draws it knows of palettes.

Weights by name, for T textures::

    body.1.0.weight (O,I,k,k)                      a convolution
    body.1.0.scale, body.1.0.shift (T,O)           what its outputs go through
    join_noise.1.scale, join_noise.1.shift (T,C)   what enters a join goes through; join_deep alike
    output.weight (T,P,I,1,1), output.bias (T,P)   a head, and alike those of coarser scales

A texture of a file is named `FILE.safetensors:NAME`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import Refused, nearest
from ..types import Card
from .architecture import Architecture, Drop
from .frozen import FrozenPyramid, fold_block

FORMAT = 5  # of files
LEAST, MOST = 2, 16  # textures of one
SUFFIX = ".safetensors"
OWN = ("exemplar", "errors", "score")  # that the card of a palette says of each texture


def split(path: Path) -> tuple[Path, str | None]:
    """FILE.safetensors:NAME -> the file, and the texture; of any other path None."""
    file, mark, texture = path.name.rpartition(f"{SUFFIX}:")
    return (path.with_name(f"{file}{SUFFIX}"), texture) if mark else (path, None)


def named(file: Path, texture: str) -> Path:
    """What `split` takes apart."""
    return file.with_name(f"{file.name}:{texture}")


def textures_of(card: Card) -> list[str]:
    """Names of the textures that a file's card says that it has; none of a net of one texture."""
    return list(card.get("textures", {}))


def check(card: Card, path: Path) -> None:
    """Refuse a card that says wrongly which textures there are."""
    if card["format"] != FORMAT:
        if "textures" in card:
            raise Refused(f"{path} is of format {card['format']}, and claims several textures.")
        return
    textures = card.get("textures")
    sound = isinstance(textures, dict) and all(isinstance(own, dict) for own in textures.values())
    if not sound or not LEAST <= len(textures_of(card)) <= MOST:
        raise Refused(f"{path} does not say which {LEAST} to {MOST} textures it has.")
    if beside := [key for key in ("waves", "maps", "steering") if card.get(key) is not None]:
        raise Refused(f"{path} claims {beside[0]}, which nets of several textures have not.")


def row_of(card: Card, path: Path, texture: str | None) -> int | None:
    """Which of the textures of a checked card is asked for; None of a net of one texture. Raises
    Refused where that is not said, and where there is none of that name."""
    names = textures_of(card)
    if texture is None and not names:
        return None
    file = split(path)[0].name
    if not names:
        raise Refused(f"{file} holds one texture: leave out :{texture}.")
    known = ", ".join(names)
    if texture is None:
        raise Refused(f"{file} holds several textures, {known}: say {file}:{names[0]}.")
    if texture not in names:
        raise Refused(f"{file} has no texture {texture!r}.{nearest(texture, names)}")
    return names.index(texture)


def card_of(card: Card, texture: str) -> Card:
    """Of one texture, as of a net that knows no others."""
    shared = {key: value for key, value in card.items() if key != "textures"}
    facts = card["textures"][texture]
    own = {key: facts[key] for key in OWN if key in facts}
    return {**shared, **own, "name": texture, "palette": card["name"]}


def shapes(shape: Architecture, count: int) -> dict[str, tuple[int, ...]]:
    """Of every weight of so many textures, by name."""
    found: dict[str, tuple[int, ...]] = {}
    for name, channels, out, kernel in shape.convolutions():
        if is_head(name):
            found[f"{name}.weight"] = count, out, channels, kernel, kernel
            found[f"{name}.bias"] = count, out
        else:
            found[f"{name}.weight"] = out, channels, kernel, kernel
            found |= {f"{name}.{part}": (count, out) for part in ("scale", "shift")}
    for scale in range(1, shape.scales):
        sides = {"noise": shape.beside} | ({} if shape.mixed else {"deep": shape.deep(scale)})
        for side, width in sides.items():
            join = f"join_{side}.{scale}"
            found |= {f"{join}.{part}": (count, width) for part in ("scale", "shift")}
    return found


def folded(shape: Architecture, weights: Mapping[str, Tensor], row: int) -> FrozenPyramid:
    """One texture as plain convolutions. weights: as `shapes` says."""
    blocks: dict[str, list[tuple[Tensor, Tensor]]] = {}
    frozen: dict[str, Tensor] = {}
    for name, *_ in shape.convolutions():
        if is_head(name):
            for part in ("weight", "bias"):
                frozen[f"{name}.{part}"] = weights[f"{name}.{part}"][row]
            continue
        scale, shift = (weights[f"{name}.{part}"][row] for part in ("scale", "shift"))
        block = blocks.setdefault(name.rpartition(".")[0], [])
        block.append((weights[f"{name}.weight"] * scale.view(-1, 1, 1, 1), shift))
    for name, block in blocks.items():
        group, _, place = name.partition(".")
        joined = _joined(shape, weights, row, int(place)) if group == "body" else None
        frozen |= fold_block(name, block, joined)
    return FrozenPyramid(shape, {name: tensor.contiguous() for name, tensor in frozen.items()})


def _joined(
    shape: Architecture, weights: Mapping[str, Tensor], row: int, scale: int
) -> list[Tensor]:
    """Scale and shift (C,) of what a body takes in: coarser features, then noise."""
    parts = []
    for part, usual in (("scale", 1.0), ("shift", 0.0)):
        noise = weights[f"join_noise.{scale}.{part}"][row]
        deep = (
            noise.new_full((shape.deep(scale),), usual)
            if shape.mixed
            else weights[f"join_deep.{scale}.{part}"][row]
        )
        parts.append(torch.cat([deep, noise]))
    return parts


def is_head(name: str) -> bool:
    """Whether a convolution makes colours, by its name in `Architecture.convolutions`."""
    return name.startswith(("output", "head"))


class FrozenPalette(nn.Module):
    """All textures of a palette, as they are released.

    Parameters
    ----------
    architecture : of the net of each
    weights : as `shapes` says, float32
    """

    def __init__(self, architecture: Architecture, weights: Mapping[str, Tensor]):
        super().__init__()
        self.architecture, self._given = architecture, dict(weights)
        self.count = len(weights["output.bias"])
        self.nets = nn.ModuleList(folded(architecture, weights, row) for row in range(self.count))

    def weights(self) -> dict[str, Tensor]:
        return self._given

    def forward(self, noise: list[Tensor], drops: Sequence[Drop] | None = None) -> Tensor:
        """Pictures (T*B,P,H,W) of all textures on the same noise, one texture after the other."""
        return torch.cat([net(noise, drops) for net in self.nets])
