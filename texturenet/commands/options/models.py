"""How several nets are named: a,b,c or [a,b,c]."""

from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from ...blending.limits import MOST


def listed(value: object) -> object:
    """a,b as [a,b]: names and paths, without the blanks around them; a file whose name has a comma
    is one. Raises ValueError where a name is missing."""
    if value is None:
        raise ValueError("names are needed, as a,b")
    if not isinstance(value, str):
        return value
    if _is_file(value):
        return [value]
    words = [word.strip() for word in value.split(",")]
    if not all(words):
        raise ValueError("a name is missing beside a comma")
    return words


def _is_file(text: str) -> bool:
    try:
        return Path(text).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # a list can be longer than any path
        return False


def _counted(names: list[str], least: int, most: int) -> list[str]:
    if not least <= len(names) <= most:
        raise ValueError(f"{len(names)} given, {least} to {most} needed, as a,b")
    if not all(names):
        raise ValueError("a name is missing")
    return names


def models(least: int, most: int) -> object:
    """The type of an option that names so many nets."""
    return Annotated[
        list[str],
        BeforeValidator(listed),
        AfterValidator(partial(_counted, least=least, most=most)),
    ]


Models = models(2, MOST)
Names = Annotated[list[str], BeforeValidator(listed)]
INVERT = (
    "of way=height: models whose dark parts stand high, not the bright ones, as bricks with bright "
    "joints: a,b"
)
