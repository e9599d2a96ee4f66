"""Maps of a material -> the files that a program expects, with a lit picture of it."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ..errors import Refused
from ..imaging import beside
from ..io.files import check_memory, check_room, write_whole
from ..io.pictures import save_picture
from ..io.together import check_places
from ..materials.kinds import Maps
from ..materials.planes import Layout
from ..materials.presets import preset_named, sheets_of
from ..materials.shading import lit
from ..materials.writing import (
    bytes_of,
    check_name,
    check_new,
    depth_of,
    documents_of,
    write_material,
)
from ..sampling import provenance
from ..sampling.large import LargeMaterial
from ..sampling.texture import Texture
from ..types import Size
from .drawing import STREAMED, draw_large
from .terminal import say

LIT = 512  # pixels a side of each part of a preview
PREVIEW = "_preview.png"
BYTES = 160  # a pixel, while all of its maps are packed and written
WINDOW = 1024  # pixels a side, at most, of what is seen of a very large material


def check(texture: Texture, preset: str, path: Path) -> None:
    """Refuse what draws colour alone, and a file of another format than the preset's."""
    check_material(texture, f"preset={preset}")
    if path.suffix.lower() != ".png":
        raise Refused(f"preset={preset} writes PNG files, not {path.name}: say a folder as out.")


def check_frames(texture: Texture, preset: str, folder: Path, size: Size, count: int) -> None:
    """Refuse frames of all maps that cannot be drawn, or have no place."""
    layout = check_material(texture, f"preset={preset}")
    if folder.suffix and not folder.is_dir():
        raise Refused(
            f"preset={preset} makes a folder of PNG files: say an out without {folder.suffix}, or "
            "one map as map=normal in place of preset."
        )
    check_new(folder)
    sheets = sheets_of({*layout.kinds, *layout.constants}, preset_named(preset))
    check_room(folder, count * bytes_of(sheets, size))
    _check_memory(texture, preset, size)


def show(texture: Texture, exemplar: Maps, folder: Path, side: int) -> None:
    """A sample's maps in a folder of their own, and both lit beside each other."""
    name = texture.card["name"]
    maps = texture.maps(side, side)
    view = {"size": (side, side), "seed": 0, "origin": (0, 0), "tile": "none", "border": None}
    record = provenance.of_material(provenance.of_picture(texture, view), "plain")
    write_material(maps, "plain", folder / "maps", name, record)
    cut = {kind: values[:, :side, :side] for kind, values in exemplar.items()}
    preview = folder / f"{name}_lit.png"
    save_picture(preview, beside([lit(cut, LIT), lit(maps, LIT)]))
    say(f"maps of seed 0: {folder / 'maps'}/; lit, beside the exemplar: {preview}")


def draw(picture: LargeMaterial, path: Path, workers: int) -> None:
    """All files of a preset, and NAME_preview.png: in memory if they are small, or part by part.

    path : its folder is theirs, its name without the suffix that of the material
    """
    height, width = picture.size
    started = time.monotonic()
    if height * width >= STREAMED:
        files = _draw_large(picture, path, workers)
    else:
        files = _draw_small(picture, path)
    names = ", ".join(file.name for file in files)
    say(f"{picture.preset}: {names} -> {path.parent}/")
    say(f"lit: {_preview(path)}")
    seed = picture.view["seed"]
    say(f"{path.stem}: {height}x{width}, seed {seed}, {time.monotonic() - started:.1f} s")


def _draw_small(picture: LargeMaterial, path: Path) -> list[Path]:
    _check_memory(picture.texture, picture.preset, picture.size)
    check_places([_preview(path)])
    rest = {key: value for key, value in picture.view.items() if key != "size"}
    maps = picture.texture.maps(*picture.size, **rest)
    files = write_material(maps, picture.preset, path.parent, path.stem, picture.record)
    save_picture(_preview(path), lit(maps, LIT), picture.record)
    return files


def _draw_large(picture: LargeMaterial, path: Path, workers: int) -> list[Path]:
    """The document and the preview are those of a window at the upper left corner: of the height
    the document says how deep it is by the normals there (`depth_of`)."""
    check_name(path.stem)
    (height, width), place = picture.size, picture.view["origin"]
    view = picture.texture.view(**picture.view, planes=picture.texture.material.count)
    maps = picture.texture.maps_of(view, (min(WINDOW, height), min(WINDOW, width)), place)
    chosen = preset_named(picture.preset)
    texts = documents_of(maps, chosen, path.stem, picture.size, depth_of(maps, width))
    attached: dict[str, Callable[[Path], object]]
    attached = {PREVIEW: partial(save_picture, pixels=lit(maps, LIT), text=picture.record)}
    attached |= {ending: partial(write_whole, data=text) for ending, text in texts.items()}
    files = draw_large(picture, path.with_suffix(""), workers, attached=attached)
    return files + [path.with_suffix(ending) for ending in texts]


def _preview(path: Path) -> Path:
    return path.with_name(path.stem + PREVIEW)


def check_material(texture: Texture, given: str) -> Layout:
    """Refuse what draws colour alone -> its layout."""
    if texture.layout is None:
        raise Refused(
            f"{given} needs a material, and {texture.card['name']!r} draws colour alone: say the "
            f"model of a material (`texturenet models`), or leave {given.split('=')[0]} out."
        )
    return texture.layout


def _check_memory(texture: Texture, preset: str, size: Size) -> None:
    """All maps of so many pixels are held at once."""
    needed = (4 * texture.material.count + BYTES) * size[0] * size[1]
    check_memory(Path(f"preset={preset}"), needed, f"all maps of {size[0]}x{size[1]} pixels")
