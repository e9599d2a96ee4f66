"""A TIFF of any size -> Deep Zoom: <name>.dzi, tiles in <name>_files/, and a page that shows it."""

import html
import json
import shutil
from pathlib import Path

from .errors import Refused, reason

HERE = Path(__file__).resolve().parent
QUALITY = 90  # of the JPEG tiles
LAYOUT = {"tile_size": 256, "overlap": 0}  # as viewer.html expects


def check(path: Path) -> None:
    """Refuse, before anything is drawn, where libvips is wanting or another's files would go."""
    _vips()
    for other in (_tiles(path), path.with_suffix(".html")):
        if other.exists() and not path.exists():
            raise Refused(f"{other} exists already, and {path.name} does not: say another name.")


def _tiles(path: Path) -> Path:
    return path.with_name(f"{path.stem}_files")


def _vips():
    try:
        import pyvips
    except (ImportError, OSError) as error:
        raise Refused("Deep Zoom needs: pip install 'texturenet[deepzoom]'.") from error
    return pyvips


def write(tiff: Path, path: Path) -> Path:
    """The pyramid of a TIFF at `path` (.dzi); pieces come first, so the .dzi stands for all."""
    pyvips = _vips()
    aside = path.with_name(f".{path.stem}.aside")
    shutil.rmtree(aside, ignore_errors=True)
    tiles = _tiles(path)
    try:
        aside.mkdir(parents=True)
        picture = pyvips.Image.new_from_file(str(tiff), access="sequential")
        picture.dzsave(str(aside / path.stem), suffix=f".jpg[Q={QUALITY}]", **LAYOUT)
        (aside / tiles.name / "vips-properties.xml").unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        shutil.rmtree(tiles, ignore_errors=True)
        (aside / tiles.name).replace(tiles)
        path.with_suffix(".html").write_text(_page(path.stem, picture.height, picture.width))
        (aside / f"{path.stem}.dzi").replace(path)
    except (OSError, pyvips.Error) as error:
        raise Refused(f"cannot write {path}: {reason(error)}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return path


def _page(name: str, height: int, width: int) -> str:
    """The viewer, which needs nothing but the tiles beside it."""
    page = (HERE / "viewer.html").read_text()
    # No name can end the script that it stands in.
    quoted = json.dumps(name).replace("<", "\\u003c")
    page = page.replace("TITLE", html.escape(name)).replace("SIZE", f"{height}, {width}")
    return page.replace("name = NAME", f"name = {quoted}")
