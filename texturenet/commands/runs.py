"""The folder of a run, its lock, and the file that it is resumed from."""

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

import torch

from ..errors import Refused, abbreviated
from ..io.files import locked, sweep, user_path, write_whole
from ..io.untrusted import is_plain, read_pickle
from . import grammar

DESCRIPTOR = ".safetensors"  # the suffix of its file
LONGEST = 80  # letters of a name that others are made of
RUNS = Path("runs")
RESUME = "resume.ckpt"


def free_folder(name: str) -> Path:
    """Make runs/<name>, or the first of runs/<name>-2, -3, ... that there is not yet."""
    _made(RUNS)
    if not RUNS.is_dir():
        raise Refused(f"cannot write to {RUNS}, which is no folder: remove it, or say out=DIR.")
    stem = RUNS / name
    numbered = (stem.with_name(f"{name}-{number}") for number in range(2, 10**6))
    return next(folder for folder in chain([stem], numbered) if _made(folder))


def _made(folder: Path) -> bool:
    """Make a folder that there was not; of two runs that ask for one, only one makes it."""
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return False
    except OSError as error:
        raise Refused(f"cannot write to {folder}: {error.strerror or error}.") from error
    return True


@contextmanager
def reserved(folder: Path) -> Iterator[None]:
    """The folder is there and this run's alone, where folders can be locked; one that was made for
    it and stayed empty is taken away again. Raises Refused."""
    # What `free_folder` made for a run that is then refused goes too.
    kept = folder.is_dir() and (folder.parent != RUNS or any(folder.iterdir()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"cannot write to {folder}: {error.strerror or error}.") from error
    lock = _locked(folder)
    try:
        sweep(folder)
        yield
    finally:
        if lock is not None:
            os.close(lock)
        if not kept:
            with suppress(OSError):  # it holds something, or is gone
                folder.rmdir()
                if folder.parent == RUNS:
                    RUNS.rmdir()


def _locked(folder: Path) -> int | None:
    """A descriptor of the folder, whose lock ends with the process however that ends; None for a
    folder that cannot be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:  # one that cannot be listed; any, on Windows
        return None
    if not locked(descriptor):
        os.close(descriptor)
        raise Refused(f"another run is writing into {folder}: say another out.")
    return descriptor


def check_input(given: str | None, *written: Path) -> None:
    """Refuse to write over the picture that was given, or one of several."""
    places = {place.resolve() for place in written}
    for each in (given or "", *(given or "").split(",")):
        path = user_path(each) if grammar.exists(each) else Path()
        if path.is_file() and path.resolve() in places:
            raise Refused(f"{each} would be written over: say another out.")


def of_descriptor(out: str | None, name: str, resume: str | None = None) -> tuple[Path, Path]:
    """(run folder, descriptor file): as the options say, or runs/<name>, numbered if taken."""
    name = name[:LONGEST]
    if out:
        path = user_path(out)
        if path.suffix == DESCRIPTOR and not path.is_dir():
            return path.with_suffix(""), path
        if path.is_file():
            raise Refused(
                f"out is {path}, a file: say a folder, or a name that ends in {DESCRIPTOR}."
            )
        return path, path / f"{name}{DESCRIPTOR}"
    folder = user_path(resume).parent if resume else free_folder(name)
    return folder, folder / f"{name}{DESCRIPTOR}"


def save(path: Path, origin: Mapping[str, object], kept: str, state: dict) -> None:
    """origin: what a resumed run has to share. kept: the name that the state goes by."""
    data = io.BytesIO()
    torch.save({"origin": dict(origin), kept: state}, data)
    write_whole(path, data.getvalue())


def load_resume(
    given: str | None, origin: Mapping[str, object], kept: str, load: Callable[[dict], None]
) -> Path | None:
    """Load the state out of the file given -> its path, None where none was given."""
    if given is None:
        return None
    path = user_path(given)
    if not path.is_file():
        raise Refused(f"there is no file {path} to resume from.")
    state = read_pickle(path)
    if not isinstance(state, dict) or not {"origin", kept} <= state.keys():
        raise Refused(f"{path} is not a file to resume from.")
    before = state["origin"]
    if not isinstance(before, dict) or not is_plain(before):
        raise Refused(f"{path} is not a file to resume from.")
    for key in dict.fromkeys(["kind", *origin, *map(str, before)]):
        if before.get(key) != origin.get(key):
            raise Refused(
                f"{path} belongs to a run with {abbreviated(key)}="
                f"{abbreviated(before.get(key))}, not {abbreviated(origin.get(key))}: give the "
                "same options and pictures as before."
            )
    try:
        load(state[kept])
    except Refused as refusal:
        raise Refused(f"{path} is not whole enough to resume: {refusal}") from refusal
    except Exception as error:  # a file changed by hand can fail anywhere
        raise Refused(f"{path} is not whole enough to resume ({type(error).__name__}).") from error
    return path
