"""A material -> a folder of the files that a program expects: all of them, or none."""

import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ..errors import Refused
from ..io.files import absolute, aside_of, check_room, sweep, write_whole
from ..io.map_files import write_map
from ..io.together import check_places, folder_aside, place
from ..types import Size
from .documents import DEPTH, DOCUMENTS, Surface
from .kinds import Maps
from .normals import gain_of, slopes_of
from .presets import Preset, Sheet, packed, preset_named, sheets_of, textures

DEEPEST = 1.0  # depth of a surface in widths of the picture, beyond which none is believed

LONGEST_NAME = 200  # bytes; most disks end at 255
DIGITS = 4  # of the number of a frame, at least


def write_material(
    maps: Maps, preset: str, folder: Path, name: str, record: Mapping | None = None
) -> list[Path]:
    """Write the maps as a program expects them, with the document that says which is which.

    Files are made in a folder beside and moved when all are there; those of the same names are
    replaced. If that fails or is interrupted, the folder is as it was. If the process is killed
    while they are moved, some files may be missing, but files of two materials never lie beside
    each other, and a document that is there has all of its files (`io.together.place`).

    Parameters
    ----------
    maps : as in memory (`kinds.KINDS`), of one size
    preset : a name of `presets.PRESETS`
    folder : which is made if it is not there
    name : of the material, with which the names of all files begin
    record : what every map's file carries, of how it was made

    Returns
    -------
    the files, in the preset's order, the document last

    Raises
    ------
    Refused : for an unknown preset, maps of several sizes or of none, a name that no file can have,
        and where files cannot be written
    """
    folder, chosen = Path(folder), preset_named(preset)
    size = _size_of(maps)
    check_name(name)
    files = packed(maps, chosen)
    check_room(folder / name, bytes_of(sheets_of(maps, chosen), size))
    texts = documents_of(maps, chosen, name, size, depth_of(maps)) if chosen.document else {}
    made = [folder / (name + ending) for ending in (*files, *texts)]
    check_places(made)
    with folder_aside(folder, name) as aside:
        for ending, file in files.items():
            write_map(aside / (name + ending), file.values, file.bits, record)
        for ending, text in texts.items():
            write_whole(aside / (name + ending), text)
        try:
            place([(aside / path.name, path) for path in made], aside)
        except OSError as error:
            raise Refused(f"cannot write {folder / name}: {error.strerror or error}.") from error
    return made


def write_frames(
    frames: Iterable[Maps],
    preset: str,
    folder: Path,
    name: str,
    count: int,
    record: Mapping | None = None,
) -> Path:
    """Write every frame of a film as a program expects a material: NAME_0001_normal.png, ...

    Documents are left out: none of them knows a material that moves.

    Parameters
    ----------
    frames : maps as in memory, of one size, taken one at a time
    preset : a name of `presets.PRESETS`
    folder : new, or empty; it is complete or absent
    name : with which the names of all files begin
    count : how many frames there are, for the number of digits
    record : what every file carries, of how it was made, beside the number of its frame

    Raises
    ------
    Refused : as `write_material` does, and for a folder in which something lies
    """
    chosen, digits = preset_named(preset), max(DIGITS, len(str(count)))
    check_name(name)
    folder = absolute(folder)  # a plain "." has no name
    check_new(folder)
    aside = aside_of(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent)
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        for number, maps in enumerate(frames, 1):
            said = {**record, "frame": number} if record else None
            for ending, file in packed(maps, chosen).items():
                path = aside / f"{name}_{number:0{digits}}{ending}"
                write_map(path, file.values, file.bits, said)
        if folder.is_dir():
            folder.rmdir()
        aside.replace(folder)
    except OSError as error:
        raise Refused(f"cannot write {folder}: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def documents_of(
    kinds: Collection[str], preset: Preset, name: str, size: Size, depth: float
) -> dict[str, str]:
    """{ending: text} of the files that say which map is which.

    kinds : of the maps that there are
    size : (height, width) of the maps, in pixels
    depth : of the whole height, in widths of the picture
    """
    if not preset.document:
        return {}
    surface = Surface(name, textures(kinds, preset, name), size, depth)
    return {preset.document: DOCUMENTS[preset.document](surface)}


def depth_of(maps: Maps, width: int | None = None) -> float:
    """How deep the whole height is, in widths of the picture, by its normals; DEPTH where they do
    not say it. width: of the picture, where the maps are a window of it; in pixels."""
    if not {"normal", "height"} <= set(maps):
        return DEPTH
    gain = gain_of(slopes_of(maps["normal"]), maps["height"])
    depth = gain / (width or maps["height"].shape[-1])
    return depth if 0 < depth < DEEPEST else DEPTH


def bytes_of(sheets: Iterable[Sheet], size: Size) -> int:
    """What files of a size may come to."""
    return sum(sheet.count * sheet.bits // 8 for sheet in sheets) * size[0] * size[1]


def check_name(name: str) -> None:
    """Refuse what cannot begin the names of files."""
    odd = not name.isprintable() or set(name) & set('/\\:*?"<>|')
    if odd or name.strip(". ") == "" or len(name.encode()) > LONGEST_NAME:
        raise Refused(
            f"{name[:80]!r} cannot begin the names of files: say up to {LONGEST_NAME} letters, "
            "digits and underscores."
        )


def check_new(folder: Path) -> None:
    """Refuse a folder in which something lies already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} exists already: frames go into a new folder.")


def _size_of(maps: Maps) -> Size:
    """The one of all of them."""
    sizes = {(values.shape[-2], values.shape[-1]) for values in maps.values()}
    if len(sizes) != 1:
        said = ", ".join("x".join(map(str, size)) for size in sorted(sizes))
        raise Refused(f"a material needs maps of one size, not of {said or 'none'}: resize them.")
    return sizes.pop()
