"""A TIFF of any size -> Deep Zoom: <name>.dzi, tiles in <name>_files/, and a page that shows it.

libvips reads options, formats and archives out of the names it is given; so it is given none of the
user's: it reads an open file and writes NEUTRAL, which is renamed.
"""

import html
import json
import shutil
import subprocess
import sys
from pathlib import Path

from ...errors import Refused
from ..files import aside_of, write_whole

HERE = Path(__file__).resolve().parent
QUALITY = 90  # of the JPEG tiles
NEUTRAL = "tiles"
# Tiles of 256 without overlap, as viewer.html expects.
CUT = f"""
import sys, pyvips
source = pyvips.Source.new_from_descriptor(0)
picture = pyvips.Image.new_from_source(source, "", access="sequential")
picture.dzsave("{NEUTRAL}", suffix=".jpg[Q={QUALITY}]", tile_size=256, overlap=0)
"""


def flat(path: Path) -> Path:
    """Where the whole picture lies while its pyramid is made."""
    return path.with_name(f"{path.stem}.dzi.tif")


def check(path: Path) -> None:
    """Refuse, before anything is drawn, where libvips is missing or another's files would go."""
    try:
        import pyvips  # noqa: F401
    except (ImportError, OSError) as error:
        raise Refused("Deep Zoom needs: pip install 'texturenet[deepzoom]'.") from error
    for other in (_tiles(path), path.with_suffix(".html")):
        if other.exists() and not (path.exists() or flat(path).exists()):
            raise Refused(f"{other} exists already, and {path.name} does not: say another name.")


def _tiles(path: Path) -> Path:
    return path.with_name(f"{path.stem}_files")


def write(path: Path, height: int, width: int) -> Path:
    """The pyramid of `flat(path)`, which is removed, at `path`.

    Everything is made aside before anything earlier is replaced; `path` itself comes last and so
    stands for all.

    Parameters
    ----------
    path : of the .dzi
    height, width : of the picture, in pixels

    Raises
    ------
    Refused : where it cannot be written; then `flat(path)` is still there
    """
    aside, tiles, page = aside_of(path), _tiles(path), path.with_suffix(".html")
    try:
        aside.mkdir(parents=True)
        _cut(flat(path), aside)
        write_whole(aside / page.name, _page(path.stem, height, width))
        path.unlink(missing_ok=True)
        if tiles.exists():
            tiles.replace(aside / "earlier")
        (aside / f"{NEUTRAL}_files").replace(tiles)
        (aside / page.name).replace(page)
        (aside / f"{NEUTRAL}.dzi").replace(path)
    except OSError as error:
        raise Refused(
            f"cannot write {path}: {error.strerror or error}. The whole picture is kept as "
            f"{flat(path).name}, from which the same command goes on."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    flat(path).unlink()
    return path


def _cut(tiff: Path, folder: Path) -> None:
    """NEUTRAL.dzi and its tiles, into a folder. In a process of its own: libvips neither hears
    signals nor forgets files of one name."""
    with open(tiff, "rb") as picture:
        process = subprocess.Popen(
            [sys.executable, "-c", CUT],
            stdin=picture,
            stderr=subprocess.PIPE,
            cwd=folder,
            text=True,
            errors="replace",
        )
        try:
            _, errors = process.communicate()
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise OSError(None, (errors.strip().splitlines() or ["libvips failed"])[-1][:200])
    (folder / f"{NEUTRAL}_files" / "vips-properties.xml").unlink(missing_ok=True)


def _page(name: str, height: int, width: int) -> str:
    """The viewer, which needs nothing but the tiles beside it."""
    page = (HERE / "viewer.html").read_text()
    # No name can end the script that it stands in.
    quoted = json.dumps(name).replace("<", "\\u003c")
    page = page.replace("TITLE", html.escape(name)).replace("SIZE", f"{height}, {width}")
    return page.replace("name = NAME", f"name = {quoted}")
