"""Pictures larger than memory: what stands in any part of their files.

A picture of colour is one file; all maps of a material are several, which are drawn together
(`drawing`).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..generator.architecture import blocks
from ..io.large.png import PngSheet
from ..io.large.sheet import Part, Sheet
from ..io.large.tiff import TiffSheet
from ..io.map_files import whole_numbers
from ..io.pictures import to_bytes
from ..materials import presets
from ..types import Place, Size
from .provenance import Record
from .render import Window
from .texture import Texture

AT_ONCE = 1024  # pixels a side that are floating-point numbers at a time
SHEETS: dict[str, type[Sheet]] = {
    suffix: kind for kind in (TiffSheet, PngSheet) for suffix in kind.SUFFIXES
}


@dataclass(frozen=True)
class Layer:
    """One of the files of a picture.

    Attributes
    ----------
    ending : of its name, behind what the names of all of them begin with
    channels, bits : of a pixel, and of each of its numbers
    """

    ending: str
    channels: int = 3
    bits: int = 8


@dataclass(frozen=True)
class LargePicture:
    """A picture of colour that is drawn part by part.

    Parameters
    ----------
    texture : what is drawn
    view : the arguments of `Texture.view`: size, seed, origin, tile, border
    record : what the files say of how they were made (`provenance.of_picture`)
    """

    texture: Texture
    view: dict[str, Any]
    record: Record

    @property
    def size(self) -> Size:
        """(height, width) in pixels."""
        height, width = self.view["size"]
        return height, width

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Its files."""
        return (Layer(""),)

    @property
    def margin(self) -> int:
        """Pixels around a part that have to be drawn for it."""
        return 0

    @property
    def smaller(self) -> str:
        """What is said where it is too large for its format."""
        return "say .tif, or a smaller size"

    def pixels(self, part: Part) -> list[np.ndarray]:
        """One part of each file, (h,w,C) uint8 or uint16; the net is computed once."""
        top, left = self.view["origin"]
        window, size = self._window(), (part.height, part.width)
        made = [np.empty((*size, one.channels), f"u{one.bits // 8}") for one in self.layers]
        for (down, right), (height, width) in blocks(size, AT_ONCE - 2 * self.margin):
            place = (top + part.row + down, left + part.column + right)
            block = self._block(window, (height, width), place)
            for all_, some in zip(made, block, strict=True):
                all_[down : down + height, right : right + width] = some
        return made

    def _window(self) -> Window:
        return self.texture.view(**self.view)

    def _block(self, window: Window, size: Size, origin: Place) -> list[np.ndarray]:
        return [to_bytes(self.texture.picture(window, size, origin))]


@dataclass(frozen=True)
class LargeMaterial(LargePicture):
    """All maps of a material, in the files of a preset.

    preset : a name of `materials.presets.PRESETS`
    """

    preset: str

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        layout, chosen = self.texture.material, presets.preset_named(self.preset)
        sheets = presets.sheets_of({*layout.kinds, *layout.constants}, chosen)
        return tuple(Layer(sheet.ending, sheet.count, sheet.bits) for sheet in sheets)

    @property
    def margin(self) -> int:
        return self.texture.material.margin

    @property
    def smaller(self) -> str:
        return "say a smaller size"

    def _window(self) -> Window:
        return self.texture.view(**self.view, planes=self.texture.material.count)

    def _block(self, window: Window, size: Size, origin: Place) -> list[np.ndarray]:
        maps = self.texture.maps_of(window, size, origin)
        files = presets.packed(maps, presets.preset_named(self.preset)).values()
        return [whole_numbers(file.values, file.bits) for file in files]
