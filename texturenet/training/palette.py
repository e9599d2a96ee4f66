"""Several exemplars -> one net with their textures: every step learns all of them.

A batch is drawn once for each texture, from the same noise, and compared with its own exemplar. The
loss is the sum over textures, so that a step takes as long, and as much memory, as one step of each
of that many nets.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from ..generator.palette import FrozenPalette
from ..generator.sharing import SharedGenerators
from ..generator.trainable import PyramidGenerator
from ..losses.targets import FeatureFn
from .guard import diversity_of
from .module import TextureTraining
from .octave import Compared, Comparison, Octave, named
from .recipe import Recipe


class Together(nn.Module):
    """What pictures of several textures are compared by, as an `Octave` is for those of one: the
    names of its terms and errors are `TEXTURE/NAME`.

    octaves : {texture: its own}, all with the same names
    """

    def __init__(self, octaves: Mapping[str, Octave]):
        super().__init__()
        self.textures = list(octaves)
        self.octaves = nn.ModuleList(octaves.values())  # names may have dots
        first = self.octaves[0]
        self.names, self.terms = self._each(first.names), self._each(first.terms)

    @property
    def early(self) -> Comparison | None:
        """What the first texture is compared by at first; None where nothing else is."""
        return self.octaves[0].early

    def _each(self, names: Sequence[str]) -> list[str]:
        return [f"{texture}/{name}" for texture in self.textures for name in names]

    def compared(self, pictures: Tensor, whole: bool) -> Compared:
        """pictures (T*B,3,H,W), one texture after the other."""
        errors, losses, beside = {}, {}, {}
        parts = pictures.chunk(len(self.textures))  # (B,3,H,W) each
        for texture, octave, part in zip(self.textures, self.octaves, parts, strict=True):
            _, terms, found = octave.compared(part, whole)
            errors |= {f"{texture}/{name}": value for name, value in found.items()}
            for name, value in terms.items():
                (beside if name in octave.terms else losses)[f"{texture}/{name}"] = value
        terms = losses | beside
        return torch.stack(list(terms.values())).sum(), terms, errors

    def errors(self, pictures: Tensor) -> dict[str, Tensor]:
        """The relative errors of such pictures."""
        parts = pictures.chunk(len(self.textures))
        return {
            f"{texture}/{name}": value
            for texture, octave, part in zip(self.textures, self.octaves, parts, strict=True)
            for name, value in octave.whole.errors(part).items()
        }


class PaletteTraining(TextureTraining):
    """Several textures in one net.

    Parameters
    ----------
    generator : their nets, which have their convolutions in common
    octaves : what they are compared by, of every size
    recipe, origin : as of `TextureTraining`
    """

    def __init__(
        self,
        generator: SharedGenerators,
        octaves: Sequence[Together],
        recipe: Recipe,
        origin: dict,
    ):
        super().__init__(generator, octaves, recipe, None, origin)

    @property
    def textures(self) -> list[str]:
        """Their names."""
        return self.octaves[0].textures

    @property
    def nets(self) -> list[PyramidGenerator]:
        """One for each texture; their convolutions are one."""
        return self.generator.members

    @property
    def descriptor(self) -> FeatureFn:
        """What the pictures of each texture are judged by."""
        return self.octaves[0].octaves[0].whole.descriptor

    @property
    def told(self) -> dict[str, object]:
        """Of a palette's card: which textures it has, nothing of each yet."""
        return {"textures": {texture: {} for texture in self.textures}}

    @property
    def batch_pictures(self) -> Tensor:
        """Those of the texture whose pictures of the last step are most alike (B,3,H,W)."""
        return min(
            super().batch_pictures.chunk(len(self.textures)),
            key=lambda pictures: diversity_of(pictures) or 0.0,
        )

    def _errors(self, octave: Together, planes: Tensor) -> dict[str, Tensor]:
        return octave.errors(planes)

    def judge_each(self, net: FrozenPalette) -> dict[str, dict[str, float]]:
        """{texture: what `judge` says of it}."""
        errors = self.judge(net)
        return {
            texture: {
                named(name, at): errors[named(f"{texture}/{name}", at)]
                for at, octave in enumerate(self.octaves)
                for name in octave.octaves[0].names
            }
            for texture in self.textures
        }
