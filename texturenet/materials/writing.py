"""A material -> a folder of the files that a program expects: all of them, or none."""

import shutil
import tempfile
from pathlib import Path

from ..errors import Refused
from ..io.files import ASIDE, check_room, sweep, write_whole
from ..io.map_files import write_map
from .documents import DEPTH, DOCUMENTS, Surface
from .kinds import Maps
from .normals import gain_of, slopes_of
from .presets import packed, preset_named, textures

DEEPEST = 1.0  # depth of a surface in widths of the picture, beyond which none is believed

LONGEST_NAME = 200  # bytes; most disks end at 255


def write_material(maps: Maps, preset: str, folder: Path, name: str) -> list[Path]:
    """Write the maps as a program expects them, with the document that says which is which.

    Files are made in a folder beside and moved when all are there; those of the same names are
    replaced.

    Parameters
    ----------
    maps : as in memory (`kinds.KINDS`), of one size
    preset : a name of `presets.PRESETS`
    folder : which is made if it is not there
    name : of the material, with which the names of all files begin

    Returns
    -------
    the files, in the preset's order, the document last

    Raises
    ------
    Refused : for an unknown preset, maps of several sizes or of none, a name that no file can have,
        and where files cannot be written
    """
    folder, chosen = Path(folder), preset_named(preset)
    _check(maps, name)
    files = packed(maps, chosen)
    check_room(folder / name, sum(file.values.numel() * file.bits // 8 for file in files.values()))
    names = [name + ending for ending in files]
    if chosen.document:
        names.append(name + chosen.document)
    if taken := next((one for one in names if (folder / one).is_dir()), None):
        raise Refused(f"{folder / taken} is a folder: move it, or give the material another name.")
    aside = _folder_aside(folder, name)
    try:
        for ending, file in files.items():
            write_map(aside / (name + ending), file.values, file.bits)
        if chosen.document:
            some = next(iter(maps.values()))
            size = some.shape[-2], some.shape[-1]
            surface = Surface(name, textures(maps, chosen, name), size, depth_of(maps))
            write_whole(aside / names[-1], DOCUMENTS[chosen.document](surface))
        return [_moved(aside / one, folder / one) for one in names]
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def depth_of(maps: Maps) -> float:
    """How deep the whole height is, in widths of the picture, by its normals; DEPTH where they do
    not say it."""
    if not {"normal", "height"} <= set(maps):
        return DEPTH
    gain = gain_of(slopes_of(maps["normal"]), maps["height"])
    depth = gain / maps["height"].shape[-1]
    return depth if 0 < depth < DEEPEST else DEPTH


def _check(maps: Maps, name: str) -> None:
    odd = not name.isprintable() or set(name) & set('/\\:*?"<>|')
    if odd or name.strip(". ") == "" or len(name.encode()) > LONGEST_NAME:
        raise Refused(
            f"{name[:80]!r} cannot begin the names of files: say up to {LONGEST_NAME} letters, "
            "digits and underscores."
        )
    sizes = {tuple(values.shape[-2:]) for values in maps.values()}
    if len(sizes) != 1:
        said = ", ".join("x".join(map(str, size)) for size in sorted(sizes))
        raise Refused(f"a material needs maps of one size, not of {said or 'none'}: resize them.")


def _folder_aside(folder: Path, name: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        return Path(tempfile.mkdtemp(prefix=f".{name[:40]}.", suffix=ASIDE, dir=folder))
    except OSError as error:
        raise Refused(f"cannot write into {folder}: {error.strerror or error}.") from error


def _moved(file: Path, target: Path) -> Path:
    try:
        return file.replace(target)
    except OSError as error:
        raise Refused(f"cannot write {target}: {error.strerror or error}.") from error
