"""Command line -> typed options -> task; every refusal leaves as one line and status 2.

Hydra composes the groups of conf/ that a verb has (its recipe, its descriptor); `grammar` reads the
user's values; pydantic checks the result against the verb's dataclass in `options`.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ..errors import Refused, Submitted
from ..io.files import user_path
from . import compose, grammar
from .compose import Request, request
from .options import schema_of
from .streams import status_of_printing

# Verbs that leave one folder for each run.
ONE_FOLDER = ("train", "gatys", "transfer", "reconstruct", "descriptor", "study", "score")
CONFIG = ("--cfg=job", "--cfg=all")
PICTURES = ("exemplar", "image", "content", "style")  # options that name a picture to be read
MODEL = "model"
FLAGS = ("-m", "--multirun", *CONFIG)
__all__ = ["Request", "request", "run"]

Task = Callable[[Request], int | None]


def run(
    verb: str,
    task: Task,
    arguments: Sequence[str],
    outputs: Callable[[object], Iterable[Path]] | None = None,
) -> int:
    """Compose and check every job of the command line, then do them in order -> exit status.

    outputs: options -> the files that a job writes, of which no two may write the same; or Refused,
    for what cannot be written. Of several jobs only.
    """
    try:
        requests = _requests(verb, arguments)
        if len(requests) > 1:
            _check_together(requests, outputs or _resumed)
    except Refused as refusal:
        return leave(str(refusal), 2)
    if set(CONFIG) & set(arguments):
        for each in requests:
            print(compose.as_yaml(each.options), end="")
        return status_of_printing()
    codes = []
    for each in requests:
        codes.append(_do(task, each))
        if codes[-1] > 128:  # ended by a signal, which is meant for all of them
            break
    return max(codes)


def _requests(verb: str, arguments: Sequence[str]) -> list[Request]:
    flags = [argument for argument in arguments if argument.startswith("-")]
    grammar.check_flags(flags, FLAGS)
    several = bool({"-m", "--multirun"} & set(flags))
    pairs = [grammar.pair(argument) for argument in arguments if argument not in flags]
    if several and verb in ONE_FOLDER and any(key == "out" for key, _ in pairs):
        raise Refused("with -m, out= would put several runs into one folder.")
    jobs = grammar.jobs(pairs, _schema(verb, pairs)) if several else [pairs]
    return [_request(verb, job) for job in jobs]


def _request(verb: str, pairs: list[grammar.Pair]) -> Request:
    schema = _schema(verb, pairs)
    return compose.request(verb, dict(grammar.parsed(schema, *pair) for pair in pairs))


def _schema(verb: str, pairs: list[grammar.Pair]) -> type:
    """By the kind that is given, the first of several."""
    given = {key: text.partition(",")[0] for key, text in pairs if key == compose.KIND}
    return schema_of(verb, compose.kind_of(verb, given))


def _check_together(requests: list[Request], outputs: Callable) -> None:
    """Refuse several jobs, before the first of them, that would write the same file, and what is
    quickly seen of each: a file that cannot be written, a picture or net that is not there."""
    from ..generator.release import find
    from ..io.exemplars import find_exemplar

    # Each once, in order: the refusal names the first.
    files = [dict.fromkeys(path.resolve() for path in outputs(each.options)) for each in requests]
    counts = Counter(path for some in files for path in some)
    path, count = counts.most_common(1)[0] if counts else (None, 0)
    if count > 1:
        raise Refused(
            f"{count} of these {len(requests)} jobs would write {path.name}: start them one "
            "by one, each with an out of its own."
        )
    for each in requests:
        for key in (*PICTURES, MODEL):
            search = find if key == MODEL else find_exemplar
            if name := getattr(each.options, key, None):
                search(name)


def _resumed(options: object) -> list[Path]:
    """The folder of the run that is resumed, which this one goes on in; others get new ones."""
    resume = getattr(options, "resume", None)
    return [] if resume is None else [user_path(resume).parent]


def _do(task: Task, asked: Request) -> int:
    import torch

    try:
        return task(asked) or 0
    except Submitted as told:
        print(told)
        return 0
    except Refused as refusal:
        return leave(str(refusal), 2)
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        return leave("out of memory: ask for a smaller size or batch.", 2)


def leave(line: str, status: int) -> int:
    print(f"texturenet: {' '.join(line.split())}", file=sys.stderr)
    return status
