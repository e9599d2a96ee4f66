"""Where the files of a run go."""

from pathlib import Path

from ..errors import Refused
from ..files import user_path

DESCRIPTOR = ".safetensors"  # the suffix of its file
LONGEST = 80  # letters of a name that others are made of

RUNS = Path("runs")


def free_folder(name: str) -> Path:
    """runs/<name>, or the first of runs/<name>-2, -3, ... that there is not."""
    stem = RUNS / name
    taken = (stem.with_name(f"{name}-{number}") for number in range(2, 10**6))
    return stem if not stem.exists() else next(path for path in taken if not path.exists())


def check_input(given: str | None, *written: Path) -> None:
    """Refuse to write over the picture that was given."""
    places = {place.resolve() for place in written}
    if given and (path := user_path(given)).is_file() and path.resolve() in places:
        raise Refused(f"{given} would be written over: say another out.")


def of_descriptor(out: str | None, name: str, resume: str | None = None) -> tuple[Path, Path]:
    """(run folder, descriptor file): as asked for, or runs/<name>, numbered if taken."""
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
