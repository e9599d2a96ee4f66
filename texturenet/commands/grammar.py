"""`key=value` words of a command line -> (key, value) pairs, by the types of a verb's options.

Where an option is text (a path, a name), its value is the user's word as it stands. Everything else
is YAML, as `values` reads it. With -m a value may be a list a,b, in which quotes protect a comma,
or one of Hydra's sweeps that name their values: choice(a,b), range(0,4), sort and shuffle of these.
"""

import json
import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from yaml import YAMLError

from ..errors import Refused, nearest, reason
from . import values
from .options import GROUPS
from .schema import is_text, lookup

CHOSEN = {group for groups in GROUPS.values() for group in groups}
SWEEP = re.compile(r"(choice|range|sort|shuffle|tag)\(.*\)", re.DOTALL)
PIECE = re.compile(r"""('[^']*'|"[^"]*"|[^,]*)(,|$)""")  # of a list of words, and what ends it

Pair = tuple[str, str]


def check_flags(flags: Sequence[str], allowed: Sequence[str]) -> None:
    for flag in flags:
        if flag not in allowed:
            raise Refused(f"there is no flag {flag!r}.{nearest(flag, allowed)}")


def pair(argument: str) -> Pair:
    key, equals, text = argument.partition("=")
    if not equals:
        raise Refused(f"{argument!r} is not of the form key=value.")
    return key, text


def parsed(schema: type, key: str, text: str) -> tuple[str, object]:
    """One pair with its value as the option's type has it. Raises Refused."""
    whole_group = key in CHOSEN and text.startswith("{")
    return key, word(key, text) if is_word(schema, key) and not whole_group else _yaml(key, text)


def is_word(schema: type, key: str) -> bool:
    """Whether a value is taken as it stands: text, a choice of conf/, and what is no option, which
    is refused with the nearest name once everything is composed."""
    annotation = lookup(schema, key)
    return annotation is None or key in CHOSEN or is_text(annotation)


def word(key: str, text: str) -> str:
    """A path or a name: as it stands, without the quotes around it unless a file has them."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" and not exists(text):
        text = text[1:-1]
    if not text.strip():
        raise Refused(f"{key} is empty: say {key}=VALUE.")
    return text


def _yaml(key: str, text: str) -> object:
    try:
        return values.read(text)
    except (YAMLError, ValueError, RecursionError) as error:
        raise Refused(f"{key} is {text!r}, which cannot be read ({reason(error)}).") from error


def jobs(pairs: Sequence[Pair], schema: type) -> list[list[Pair]]:
    """What -m makes of a command line: every combination of the values listed."""
    choices = [[(key, value) for value in _values(schema, key, text)] for key, text in pairs]
    return [list(job) for job in product(*choices)]


def _values(schema: type, key: str, text: str) -> list[str]:
    if not is_word(schema, key):
        return _swept(key, text)
    if exists(text):
        return [text]
    if SWEEP.fullmatch(text):
        # Hydra puts a backslash before what its own grammar would take for more than a word.
        return [re.sub(r"\\(?=[^\w])", "", value) for value in _swept(key, text)]
    return _listed(text)


def _listed(text: str) -> list[str]:
    """The words of a list, split at the commas outside quotes."""
    words = []
    for piece in PIECE.finditer(text):
        words.append(piece[1])
        if not piece[2]:
            break
    return words


def _swept(key: str, text: str) -> list[str]:
    """The values of a list or sweep, as Hydra reads it; the text alone where it is neither."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        override = OverridesParser.create().parse_override(f"{key}={text}")
        return list(override.sweep_string_iterator()) if override.is_sweep_override() else [text]
    except HydraException as error:
        raise Refused(f"{key} is {text!r}, which cannot be read ({reason(error)}).") from error


def override(key: str, value: object) -> str:
    """The word of a command line that gives an option this value."""
    return f"{key}={value_text(value)}"


def value_text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(value_text, value))}]"
    if isinstance(value, dict):
        items = (f"{_key_text(str(key))}:{value_text(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    return str(value)


def _key_text(key: str) -> str:
    """Of a mapping; in quotes where YAML would read something else, as in "#22aa44"."""
    return key if re.fullmatch(r"[\w@.]+", key) else json.dumps(key, ensure_ascii=False)


def exists(text: str) -> bool:
    """Whether a file is called so, as it stands or with ~ expanded."""
    try:
        return Path(text).exists() or Path(text).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False
