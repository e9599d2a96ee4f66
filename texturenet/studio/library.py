"""What was made: nets, and folders of pictures, films and maps, as they lie under the runs."""

import math
import os
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from ..errors import Refused
from ..generator import palette, release
from ..generator.steady import steering_of
from ..io.files import absolute, check_room
from ..types import Card

OWN_FOLDERS = ("studio", "previews", "moment", "tensorboard")  # that are not shown
DEEP = 3  # folders below the runs that are looked into
MOST = 300  # folders that are listed, the newest
KINDS = {
    ".png": "picture", ".jpg": "picture", ".jpeg": "picture", ".webp": "picture",
    ".gif": "picture", ".apng": "picture", ".mp4": "film", ".webm": "film", ".tif": "file",
    ".tiff": "file", ".exr": "file", ".json": "file", ".csv": "file", ".yaml": "file",
    ".gltf": "file", ".glb": "file", ".mtlx": "file", ".tres": "file", ".mat": "file",
    ".bin": "file", ".txt": "file", ".py": "file", ".tsx": "file", ".safetensors": "net",
}  # fmt: skip
TYPES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
    ".gif": "image/gif", ".apng": "image/apng", ".mp4": "video/mp4", ".webm": "video/webm",
}  # fmt: skip
PREVIEW = "_0.png"  # what `train` calls a sample
MOST_ZIPPED = 2 * 10**9  # bytes


class Library:
    """Of a folder of runs."""

    def __init__(self, runs: Path):
        self.runs = runs

    def nets(self) -> list[dict]:
        """Those that came with the project by name, then those of the runs, the newest first."""
        own = [_net(path, name, "") for name, path in release.listed().items()]
        found = [path for folder in self._folders() for path in folder.glob("*.safetensors")]
        found.sort(key=_when, reverse=True)
        learnt = [self._own_net(each) for path in found for each in _textures(path, _when(path))]
        return [each for each in own + learnt if each]

    def made(self) -> list[dict]:
        """Folders with what can be looked at or taken away, the newest first."""
        groups = [group for folder in self._folders() if (group := self._group(folder))]
        return sorted(groups, key=lambda group: group["when"], reverse=True)[:MOST]

    def net(self, model: str) -> Path:
        """A net that `nets` lists, as `release.load` takes it. Raises Refused."""
        if model in (own := release.listed() | release.palettes()):
            path = own[model]
        elif not model:
            raise Refused("no net was named: say a name, or the path of one of the runs.")
        else:
            file, texture = palette.split(absolute(Path(model)))
            path = self._file(self._inside(file, model), model)
            path = path if texture is None else palette.named(path, texture)
        release.card_of(path)  # of a palette alone, it says which textures there are
        return path

    def thumb(self, name: str) -> Path:
        """The picture beside a net that came with the project. Raises Refused."""
        path = release.released().get(name)
        if path is None or not (picture := path.with_suffix(".jpg")).is_file():
            raise Refused(f"there is no picture of {name!r}.")
        return picture

    def file(self, name: str) -> Path:
        """A file under the runs by its path there. Raises Refused."""
        return self._file(self._inside(self.runs / name, name), name)

    def zipped(self, name: str, target: Path) -> None:
        """The files of a folder under the runs, and of those in it that are shown, as one. Links
        are left out. Raises Refused."""
        folder = self._inside(self.runs / name, name)
        try:
            shown = sorted(_files(folder))
            size = sum(path.stat().st_size for path in shown)
            if not shown:
                raise Refused(f"there is no folder {name!r} among what was made.")
            if size > MOST_ZIPPED:
                raise Refused(
                    f"the files have {size / 1e9:.1f} GB, more than the {MOST_ZIPPED / 1e9:.1f} GB "
                    "of a zip: take them one by one."
                )
            check_room(target, size)
            with zipfile.ZipFile(target, "w", strict_timestamps=False) as archive:
                for path in shown:
                    archive.write(path, path.relative_to(folder))
        except OSError as error:
            raise Refused(f"cannot write a zip of {name}: {error.strerror or error}.") from error

    def _inside(self, path: Path, name: str) -> Path:
        """A path with its links followed: below the runs, and in no folder of the studio's own.
        name: as it was said. Raises Refused."""
        try:
            path = path.resolve()
            inside = path.relative_to(self.runs.resolve()).parts
        except (OSError, ValueError, RuntimeError):  # too long, NUL, links in a circle, elsewhere
            inside = ()
        if not inside or any(part.lower() in OWN_FOLDERS for part in inside):
            raise Refused(f"{name[:80]!r} does not lie among what was made.")
        return path

    def _file(self, path: Path, name: str) -> Path:
        with suppress(OSError):  # a name that no file can have
            if path.is_file() and path.suffix.lower() in KINDS:
                return path
        raise Refused(f"there is no file {name[:80]!r} among what was made.")

    def _folders(self) -> Iterator[Path]:
        """All that are shown, the runs themselves excepted."""
        left = [(self.runs, 0)]
        while left:
            folder, deep = left.pop()
            if deep:
                yield folder
            try:
                inside = [p for p in folder.iterdir() if p.is_dir() and not p.is_symlink()]
            except OSError:
                continue
            if deep < DEEP:
                left += [(path, deep + 1) for path in inside if _shown(path)]

    def _group(self, folder: Path) -> dict | None:
        try:
            paths = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in KINDS]
            files = [self._facts(path) for path in paths if path.is_file() and _shown(path)]
        except OSError:
            return None
        # A folder of tables and settings alone is not for looking at.
        if not any(file["kind"] in ("picture", "film", "net") for file in files):
            return None
        name = folder.relative_to(self.runs).as_posix()
        return {"folder": name, "files": files, "when": max(file["when"] for file in files)}

    def _facts(self, path: Path) -> dict:
        status = path.stat()
        return {
            "path": path.relative_to(self.runs).as_posix(),
            "name": path.name,
            "kind": KINDS[path.suffix.lower()],
            "bytes": status.st_size,
            "when": status.st_mtime,
        }

    def _own_net(self, path: Path) -> dict | None:
        file, texture = palette.split(path)
        sample = file.with_name(f"{texture or file.stem}{PREVIEW}")
        thumb = f"files/{sample.relative_to(self.runs).as_posix()}" if sample.is_file() else ""
        return _net(path, str(path), thumb)


@lru_cache(maxsize=1024)
def _textures(path: Path, when: float) -> list[Path]:
    """A file as `release.load` takes it: that of a palette once for every texture."""
    try:
        return list(release.each_of(path).values()) or [path]
    except Exception:  # a foreign file can fail anywhere; `_net` leaves it out
        return [path]


def _net(path: Path, model: str, thumb: str) -> dict | None:
    try:
        return _card(path, _when(path)) | {"model": model, "thumb": thumb or _thumb(path, model)}
    except (Refused, OSError):
        return None  # a descriptor, or something else


def _thumb(path: Path, model: str) -> str:
    return f"api/thumbs/{model}" if path.with_suffix(".jpg").is_file() else ""


@lru_cache(maxsize=1024)
def _card(path: Path, when: float) -> dict:
    """What pages are told of a net."""
    card = release.card_of(path)
    exemplar = card.get("exemplar")
    exemplar = exemplar if isinstance(exemplar, dict) else {}
    steering = steering_of(card)
    return {
        "name": card["name"],
        "palette": card.get("palette"),
        "root": card.get("root"),
        "turns": bool(steering and steering.turns),
        "sizes": list(steering.sizes) if steering and steering.sized else None,
        "maps": bool(card.get("maps")),
        "step": card.get("step"),
        "exemplar": exemplar.get("name"),
        "licence": exemplar.get("licence"),
        "waves": list(waves.periods) if (waves := release.waves_of(card)) else None,
        "period": _period(card),
        "bytes": release.file_of(path).stat().st_size,
        "when": when,
    }


def _period(card: Card) -> list[int]:
    """What the height and the width of its tiles are multiples of."""
    claims, waves = card["architecture"], release.waves_of(card)
    scales = len(claims["widths"]) if "widths" in claims else claims["scales"]
    coarsest = 2 ** (scales - 1)
    return [math.lcm(each, coarsest) for each in (waves.periods if waves else (1, 1))]


def _files(folder: Path) -> Iterator[Path]:
    """Those of a folder and of the folders in it that are shown, without links."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _shown(Path(name))]
        paths = (Path(place) / name for name in names if _shown(Path(name)))
        yield from (
            path
            for path in paths
            if path.suffix.lower() in KINDS and path.is_file() and not path.is_symlink()
        )


def _shown(path: Path) -> bool:
    return not path.name.startswith(".") and path.name not in OWN_FOLDERS


def _when(path: Path) -> float:
    try:
        return release.file_of(path).stat().st_mtime
    except OSError:
        return 0.0
