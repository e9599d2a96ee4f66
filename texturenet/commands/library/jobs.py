"""A source and options of `train` -> the job that makes its texture."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from ...cluster.jobs import Job, sha256
from ...errors import Refused
from ...generator import palette
from ...generator.release import find
from ...generator.starts import starts
from ...io.exemplars import LARGEST_FILE, exemplar_table, find_exemplar
from ...io.files import user_path
from ...library.sources import EXEMPLAR, MATERIAL, Source
from ...materials import naming
from ...materials.kinds import KINDS
from .. import app, grammar
from ..compose import DESCRIPTOR, FILES
from ..material_files import OWN, own_materials
from ..options import schema_of
from ..options.shared import MANY

WORK = "texturenet.commands.library.making:train_one"
INPUTS = "inputs"  # the folder of files that a job brings along
LIBRARYS_OWN = ("name", "out", "resume", "threads", EXEMPLAR, MATERIAL)
USUAL = {"advice": "followed", "log.previews": MANY}
# What a texture depends on by its content, or not at all.
LEFT_OUT = (
    "exemplar", "material", "name", "out", "parent", "resume", "log", "device", "recorded",
    "threads",
)  # fmt: skip
PARENT = "parent"
WEIGHTS = (DESCRIPTOR, "descriptor.weights")


def given_to_all(pairs: list[grammar.Pair]) -> dict[str, object]:
    """What the user says of every texture -> options of train. Raises Refused."""
    schema = schema_of("train")
    options = dict(grammar.parsed(schema, key, text) for key, text in pairs)
    _check_free(options, "")
    return options


def options_of(source: Source, given: Mapping[str, object]) -> dict[str, object]:
    """Of train, for one source: its own before those of all, before what is usual here. Raises
    Refused for what train would refuse."""
    schema, own = schema_of("train"), {}
    _check_free(source.options, f"{source.name}: ")
    for key, value in source.options.items():
        own[key] = grammar.parsed(schema, key, value)[1] if isinstance(value, str) else value
    shadowed = {"steps": "minutes", "minutes": "steps"}
    given = {key: value for key, value in given.items() if shadowed.get(key) not in own}
    options = {**USUAL, **given, **own, source.kind: source.place, "name": source.name}
    try:
        app.request("train", options)
    except Refused as refusal:
        raise Refused(f"{source.name}: {refusal}") from refusal
    return options


def job_of(
    source: Source, given: Mapping[str, object], pages: bool, threads: int, gpus: float
) -> Job:
    """With all files that it needs, so that it can be done on any machine. How a texture is learnt
    counts, not in which words it is asked for. Raises Refused."""
    options = _dotted(options_of(source, given))
    chosen = app.request("train", options).options
    files: dict[str, bytes] = {}
    inputs: dict[str, str] = {}
    own = _own(source)
    if own is None:
        inputs[source.kind] = _bring(Path(source.place), source.kind, files)
        del options[source.kind]
    for key, path, marked in _files(source, options, chosen):
        inputs[key] = f"{_bring(path, key, files)}{marked}"
        del options[key]
    facts = {
        "inputs": inputs,
        "own": own,
        "recipe": recipe_of(chosen),
        "score": chosen.log.score,
        "parent": options.get(PARENT),
        "start": _sum_of_start(str(options.get(PARENT))),
    }
    aside = {"options": options, "row": dict(source.options), "pages": pages}
    return Job(source.name, WORK, facts, files, threads, gpus, aside=aside)


def recipe_of(chosen: object) -> str:
    """SHA-256 of all options that a texture depends on, those of the recipe included."""
    values = {key: value for key, value in asdict(chosen).items() if key not in LEFT_OUT}
    values["maps"] = {key: _called(text) for key, text in values["maps"].items()}
    if Path(values["descriptor"]["weights"]).suffix in FILES:
        del values["descriptor"]["weights"]  # its bytes stand for it
    return sha256(repr(sorted(values.items())).encode())


def _called(text: object) -> object:
    """Of what is said of a map, its file without the folder, which is another for each worker."""
    if not isinstance(text, str):
        return text
    file = naming.named(text).file
    return f"{Path(file).name}{text.removeprefix(file)}"


def _dotted(options: Mapping[str, object]) -> dict[str, object]:
    """Groups that may name files, key by key; a key that stands by itself comes before them."""
    groups = {name: options[name] for name in ("maps", DESCRIPTOR) if name in options}
    groups = {name: group for name, group in groups.items() if isinstance(group, Mapping)}
    apart = {
        f"{name}.{key}": value
        for name, group in groups.items()
        for key, value in group.items()
        if value is not None
    }
    return apart | {key: value for key, value in options.items() if key not in groups}


def _files(
    source: Source, options: Mapping[str, object], chosen: object
) -> Iterator[tuple[str, Path, str]]:
    """(key, file, what stands behind it) of all options that name a file of this machine. Raises
    Refused."""
    for key in WEIGHTS:
        path = user_path(str(options.get(key, "")))
        if path.suffix in FILES and path.is_file():
            yield key, path, ""
    if found := _parent(str(options.get(PARENT, ""))):
        yield PARENT, *found
    folder = Path(source.place)
    for kind in KINDS:
        text = getattr(chosen.maps, kind)
        part = naming.named(text or "")
        inside = folder / part.file
        path = inside if inside.is_file() else user_path(part.file)
        if text and path.is_file() and path.parent.resolve() != folder.resolve():
            yield f"maps.{kind}", path, text.removeprefix(part.file)


def _check_free(options: Mapping[str, object], where: str) -> None:
    for key in options:
        if key in LIBRARYS_OWN:
            raise Refused(f"{where}{key} is the library's own to say, for every texture.")


def _own(source: Source) -> dict[str, str] | None:
    """{file: SHA-256} of one of the project's own, which every worker has; None of another."""
    if source.kind == EXEMPLAR and source.place in exemplar_table():
        return _sums([find_exemplar(source.place)[0]])
    if source.kind == MATERIAL and source.place in own_materials():
        return _sums(sorted(path for path in (OWN / source.place).iterdir() if path.is_file()))
    return None


def _parent(value: str) -> tuple[Path, str] | None:
    """The file of a parent that no worker has by name, and which of its textures, ":TEXTURE".
    Raises Refused where it is nowhere."""
    if value in ("", "None", *starts()):
        return None
    path, texture = palette.split(find(value))
    return path, f":{texture}" if texture else ""


def _sum_of_start(name: str) -> str | None:
    """SHA-256 of a start of the project, which every worker has."""
    path = starts().get(name)
    return sha256(path.read_bytes()) if path else None


def _sums(paths: list[Path]) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()) for path in paths}


def _bring(path: Path, key: str, files: dict[str, bytes]) -> str:
    """Put a file, or all files of a folder, among those of the job -> their place there."""
    place = f"{INPUTS}/{key}/{path.name}"
    inside = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    for each in inside:
        files[f"{place}/{each.name}" if path.is_dir() else place] = _read(each)
    return place


def _read(path: Path) -> bytes:
    try:
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise Refused(f"{path} has {size} bytes, more than {LARGEST_FILE}.")
        return path.read_bytes()
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror or error}.") from error
