"""Reading the dataclasses of `options`: types, keys, ranges, and refusals in one line."""

import types
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ..errors import Refused, abbreviated, nearest

KINDS = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "string": "text",
    "list": "a list",
    "dict": "pairs in braces, as {NAME: VALUE}",
    "dataclass": "a group of keys",
}


@cache
def adapter(schema: type) -> TypeAdapter:
    return TypeAdapter(schema)


def validated(schema: type, values: dict) -> Any:
    """A nested dictionary -> an instance of the dataclass. Raises Refused."""
    try:
        return adapter(schema).validate_python(values)
    except ValidationError as error:
        raise Refused(_explained(schema, error.errors(include_url=False)[0])) from error


@cache
def hints(schema: type) -> dict[str, Any]:
    return get_type_hints(schema, include_extras=True)


def bare(annotation: Any) -> Any:
    """Without Annotated, and without the None of an optional."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return bare(kinds[0]) if len(kinds) == 1 else annotation
    return annotation


def lookup(schema: type, key: str) -> Any:
    """The annotation of a dotted key; None where there is no such option."""
    annotation: Any = schema
    for part in key.split("."):
        kind = bare(annotation)
        if is_dataclass(kind):
            names = {field.name for field in fields(kind)}
            annotation = hints(kind)[part] if part in names else None
        elif get_origin(kind) is dict:
            annotation = get_args(kind)[1]
        else:
            return None
        if annotation is None:
            return None
    return annotation


def is_text(annotation: Any) -> bool:
    """Whether its values are words: text, or one of some words."""
    kind = bare(annotation)
    return kind is str or get_origin(kind) is Literal


def optional(annotation: Any) -> bool:
    """Whether None is allowed."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return type(None) in get_args(annotation)


def words(annotation: Any) -> tuple[str, ...]:
    """The words that an option may be, none if it is not of that kind."""
    kind = bare(annotation)
    return get_args(kind) if get_origin(kind) is Literal else ()


def facts(annotation: Any) -> tuple[str, float | None, float | None]:
    """(help, least, most) of an option."""
    text, least, most = "", None, None
    while get_origin(annotation) is Annotated:
        annotation, *rest = get_args(annotation)
        for info in (item for item in rest if isinstance(item, FieldInfo)):
            text = text or info.description or ""
            for limit in info.metadata:
                least = getattr(limit, "ge", least)
                most = getattr(limit, "le", most)
    return text, least, most


def keys(schema: type, prefix: str = "") -> Iterator[str]:
    """Dotted names of every option, groups included."""
    for field in fields(schema):
        yield f"{prefix}{field.name}"
        kind = bare(hints(schema)[field.name])
        if is_dataclass(kind):
            yield from keys(kind, f"{prefix}{field.name}.")


def refuse_key(schema: type, key: str) -> None:
    """Refuse an option that there is not, with its new name or the nearest."""
    if (today := schema.RENAMED.get(key)) is not None:
        raise Refused(f"{key} is called {today} now: say {today}=VALUE.")
    raise Refused(f"there is no option {key!r}.{nearest(key, list(keys(schema)))}")


def _explained(schema: type, error: dict) -> str:
    """pydantic's first error as one sentence."""
    key, index = _place(schema, error["loc"])
    kind, value = error["type"], error["input"]
    name = f"{key}{index}"
    if kind == "missing":
        return f"{key} is missing: say {key}=VALUE."
    if kind == "unexpected_keyword_argument":
        refuse_key(schema, ".".join(map(str, error["loc"])))
    annotation = lookup(schema, key)
    if kind == "literal_error":
        return f"{name} is {value!r}.{nearest(str(value), words(annotation))}"
    _, least, most = facts(annotation)
    ranged = kind in ("greater_than_equal", "less_than_equal", "finite_number")
    if ranged and most is not None and not index:
        return f"{name} is {value}: it must lie between {least:.12g} and {most:.12g}."
    if kind == "less_than":
        return f"{name} is {value}: it must be below {error['ctx']['lt']:g}."
    if kind in ("too_short", "too_long"):
        return f"{name} is {value}: it must have {error['ctx'].get('min_length', 'fewer')} values."
    if kind == "value_error":
        return f"{name} is {abbreviated(value)}: {error['ctx']['error']}."
    needed = KINDS.get(kind.partition("_")[0], error["msg"].lower())
    return f"{name} is {abbreviated(value)}: it must be {needed}."


def _place(schema: type, location: tuple) -> tuple[str, str]:
    """(key, what follows it inside a list or dictionary) of where pydantic found an error."""
    key, rest = "", ""
    for part in location:
        longer = f"{key}.{part}" if key else str(part)
        if not rest and (lookup(schema, longer) is not None or not key):
            key = longer
        elif isinstance(part, int):
            rest += f"[{part}]"
    return key, rest
