"""Command line -> typed options -> task; every refusal leaves as one line and status 2.

Hydra composes the groups of conf/ that a verb has (its recipe, its descriptor); values are
OmegaConf's dotlist; pydantic checks the result against the verb's dataclass in `options`.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import Refused
from . import compose, grammar
from .options import schema_of

# Verbs that leave one folder for each run.
ONE_FOLDER = ("train", "gatys", "transfer", "reconstruct", "descriptor", "study", "score")
CONFIG = ("--cfg=job", "--cfg=all")
FLAGS = ("-m", "--multirun", *CONFIG)


@dataclass(frozen=True)
class Request:
    """The options of one job, and the keys among them that the user gave: a value that is given
    counts also where it is the default."""

    options: object
    given: frozenset[str]

    def gives(self, key: str) -> bool:
        """Whether the user gave a key, or the whole group that it belongs to."""
        parts = key.split(".")
        return any(".".join(parts[:count]) in self.given for count in range(1, len(parts) + 1))


Task = Callable[[Request], int | None]


def run(
    verb: str,
    task: Task,
    arguments: Sequence[str],
    outputs: Callable[[object], Iterable[Path]] | None = None,
) -> int:
    """Compose and check every job of the command line, then do them in order -> exit status.

    outputs: options -> the files that a job writes; no two jobs may write the same.
    """
    try:
        requests = _requests(verb, arguments)
        if len(requests) > 1:
            _check_apart(requests, outputs)
    except Refused as refusal:
        return leave(str(refusal), 2)
    if set(CONFIG) & set(arguments):
        for request in requests:
            print(compose.as_yaml(request.options), end="")
        return 0
    codes = []
    for request in requests:
        codes.append(_do(task, request))
        if codes[-1] > 128:  # ended by a signal, which is meant for all of them
            break
    return max(codes)


def request(verb: str, values: Mapping[str, object]) -> Request:
    """The options of a verb as its command would have them, of values given from Python."""
    return compose.request(verb, list(values.items()), Request)


def _requests(verb: str, arguments: Sequence[str]) -> list[Request]:
    flags = [argument for argument in arguments if argument.startswith("-")]
    grammar.check_flags(flags, FLAGS)
    several = bool({"-m", "--multirun"} & set(flags))
    pairs = [grammar.pair(argument) for argument in arguments if argument not in flags]
    if several and verb in ONE_FOLDER and any(key == "out" for key, _ in pairs):
        raise Refused("with -m, out= would put several runs into one folder.")
    schema = schema_of(verb, compose.kind_of(verb, dict(pairs)))
    jobs = grammar.jobs(pairs, schema) if several else [pairs]
    return [
        compose.request(verb, [grammar.parsed(schema, *pair) for pair in job], Request)
        for job in jobs
    ]


def _check_apart(requests: list[Request], outputs: Callable | None) -> None:
    if outputs is None:
        return
    paths = [path.resolve() for request in requests for path in outputs(request.options)]
    path, count = Counter(paths).most_common(1)[0]
    if count > 1:
        raise Refused(
            f"{count} of these {len(requests)} jobs would write {path.name}: start them one "
            "by one, each with an out of its own."
        )


def _do(task: Task, request: Request) -> int:
    import torch

    try:
        return task(request) or 0
    except Refused as refusal:
        return leave(str(refusal), 2)
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        return leave("out of memory: ask for a smaller size or batch.", 2)


def leave(line: str, status: int) -> int:
    print(f"texturenet: {' '.join(line.split())}", file=sys.stderr)
    return status
