"""What came in: a photograph or the maps of a material to be learnt from, and pictures that say
where textures lie, which are masks or hold labels. Each has a folder."""

import json
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from pathlib import Path

from torch import Tensor

from ..errors import Refused
from ..imaging import resized
from ..io.exemplars import MOST_PIXELS, PictureFile, exemplar_table
from ..io.files import check_room, write_whole
from ..io.map_files import read_map
from ..io.pictures import save_bytes, to_bytes
from ..types import Size
from .labels import label_picture
from .tools import Tools

MOST_BYTES = 64 * 10**6  # of one file
MOST_FILES = 16  # of a material
LONGEST_STEM = 180  # bytes of the name of a file; a disk takes 255
NAME = r"[0-9a-f]{12}"  # of a source
LONGEST = 1600  # pixels of the longer side of what the page shows
FACTS, VIEW, MENDED, FILES = "source.json", "view.jpg", "mended.jpg", "files"
PHOTOGRAPH, MATERIAL, MASK, LABELS = "photograph", "material", "mask", "labels"
KEYS = {PHOTOGRAPH: "exemplar", MATERIAL: "material", MASK: "mask", LABELS: "labels"}  # of a verb


class TooLarge(Refused):
    """An upload of too many bytes."""


class Sources:
    """The folder of what came in.

    Parameters
    ----------
    folder : which is made when something comes in
    tools : of the commands
    """

    def __init__(self, folder: Path, tools: Tools):
        self.folder, self.tools = folder, tools

    def begin(self) -> str:
        """Make room for one -> its name."""
        name = secrets.token_hex(6)
        try:
            (self.folder / name / FILES).mkdir(parents=True)
        except OSError as error:
            raise Refused(f"cannot write to {self.folder}: {error.strerror or error}.") from error
        return name

    async def receive(
        self, source: str, name: str, length: int | None, body: AsyncIterator[bytes]
    ) -> None:
        """One file, or nothing of it. length: as the browser says. Raises Refused."""
        folder = self._of(source) / FILES
        if len(list(folder.iterdir())) >= MOST_FILES:
            raise Refused(f"these are more than {MOST_FILES} files: a material has fewer maps.")
        path = _free(folder, safe_name(name))
        if length is not None:
            _check_bytes(length, name)
            check_room(path, length)
        aside = _aside(path)
        try:
            await _write(aside, body, name)
            aside.replace(path)
        except OSError as error:
            raise Refused(f"cannot write {path}: {error.strerror or error}.") from error
        finally:
            with suppress(OSError):
                aside.unlink(missing_ok=True)

    def finish(self, source: str, kind: str) -> dict:
        """Look at what came in -> its facts. Raises Refused, and then nothing of it is left."""
        folder = self._of(source)
        try:
            files = sorted((folder / FILES).iterdir())
            if not files:
                raise Refused("no file came in: choose a photograph.")
            if kind != MATERIAL and len(files) > 1:
                raise Refused(f"these are {len(files)} files: choose one picture.")
            given = folder / FILES if kind == MATERIAL else files[0]
            look = self._drawn_on if kind in (MASK, LABELS) else self._looked_at
            return look(source, kind, {KEYS[kind]: str(given)})
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def own(self, name: str) -> dict:
        """An exemplar that came with the project."""
        if name not in exemplar_table():
            raise Refused(f"there is no exemplar {name!r}.")
        source = self.begin()
        return self._looked_at(source, PHOTOGRAPH, {"exemplar": name})

    def of(self, source: str) -> dict:
        """Its facts. Raises Refused."""
        try:
            return json.loads((self._of(source) / FACTS).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Refused("this picture is not there any more: choose it again.") from error

    def view(self, source: str) -> Path:
        """The picture that the page shows."""
        return self._of(source) / VIEW

    def mended(self, source: str) -> Path:
        """The picture of the exemplar that corrections make of it."""
        return self._of(source) / MENDED

    def sweep(self, words: Iterable[str]) -> None:
        """Remove those that none of these words of command lines names."""
        named = set(re.findall(NAME, " ".join(words)))
        with suppress(OSError):  # nothing has come in yet
            for folder in self.folder.iterdir():
                ours = re.fullmatch(NAME, folder.name) and not folder.is_symlink()
                if ours and folder.name not in named:
                    shutil.rmtree(folder, ignore_errors=True)

    def _of(self, source: str) -> Path:
        if not re.fullmatch(NAME, source) or not (self.folder / source).is_dir():
            raise Refused("this picture is not there any more: choose it again.")
        return self.folder / source

    def _drawn_on(self, source: str, kind: str, values: dict[str, str]) -> dict:
        """A mask, or a picture of labels, of which `labels` says what `label_picture` found."""
        path = Path(values[KEYS[kind]])
        pixels, size, labels = (label_picture if kind == LABELS else _mask_picture)(path)
        save_bytes(self.folder / source / VIEW, to_bytes(pixels))
        facts = {"source": source, "kind": kind, "values": values, "name": path.name,
                 "size": list(size), "labels": labels}  # fmt: skip
        write_whole(self.folder / source / FACTS, json.dumps(facts))
        return facts

    def _looked_at(self, source: str, kind: str, values: dict[str, str]) -> dict:
        maps = self.tools.maps(values["material"]) if kind == MATERIAL else {}
        file = self.tools.colour(values)
        height, width = size = _checked(file)
        side = min(size) if max(size) <= LONGEST else max(1, LONGEST * min(size) // max(size))
        picture = file.picture(side=side)
        save_bytes(self.folder / source / VIEW, to_bytes(picture.pixels))
        facts = {
            "source": source,
            "kind": kind,
            "values": values,
            "name": _name(file.path.stem, kind),
            "size": [height, width],
            "maps": maps,
            "notes": list(picture.notes),
        }
        write_whole(self.folder / source / FACTS, json.dumps(facts))
        return facts


def safe_name(name: str) -> str:
    """The name of a file that came in, as one that any disk takes and no command misreads."""
    path = Path(re.sub(r"[^\w.-]", "_", name.replace("\\", "/").rsplit("/", 1)[-1]))
    stem = within(path.stem.strip("._-")[:60], LONGEST_STEM) or "photograph"
    return f"{stem}{path.suffix[:6].lower()}"


def within(text: str, count: int) -> str:
    """As much of a text as so many bytes hold."""
    return text.encode()[:count].decode(errors="ignore")


def _mask_picture(path: Path) -> tuple[Tensor, Size, list[dict]]:
    """(1,3,h,w) on [0,1] as the page shows it, the size of the file, no labels. Raises Refused."""
    values = read_map(path).values
    height, width = values.shape[-2:]
    planes = values[:3] if len(values) >= 3 else values[:1].expand(3, -1, -1)
    ratio = min(1.0, LONGEST / max(height, width))
    small = resized(planes[None], (max(1, int(height * ratio)), max(1, int(width * ratio))))
    return small.clamp(0, 1), (height, width), []


def _free(folder: Path, name: str) -> Path:
    """Names that differ only in characters that were replaced are different files."""
    path, number = folder / name, 1
    while path.exists() or _aside(path).exists():
        number += 1
        path = folder / f"{Path(name).stem}-{number}{Path(name).suffix}"
    return path


def _aside(path: Path) -> Path:
    """Where a file is until it is whole."""
    return path.with_name(f".{path.name}.part")


def _name(stem: str, kind: str) -> str:
    """What a net of it could be called: of a material without the word for its colour."""
    return stem if kind == PHOTOGRAPH else re.sub(r"[ _.-]+[^ _.-]*$", "", stem) or "material"


async def _write(path: Path, body: AsyncIterator[bytes], name: str) -> None:
    done = 0
    with open(path, "wb") as file:
        async for part in body:
            done += len(part)
            _check_bytes(done, name)
            file.write(part)


def _check_bytes(count: int, name: str) -> None:
    if count > MOST_BYTES:
        raise TooLarge(
            f"{name[:80]} has more than {MOST_BYTES // 10**6} MB, the most that the studio takes: "
            "make it smaller, or train on it with the command texturenet train."
        )


def _checked(file: PictureFile) -> tuple[int, int]:
    height, width = file.size
    if height * width > MOST_PIXELS:
        raise Refused(
            f"{file.path.name} has {height}x{width} pixels, more than the "
            f"{MOST_PIXELS // 10**6} megapixels that the studio takes: make it smaller first."
        )
    return height, width
