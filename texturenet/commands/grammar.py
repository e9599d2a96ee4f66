"""Values -> Hydra's override grammar, which trips over much that file names and people use."""

import re
from collections.abc import Iterable
from pathlib import Path

# Keys whose values are words of the user's own: paths and names.
WORDS = (
    "exemplar", "model", "out", "resume", "name", "file", "descriptor.weights", "content", "style",
    "image", "init", "trained", "descriptor", "weights",
)  # fmt: skip


def override(key: str, given: object) -> str:
    return f"{key}={value(given)}"


def value(given: object) -> str:
    """A Python value as the right-hand side of an override."""
    if given is None or isinstance(given, bool):
        return {None: "null", True: "true", False: "false"}[given]
    if isinstance(given, (list, tuple)):
        return f"[{','.join(map(value, given))}]"
    if isinstance(given, dict):
        return "{" + ",".join(f"{key}:{value(item)}" for key, item in given.items()) + "}"
    if isinstance(given, (int, float)):
        return repr(given)
    return _quotes(str(given))


def quoted(argument: str, many: bool) -> str:
    """A command-line override, its value quoted where it is the user's own word.

    In a multirun a list a,b stays a list, unless it is the name of a file.
    """
    key, _, given = argument.partition("=")
    if key not in WORDS or given == "null":
        return argument
    if len(given) > 1 and given[0] == given[-1] and given[0] in "'\"":
        return argument
    return f"{key}={','.join(map(_quotes, words(given, many)))}"


def words(given: str, many: bool) -> list[str]:
    """The values of a multirun's list a,b; one alone, and the name of a file, is one."""
    return given.split(",") if many and not _exists(given) else [given]


def names_file(given: str, suffixes: Iterable[str], choices: Iterable[str]) -> bool:
    """Whether a word that may be one of the choices is rather meant as a path."""
    bare = given.strip("'\"")
    looks = Path(bare).suffix in suffixes or "/" in bare
    return bare not in choices and bool(bare) and (looks or _exists(bare))


def _exists(given: str) -> bool:
    try:
        return Path(given).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


def _quotes(text: str) -> str:
    if re.fullmatch(r"[A-Za-z][A-Za-z_-]*", text) and text.lower() not in RESERVED:
        return text
    # Backslashes count as escapes only before a quote, the closing one included.
    text = re.sub(r"(\\*)'", r"\1\1\\'", text)
    text = re.sub(r"(\\+)$", r"\1\1", text)
    # A dollar and a brace would be taken for an interpolation.
    return "'" + text.replace("${", r"\${") + "'"


RESERVED = ("null", "true", "false", "inf", "nan")
