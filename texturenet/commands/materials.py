"""Maps of a material -> the files that a program expects, with a lit picture of it."""

from pathlib import Path

from ..errors import Refused
from ..imaging import beside
from ..io.files import check_memory
from ..io.pictures import save_picture
from ..materials.kinds import Maps
from ..materials.shading import lit
from ..materials.writing import write_material
from ..sampling.texture import Texture
from .terminal import say

LIT = 512  # pixels a side of each part of a preview
BYTES = 160  # a pixel, while all of its maps are packed and written
MOST = 64  # megapixels of a material: all of its maps are held at once


def check(texture: Texture, size: tuple[int, int], preset: str | None) -> None:
    """Refuse what cannot be written as a material."""
    if preset is None:
        return
    name = texture.card["name"]
    if texture.layout is None:
        raise Refused(f"preset={preset} needs a material, and {name!r} draws colour alone.")
    if size[0] * size[1] > MOST * 10**6:
        raise Refused(f"size is above {MOST} megapixels: say a smaller one with preset={preset}.")
    needed = (4 * texture.layout.count + BYTES) * size[0] * size[1]
    check_memory(Path(f"preset={preset}"), needed, f"all maps of {size[0]}x{size[1]} pixels")


def show(texture: Texture, exemplar: Maps, folder: Path, side: int) -> None:
    """A sample's maps in a folder of their own, and both lit beside each other."""
    name = texture.card["name"]
    maps = texture.maps(side, side)
    write_material(maps, "plain", folder / "maps", name)
    cut = {kind: values[:, :side, :side] for kind, values in exemplar.items()}
    preview = folder / f"{name}_lit.png"
    save_picture(preview, beside([lit(cut, LIT), lit(maps, LIT)]))
    say(f"maps of seed 0: {folder / 'maps'}/; lit, beside the exemplar: {preview}")


def write(maps: Maps, preset: str, folder: Path, name: str) -> None:
    """All files of a preset, and NAME_preview.png."""
    preview = folder / f"{name}_preview.png"
    if preview.is_dir():
        raise Refused(f"{preview} is a folder: move it, or say another out.")
    files = write_material(maps, preset, folder, name)
    say(f"{preset}: {', '.join(path.name for path in files)} -> {folder}/")
    save_picture(preview, lit(maps, LIT))
    say(f"lit: {preview}")
