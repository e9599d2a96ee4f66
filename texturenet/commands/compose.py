"""Groups of conf/ and the user's values -> the options of a verb.

Hydra keeps its state in singletons of the process. Composing changes them for a moment: one thread
does it at a time, and a program that uses Hydra itself finds its own state as it was.
"""

import threading
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import MISSING, asdict, dataclass, fields, is_dataclass
from functools import cache, reduce
from operator import getitem
from pathlib import Path

import yaml

from ..errors import Refused, nearest
from ..io.files import own_folder
from . import grammar
from .options import GROUPS, schema_of
from .schema import bare, lookup, optional, refuse_key, validated

DESCRIPTOR, RECIPE, KIND = "descriptor", "recipe", "kind"
FILES = (".pth", ".pt", ".npy", ".safetensors")  # suffixes of weights
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Request:
    """The options of one job, and what the user gave: keys, and groups that a file of conf/ was
    chosen for. A value that is given counts also where it is the default."""

    options: object
    given: frozenset[str]

    def gives(self, key: str) -> bool:
        """Whether the user gave a key, or chose the file of a group that it belongs to."""
        parts = key.split(".")
        return any(".".join(parts[:count]) in self.given for count in range(1, len(parts) + 1))


def request(verb: str, given: Mapping[str, object]) -> Request:
    """{dotted key: value} -> the options of a verb. Raises Refused."""
    values = {key: plain(value) for key, value in given.items()}
    schema = schema_of(verb, kind_of(verb, values))
    tree = _defaults(schema) | deepcopy(base(verb, *_choices(verb, values)))
    for key, value in values.items():
        if key in GROUPS.get(verb, ()) and not isinstance(value, dict):
            if key == DESCRIPTOR and _names_file(value):
                tree[DESCRIPTOR]["weights"] = value
            continue
        if (annotation := lookup(schema, key)) is None:
            refuse_key(schema, key)
        if value == "null" and optional(annotation):
            value = None
        _put(tree, key.split("."), value)
    leaves = {leaf for key, value in values.items() for leaf in _leaves(schema, key, value)}
    for either in schema.EITHER:
        _settle(tree, either, leaves)
    return Request(validated(schema, tree), frozenset(leaves))


def _leaves(schema: type, key: str, value: object) -> Iterator[str]:
    """The keys that a value is given for: of a group as a dictionary those that it holds."""
    if isinstance(value, dict) and is_dataclass(bare(lookup(schema, key))):
        for name, item in value.items():
            yield from _leaves(schema, f"{key}.{name}", item)
    else:
        yield key


def _settle(tree: dict, either: tuple[str, ...], given: Set[str]) -> None:
    """Of keys of which one counts, make the others null. Raises Refused."""
    values = {key: _value(tree, key) for key in either}
    chosen = [key for key in either if key in given and values[key] is not None]
    if len(chosen) > 1:
        both = " and ".join(grammar.override(key, values[key]) for key in chosen)
        raise Refused(f"{both} exclude each other: give one of them.")
    if chosen:
        for key in values.keys() - set(chosen):
            _put(tree, key.split("."), None)
    elif all(value is None for value in values.values()):
        if not given.intersection(either):
            ways = ", or ".join(f"{key}=VALUE" for key in either)
            raise Refused(f"{either[0]} is missing: say {ways}.")
        how = "both" if len(either) == 2 else "all"
        raise Refused(f"{' and '.join(either)} are {how} null: give one of them.")


def _value(tree: dict, key: str) -> object:
    """Of a dotted key; None where nothing is said of it yet."""
    *groups, name = key.split(".")
    return reduce(getitem, groups, tree).get(name)


def kind_of(verb: str, values: dict[str, object]) -> str | None:
    """Of `texturenet descriptor`, every kind of which has options of its own."""
    if verb != DESCRIPTOR:
        return None
    from .options.descriptor import KINDS

    kind = str(values.get(KIND, "ranvgg"))
    if kind not in KINDS:
        raise Refused(f"there is no kind {kind!r}.{nearest(kind, KINDS)}")
    return kind


def plain(value: object) -> object:
    """A value given from Python as YAML could hold it: lists, dictionaries, numbers, text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    # Arrays, tensors and the numbers out of them.
    return plain(value.tolist()) if hasattr(value, "tolist") else value


def _defaults(schema: type) -> dict:
    """Groups of keys that have defaults of their own, one of which may be given alone."""
    made = {
        field.name: field.default_factory()
        for field in fields(schema)
        if field.default_factory is not MISSING
    }
    return {name: asdict(group) for name, group in made.items() if is_dataclass(group)}


def as_yaml(options: object) -> str:
    """What config.yaml of a run holds."""
    return yaml.safe_dump(asdict(options), sort_keys=False, allow_unicode=True)


def choices(verb: str, group: str) -> list[str]:
    """The files of conf/ that a group of a verb can be."""
    folder = own_folder("conf") / (f"{RECIPE}/{verb}" if group == RECIPE else group)
    return sorted(path.stem for path in folder.glob("*.yaml"))


def _choices(verb: str, values: dict[str, object]) -> tuple[str, ...]:
    """Hydra's overrides for the groups that were chosen."""
    overrides = []
    for group in GROUPS.get(verb, ()):
        if group not in values or isinstance(values[group], dict):
            continue
        if group == DESCRIPTOR and _names_file(values[group]):
            continue
        if (name := values[group]) not in (allowed := choices(verb, group)):
            files = f" A file may be {', '.join(FILES)}." if group == DESCRIPTOR else ""
            raise Refused(f"there is no {group} {name!r}.{nearest(str(name), allowed)}{files}")
        overrides.append(f"{RECIPE}/{verb}={name}" if group == RECIPE else f"{group}={name}")
    return tuple(overrides)


def _names_file(value: object) -> bool:
    """Whether a descriptor is meant as a path rather than as a choice of conf/."""
    text = str(value)
    looks_so = Path(text).suffix in FILES or "/" in text
    return looks_so or (text not in choices("", DESCRIPTOR) and grammar.exists(text))


@cache
def base(verb: str, *overrides: str) -> dict:
    """The groups of a verb, composed by Hydra; nothing for a verb that has none."""
    if verb not in GROUPS:
        return {}
    import hydra
    from omegaconf import OmegaConf

    with (
        _LOCK,
        _own_state(),
        hydra.initialize_config_dir(str(own_folder("conf")), version_base="1.3"),
    ):
        return OmegaConf.to_container(hydra.compose(verb, overrides=list(overrides)))


@contextmanager
def _own_state() -> Iterator[None]:
    """Hydra without the state of a program around it, which is put back afterwards."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig
    from hydra.core.utils import JobRuntime
    from hydra.version import VersionBase

    before = {kind: vars(kind.instance()) for kind in (GlobalHydra, HydraConfig, VersionBase)}
    before = {kind: dict(attributes) for kind, attributes in before.items()}
    runtime = deepcopy(vars(JobRuntime.instance()))
    GlobalHydra.instance().clear()
    try:
        yield
    finally:
        for kind, attributes in {**before, JobRuntime: runtime}.items():
            vars(kind.instance()).clear()
            vars(kind.instance()).update(attributes)


def _put(tree: dict, path: list[str], value: object) -> None:
    """Set a value deep in a tree; a dictionary is merged into one that is there."""
    *groups, last = path
    for group in groups:
        if not isinstance(tree.get(group), dict):
            tree[group] = {}
        tree = tree[group]
    if isinstance(value, dict) and isinstance(tree.get(last), dict):
        for key, item in value.items():
            _put(tree[last], [key], item)
    else:
        tree[last] = value
