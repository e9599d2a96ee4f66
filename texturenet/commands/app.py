"""Command line -> typed options -> task; every refusal leaves as one line and status 2.

Hydra stops here: it composes conf/<verb>.yaml with the overrides, the result is checked against a
dataclass, and the task sees nothing else.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextvars import ContextVar

import hydra
import torch
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigKeyError, MissingMandatoryValue, OmegaConfBaseException

from ..descriptors import formats
from ..descriptors.random import RANDOM_FILTERS
from ..errors import Refused, nearest
from ..io.files import own_folder
from . import grammar, help

RECIPE, DESCRIPTOR = "recipe", "descriptor"
# Of a descriptor, and the group that holds them: films have kinds too.
KIND, MAKING = "kind", "making"
DESCRIBED = ("train", "gatys", "transfer", "reconstruct")  # verbs whose descriptor is a group
ONE_FOLDER = (*DESCRIBED, "descriptor", "study", "score")  # verbs that leave one for each run
_SAID: ContextVar[frozenset[str]] = ContextVar("said", default=frozenset())
FLAGS = ("-m", "--multirun", "--cfg=job", "--cfg=all")  # of Hydra, those that are of use here
Schema = type | Callable[[DictConfig], type]  # the latter where it depends on what was chosen


def run(
    verb: str, schema: Schema, task: Callable[[object], int | None], arguments: Sequence[str]
) -> int:
    """Compose, check, call the task for each job of the command line -> exit status."""
    if {"-h", "--help"} & set(arguments):
        print(help.of(verb))
        return 0
    jobs = Jobs(schema, task)
    several = {"-m", "--multirun"} & set(arguments)
    if several and verb in ONE_FOLDER and any(a.lstrip("+~").startswith("out=") for a in arguments):
        return _leave("with -m, out= would put several runs into one folder.", 2)
    try:
        with tempfile.TemporaryDirectory(prefix="texturenet-") as sweep:
            sys.argv = [f"texturenet {verb}", *_arguments(verb, arguments, sweep)]
            # Hydra would print a report of its own and leave with 1.
            os.environ["HYDRA_FULL_ERROR"] = "1"
            conf = str(own_folder("conf"))
            hydra.main(version_base="1.3", config_path=conf, config_name=verb)(jobs)()
    except Refused as refusal:
        return _leave(str(refusal), 2)
    except Exception as error:
        if jobs.codes is None:  # inside a job: a fault of ours, to be seen whole
            raise
        return _leave(explained(error, verb, arguments), 2)
    return max(jobs.codes, default=0)


class Jobs:
    """What Hydra calls once per job; `codes` are the exit statuses, None once one went wrong."""

    def __init__(self, schema: Schema, task: Callable[[object], int | None]):
        self.schema, self.task, self.codes = schema, task, []

    def __call__(self, config: DictConfig) -> None:
        # Refusals are caught here: Hydra would print the overrides first, and end a multirun.
        codes, self.codes = self.codes, None
        _SAID.set(_keys_of(HydraConfig.get().overrides.task))
        try:
            codes.append(self.task(typed(config, self.schema)) or 0)
        except Refused as refusal:
            codes.append(_leave(str(refusal), 2))
        except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
            if not isinstance(error, MemoryError) and "memory" not in str(error):
                raise
            codes.append(_leave("out of memory: ask for a smaller size or batch.", 2))
        self.codes = codes
        if codes[-1] > 128:  # ended by a signal, which is meant for a whole multirun
            raise SystemExit(codes[-1])


def composed(verb: str, schema: Schema, overrides: dict[str, object]) -> object:
    """The options of a verb as its command would have them, for callers in Python."""
    said = [_of_verb(grammar.override(*item), verb) for item in overrides.items()]
    _SAID.set(frozenset(overrides))
    try:
        return typed(_compose(verb, said), schema)
    except Refused:
        raise
    except Exception as error:  # Hydra's parser and composer raise all kinds
        raise Refused(explained(error, verb, said)) from error


def said() -> frozenset[str]:
    """The keys that the user gave for what was composed last: a value that is given counts also
    where it is the default."""
    return _SAID.get()


def _keys_of(overrides: Sequence[str]) -> frozenset[str]:
    return frozenset(override.partition("=")[0].lstrip("+~") for override in overrides)


def typed(config: DictConfig, schema: Schema) -> object:
    """A composed configuration -> the dataclass; wrong types and odd keys are refused."""
    schema = schema if isinstance(schema, type) else schema(config)
    try:
        return OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(schema), config))
    except OmegaConfBaseException as error:
        key = error.full_key or ""
        if isinstance(error, MissingMandatoryValue) or "missing values" in str(error):
            wanting = sorted(OmegaConf.missing_keys(config))
            raise Refused(f"{wanting[0]} is wanting: say {wanting[0]}=VALUE.") from error
        if isinstance(error, ConfigKeyError):
            raise Refused(f"there is no option {key!r}.{nearest(key, _keys(config))}") from error
        raise Refused(f"{key or 'an option'}: {str(error).splitlines()[0]}.") from error


def explained(error: Exception, verb: str, said: Sequence[str]) -> str:
    """Hydra's paragraph -> one line with the nearest thing that exists. said: the overrides."""
    text = str(error)
    if isinstance(error, MissingConfigException):
        *groups, name = (error.missing_cfg_file or "").split("/")
        group = groups[0] if groups else "file"
        known = re.findall(r"^\t(\S+)$", text, re.MULTILINE)
        word = KIND if group == MAKING else group
        return f"there is no {word} {name!r}.{nearest(name, known)}"
    unknown = re.search(r"Could not override '([^']+)'", text)
    if unknown and unknown[1] == MAKING:
        return f"{KIND} must be one word.{nearest('', _choices(MAKING))}"
    if unknown:
        # Which keys there are may hang on the kind.
        said = [_of_verb(override, verb) for override in said]
        making = [override for override in said if override.startswith(f"{MAKING}=")]
        known = _keys(_compose(verb, making))
        return f"there is no option {unknown[1]!r}.{nearest(unknown[1], known)}"
    return f"{' '.join(text.split())[:300]} (see `texturenet {verb} --help`)"


def _arguments(verb: str, arguments: Sequence[str], sweep: str) -> list[str]:
    """Hydra's command line: flags first, as its parser wants them, and paths quoted."""
    flags = [argument for argument in arguments if argument.startswith("-")]
    for flag in flags:
        if flag not in FLAGS:
            raise Refused(f"there is no flag {flag!r}.{nearest(flag, FLAGS)}")
    many = bool({"-m", "--multirun"} & set(flags))
    rest = [argument for argument in arguments if not argument.startswith("-")]
    if bare := next((argument for argument in rest if "=" not in argument), None):
        raise Refused(f"{bare!r} is not of the form key=value.")
    if hydra_own := next((item for item in rest if item.lstrip("+~").startswith("hydra")), None):
        raise Refused(f"{hydra_own!r} is Hydra's own business here.")
    overrides = [grammar.quoted(_of_verb(argument, verb, many), many) for argument in rest]
    return [*flags, *overrides, *([f"hydra.sweep.dir={grammar.value(sweep)}"] if many else [])]


def _of_verb(override: str, verb: str, many: bool = False) -> str:
    """Words of the command line -> those of conf/, where verbs have recipes and kinds of their own;
    a descriptor may be a file."""
    key, _, given = override.partition("=")
    if key == RECIPE:
        return f"{RECIPE}/{verb}={given}"
    if key == KIND and verb == DESCRIPTOR:
        return f"{MAKING}={given}"
    if key != DESCRIPTOR or verb not in DESCRIBED:
        return override
    words = grammar.words(given, many)
    files = [grammar.names_file(word, formats.READERS, _choices(key)) for word in words]
    if not any(files):
        return override
    if RANDOM_FILTERS in words:
        raise Refused(f"with -m, descriptor={RANDOM_FILTERS} cannot stand beside files.")
    return f"{DESCRIPTOR}.weights={given}"


def _choices(group: str) -> list[str]:
    return [path.stem for path in own_folder("conf").joinpath(group).glob("*.yaml")]


def _compose(verb: str, overrides: list[str]) -> DictConfig:
    before = GlobalHydra.instance().hydra  # the caller's own, if it has one
    GlobalHydra.instance().clear()
    try:
        with hydra.initialize_config_dir(str(own_folder("conf")), version_base="1.3"):
            return hydra.compose(verb, overrides=overrides)
    finally:
        GlobalHydra.instance().hydra = before


def _keys(config: DictConfig, prefix: str = "") -> list[str]:
    """Dotted names of every key, groups included."""
    names = []
    for key in config:
        names.append(f"{prefix}{key}")
        if not OmegaConf.is_missing(config, key) and isinstance(config[key], DictConfig):
            names += _keys(config[key], f"{prefix}{key}.")
    return names


def _leave(line: str, status: int) -> int:
    print(f"texturenet: {' '.join(line.split())}", file=sys.stderr)
    return status
