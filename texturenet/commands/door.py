"""Command line -> typed options -> task; every refusal leaves as one line and status 2.

Hydra stops here: it composes conf/<verb>.yaml with the overrides, the result is checked against a
dataclass, and the task sees nothing else.
"""

import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import ConfigCompositionException, HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from ..errors import Refused, nearest
from ..files import own_folder
from . import manual

PATHS = ("exemplar", "model", "out", "resume", "descriptor.weights")
INTERRUPTED = 130


def run(
    verb: str, schema: type, task: Callable[[object], int | None], arguments: Sequence[str]
) -> int:
    """Compose, check, call the task for each job of the command line -> exit status."""
    if {"-h", "--help"} & set(arguments):
        print(manual.of(verb))
        return 0
    codes = []

    def job(config: DictConfig) -> None:
        # Refusals are caught here: Hydra would print the overrides first, and end a multirun.
        try:
            codes.append(task(typed(config, schema)) or 0)
        except Refused as refusal:
            codes.append(_leave(str(refusal), 2))
        except MemoryError as error:
            codes.append(_leave(f"out of memory ({error}): ask for a smaller size or batch.", 2))
        if codes[-1] > 128:  # ended by a signal, which is meant for a whole multirun
            raise SystemExit(codes[-1])

    # Hydra would print a report of its own and leave with 1.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    sys.argv = [f"texturenet {verb}", *map(quoted, arguments)]
    try:
        with_conf = hydra.main(
            version_base="1.3", config_path=str(own_folder("conf")), config_name=verb
        )
        with_conf(job)()
    except (HydraException, OmegaConfBaseException) as error:
        return _leave(explained(error, verb), 2)
    except KeyboardInterrupt:
        return _leave("interrupted.", INTERRUPTED)
    return max(codes, default=0)


def composed(verb: str, schema: type, overrides: dict[str, object]) -> object:
    """The options of a verb as its command would have them, for callers in Python."""
    spelled = [f"{key}={_spelled(value)}" for key, value in overrides.items()]
    try:
        return typed(_compose(verb, spelled), schema)
    except (HydraException, OmegaConfBaseException) as error:
        raise Refused(explained(error, verb)) from error


def typed(config: DictConfig, schema: type) -> object:
    """A composed configuration -> the dataclass; wrong types and odd keys are refused."""
    try:
        return OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(schema), config))
    except OmegaConfBaseException as error:
        key = error.full_key or ""
        if error.__class__.__name__ == "MissingMandatoryValue" or "Structured config" in str(error):
            raise Refused(f"{key.split('.')[0]}=... is wanting: say `{key}=VALUE`.") from error
        if error.__class__.__name__ == "ConfigKeyError":
            raise Refused(f"there is no option {key!r}.{nearest(key, _keys(config))}") from error
        raise Refused(f"{key}: {str(error).splitlines()[0]}.") from error


def quoted(argument: str) -> str:
    """A path may hold what Hydra's grammar would trip over: quote it if it exists or must."""
    key, equals, value = argument.partition("=")
    if not equals or key not in PATHS or value[:1] in ("'", '"', "["):
        return argument
    plain = re.fullmatch(r"[\w./:+,-]*", value, re.ASCII)
    if plain and not ("," in value and Path(value).expanduser().exists()):
        return argument
    return f"{key}={_spelled(value)}"


def explained(error: Exception, verb: str) -> str:
    """Hydra's paragraph -> one line with the nearest thing that exists."""
    text = str(error)
    if isinstance(error, MissingConfigException):
        group, _, name = (error.missing_cfg_file or "").partition("/")
        known = re.findall(r"^\t(\S+)$", text, re.MULTILINE)
        return f"there is no {group} {name!r}.{nearest(name, known)}"
    if isinstance(error, ConfigCompositionException) and (key := _unknown_key(error)):
        return f"there is no option {key!r}.{nearest(key, _keys(_compose(verb, [])))}"
    return " ".join(text.split()) + f" (see `texturenet {verb} --help`)"


def _unknown_key(error: Exception) -> str | None:
    found = re.search(r"Could not override '([^']+)'", str(error))
    return found and found.group(1)


def _compose(verb: str, overrides: list[str]) -> DictConfig:
    GlobalHydra.instance().clear()
    with hydra.initialize_config_dir(str(own_folder("conf")), version_base="1.3"):
        return hydra.compose(verb, overrides=overrides)


def _keys(config: DictConfig, prefix: str = "") -> list[str]:
    """Dotted names of every key, groups included."""
    names = []
    for key in config:
        names.append(f"{prefix}{key}")
        if not OmegaConf.is_missing(config, key) and isinstance(config[key], DictConfig):
            names += _keys(config[key], f"{prefix}{key}.")
    return names


def _spelled(value: object) -> str:
    """A Python value in Hydra's override grammar."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(_spelled, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_spelled(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if re.fullmatch(r"[\w.-]+", text, re.ASCII):
        return text
    # Backslashes count as escapes only before a quote, the closing one included.
    text = re.sub(r"(\\*)'", r"\1\1\\'", text)
    text = re.sub(r"(\\+)$", r"\1\1", text)
    return f"'{text}'"


def _leave(line: str, status: int) -> int:
    print(f"texturenet: {line}", file=sys.stderr)
    return status
