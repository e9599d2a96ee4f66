"""The help of a verb: its keys with values, ranges and meaning, as `options` declares them."""

import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, asdict, fields, is_dataclass
from math import log2

from . import compose, grammar
from .options import GROUPS, schema_of
from .options.shared import LARGEST_SEED, MANY
from .schema import bare, facts, hints, words

WIDTH = 100


def of(verb: str) -> str:
    """The text of `texturenet VERB --help`."""
    schema = schema_of(verb)
    parts = [f"usage: texturenet {verb} {schema.USAGE}"]
    for group, chosen in GROUPS.get(verb, {}).items():
        names = "|".join(compose.choices(verb, group))
        parts.append(f"{group}={names}   ({chosen} unless given)")
    if verb == "descriptor":
        parts += _of_kinds()
    else:
        parts.append("\n".join(_lines(schema, compose.base(verb))))
    return "\n\n".join(part for part in parts if part)


def _of_kinds() -> list[str]:
    """The keys that ranvgg and singlevgg share, then those of each kind."""
    from .options.descriptor import KINDS, Building

    shared = {field.name for field in fields(Building)} - {"kind"}
    parts = ["ranvgg and singlevgg:\n" + "\n".join(_lines(Building, {}, shared))]
    for kind, schema in KINDS.items():
        own = {field.name for field in fields(schema)} - {"kind"}
        own -= shared if issubclass(schema, Building) else set()
        parts.append(f"kind={kind}:\n" + "\n".join(_lines(schema, {}, own)))
    return parts


def _lines(
    schema: type, values: dict, names: set[str] | None = None, prefix: str = ""
) -> Iterator[str]:
    for field in fields(schema):
        if names is not None and field.name not in names:
            continue
        annotation = hints(schema)[field.name]
        kind, value = bare(annotation), _value(field, values)
        if is_dataclass(kind) and value is not None:
            inside = value if isinstance(value, dict) else {}
            yield from _lines(kind, inside, None, f"{prefix}{field.name}.")
        else:
            yield _line(f"{prefix}{field.name}", value, annotation)


def _value(field: object, values: dict) -> object:
    """What a recipe says, or the default, or MISSING."""
    if field.name in values:
        return values[field.name]
    if field.default is not MISSING:
        return field.default
    if field.default_factory is not MISSING:
        made = field.default_factory()
        return asdict(made) if is_dataclass(made) else made
    return MISSING


def _line(key: str, value: object, annotation: object) -> str:
    text, least, most = facts(annotation)
    if allowed := words(annotation):
        text = f"{'|'.join(allowed)}; {text}" if text else "|".join(allowed)
    elif least is not None and most is not None:
        text = f"{text} ({_range(least, most)})"
    required = value is MISSING
    shown = f"{key}=..." if required else grammar.override(key, value)
    needed = "required: " if required else ""
    wrapped = textwrap.wrap(f"{needed}{text}", WIDTH - 30)
    first, *rest = wrapped or [""]
    gap = "\n" + " " * 30
    start = f"{shown:<28}  {first}" if len(shown) <= 28 else f"{shown}{gap}{first}"
    return start.rstrip() + "".join(f"{gap}{line}" for line in rest)


def _range(least: float, most: float) -> str:
    if most in (2**32 - 1, LARGEST_SEED):
        return f"0 to 2^{round(log2(most))}-1"
    return f"from {least:g}" if most >= MANY else f"{least:g} to {most:g}"
