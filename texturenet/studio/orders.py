"""What a page orders -> a job: its words, its folder, its title."""

import re
import shlex
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..blending.limits import DIRECTIONS
from ..errors import Refused
from ..generator import release
from .chosen import SEVERAL, chosen
from .jobs import RESUME, Job, Jobs
from .library import OWN_FOLDERS, Library
from .sources import KEYS, LABELS, MASK, MATERIAL, PHOTOGRAPH, Sources, within
from .tools import Tools, command_line

VERBS = ("train", "sample", "film", *SEVERAL)
# Keys that the studio itself decides, or that would reach beyond this machine.
OURS = ("out", "resume", "exemplar", "material", "labels", "model", "models", "threads",
        "log.moments", "descriptor.download")  # fmt: skip
TAKEN = {"train": (PHOTOGRAPH, MATERIAL), "blend": (MASK,), "paint": (LABELS,)}  # sources of verbs
SOURCES = tuple(KEYS.values())  # keys of which a source gives one
LONGEST_NAME = 150  # bytes, so that names of files with it are names that a disk takes
MOMENTS = 10  # steps between two nets of the moment: 1 % of the time of ten steps
FILMS = (".mp4", ".webm", ".gif", ".webp", ".apng")  # of which the first is the usual one
DEFAULT_FILM = "loop"
MADE, OWN = "made", "studio"  # folders of the runs
NEVER = (MADE, *OWN_FOLDERS)  # names that no training's folder may have


@dataclass(frozen=True)
class Order:
    """A job that could be begun. folder: where its files go."""

    verb: str
    words: list[str]
    title: str
    folder: Path

    @property
    def command(self) -> str:
        return command_line(self.verb, self.words)


class Orders:
    """Turns what a page says into jobs.

    Parameters
    ----------
    runs : the folder under which everything is written
    threads : of a job
    """

    def __init__(
        self, runs: Path, jobs: Jobs, sources: Sources, library: Library, tools: Tools, threads: int
    ):
        self.runs, self.jobs, self.sources = runs, jobs, sources
        self.library, self.tools, self.threads = library, tools, threads

    def order(self, said: Mapping) -> Order:
        """What a page says: `verb`, `values` {key: value}, `more` (a text of key=value words), and
        `source`, and `model` or `models`, see `chosen`. Raises Refused where the command would."""
        verb = str(said.get("verb"))
        values = self.values({**said, "verb": verb})
        if verb == "train":
            return self._training(values)
        suffix = values.pop("suffix", FILMS[0]) if verb == "film" else ""
        nets = chosen(self.library, verb, said)
        name = within("_".join(nets.names), LONGEST_NAME)
        folder = self._free(self.runs / MADE / f"{self.jobs.next:03}-{verb}-{name}")
        out = f"{folder}/"
        if verb == "film":
            if suffix not in FILMS:
                raise Refused(f"suffix is {str(suffix)[:80]!r}: it is one of {', '.join(FILMS)}.")
            out = str(folder / f"{name}_{values.get('kind', DEFAULT_FILM)}{suffix}")
        source = {key: values.pop(key) for key in SOURCES if key in values}
        words = self._words(verb, {nets.key: nets.value, **source}, values, {"out": out})
        return Order(verb, words, _title(verb, nets.names, values), folder)

    def resumed(self, job: Job) -> Order:
        """A job that goes on where a training was ended. Raises Refused."""
        if not job.resumable:
            raise Refused(f"job {job.number} left nothing that could be gone on from.")
        words = [word for word in job.words if not word.startswith("resume=")]
        title = job.title.removesuffix(", continued")
        words.append(f"resume={Path(job.folder) / RESUME}")
        return Order(job.verb, words, f"{title}, continued", Path(job.folder))

    def submit(self, order: Order) -> Job:
        """Put it at the end of the queue. Raises Refused for one that would write elsewhere than
        under the runs."""
        self._check_out(order)
        return self.jobs.add(order.verb, order.words, order.title, str(order.folder), time.time())

    def values(self, said: Mapping) -> dict[str, object]:
        """The keys of a verb that a page gives, by their types, its source included. Raises
        Refused."""
        verb = said.get("verb", VERBS[0])
        if verb not in VERBS:
            raise Refused(f"the studio has no {verb!r}: it has {', '.join(VERBS)}.")
        given = said.get("values") or {}
        if not isinstance(given, dict):
            raise Refused("values is no JSON object: it holds keys and their values.")
        values = dict(given)
        for word in _split(str(said.get("more") or "")):
            key, equals, text = word.partition("=")
            if not equals:
                raise Refused(f"{word!r} is not of the form key=value.")
            values[key] = text
        values = self.tools.typed(verb, values)
        for key, value in values.items():
            _check_key(key, value)
        if values.get("mask", DIRECTIONS[0]) not in DIRECTIONS:
            raise Refused(f"mask is one of {', '.join(DIRECTIONS)}, or a picture that came in.")
        return values | self._source(verb, said.get("source"))

    def _source(self, verb: str, source: object) -> dict[str, object]:
        """The key and value of what came in, where a verb takes that. Raises Refused."""
        kinds = TAKEN.get(verb)
        if kinds is None or (not source and verb == "blend"):
            return {}
        if not source and verb == "paint":
            raise Refused("no picture of labels was chosen: choose one first.")
        facts = self.sources.of(str(source))
        if facts["kind"] not in kinds:
            raise Refused(f"{verb} takes a {' or a '.join(kinds)}, and this is a {facts['kind']}.")
        return facts["values"]

    def keep(self, job: Job) -> Path:
        """The net of the moment of a training, under a name that stays. Raises Refused."""
        moment = moment_of(job)
        if moment is None:
            raise Refused("there is no net yet: wait for the first picture.")
        step = release.card_of(moment).get("step", 0)
        target = Path(job.folder) / "kept" / f"{moment.stem}_{step}.safetensors"
        try:
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(moment, target)
        except OSError as error:
            raise Refused(f"cannot write {target}: {error.strerror or error}.") from error
        return target

    def _training(self, values: dict[str, object]) -> Order:
        given = values.get("name") or Path(str(values.get("exemplar", "material"))).stem
        name = re.sub(r"[^\w .-]", "_", str(given)).strip(" .-")[:80]
        name = within(name, LONGEST_NAME).strip(" .-") or "texture"
        folder = self._free(self.runs / name)
        source = {key: values.pop(key) for key in SOURCES if key in values}
        ours = {"name": name, "out": str(folder), "log.moments": MOMENTS}
        words = self._words("train", source, values, ours)
        return Order("train", words, f"Learn {name}", folder)

    def _words(self, verb: str, source: Mapping, values: Mapping, ours: Mapping) -> list[str]:
        """Of a command line, in which all keys but `values` are as the studio gives them."""
        ours = {**ours, "threads": self.threads}
        words = self.tools.words(verb, {**source, **values, **ours})
        allowed = {self.tools.word(*given) for given in {**source, **ours}.items()}
        for word in words:
            key, _, text = word.partition("=")
            if word not in allowed:
                _check_key(key, text)
        return words

    def _check_out(self, order: Order) -> None:
        """What comes of links on the way counts. Raises Refused."""
        written = [word[4:] for word in order.words if word.startswith("out=")]
        for path in map(Path, [order.folder, *written]):
            try:
                inside = path.resolve().relative_to(self.runs.resolve()).parts
            except (OSError, ValueError, RuntimeError):
                inside = ()
            if not inside or inside[0].lower() == OWN:
                raise Refused(
                    f"{path} does not lie under {self.runs}, the folder that the studio writes to."
                )

    def _free(self, wanted: Path) -> Path:
        """A folder that neither a run nor a job that waits has."""
        taken = {job.folder for job in self.jobs}
        number, folder = 1, wanted
        while folder.exists() or str(folder) in taken or folder.name.lower() in NEVER:
            number += 1
            folder = wanted.with_name(f"{wanted.name}-{number}")
        return folder


def _check_key(key: str, value: object) -> None:
    """Raises Refused for a key that the studio decides, and for a group of keys with one of them
    unless it is a word (a descriptor by its name)."""
    if key in OURS:
        raise Refused(f"{key} is given by the studio: leave it out.")
    if not isinstance(value, str) and any(ours.startswith(f"{key}.") for ours in OURS):
        raise Refused(f"{key} is a group of keys: give those of them that are meant.")


def _split(text: str) -> list[str]:
    """Words as a shell would split them. Raises Refused."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise Refused(f"{text[:80]!r} has a quote that does not end.") from error


def moment_of(job: Job) -> Path | None:
    """The file of the net of the moment, while a training runs."""
    return next(iter((Path(job.folder) / "moment").glob("*.safetensors")), None)


def preview_of(job: Job) -> Path | None:
    """The newest picture of a training: the exemplar, and two that the net drew."""
    return max((Path(job.folder) / "previews").glob("step_*.png"), default=None)


def _title(verb: str, names: Sequence[str], values: Mapping) -> str:
    *others, name = names
    if verb in SEVERAL:
        what = {"tileset": "Tiles of", "blend": "Blend of", "paint": "A landscape of"}[verb]
        return f"{what} {', '.join(others)}{' and ' if others else ''}{name}"
    if verb == "film":
        return f"Film of {name}: {values.get('kind', DEFAULT_FILM)}"
    if values.get("preset"):
        return f"Maps of {name} for {values['preset']}"
    kind = "tile" if values.get("tile", "none") != "none" else "picture"
    count = values.get("count", 1)
    return f"Draw {count} {kind}s of {name}" if count != 1 else f"Draw a {kind} of {name}"
