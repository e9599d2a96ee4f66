"""What a page orders -> a job: its words, its folder, its title."""

import re
import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import Refused
from ..generator import release
from .jobs import RESUME, Job, Jobs
from .library import Library
from .sources import Sources
from .tools import Tools, command_line

VERBS = ("train", "sample", "film")
# Keys that the studio itself gives, or that would reach beyond this machine.
OURS = ("out", "resume", "exemplar", "material", "model", "threads", "log.moments",
        "descriptor.download")  # fmt: skip
MOMENTS = 10  # steps between two nets of the moment: 1 % of the time of ten steps
FILM = ".mp4"
DEFAULT_FILM = "loop"


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
        `source` or `model`. Raises Refused where the command would."""
        verb = said.get("verb")
        if verb not in VERBS:
            raise Refused(f"the studio has no {verb!r}: it has {', '.join(VERBS)}.")
        values = self.values(said)
        if verb == "train":
            return self._training(values)
        model = str(said.get("model") or "")
        name = release.card_of(self.library.net(model))["name"]
        folder = self.runs / "made" / f"{self.jobs.next:03}-{verb}-{name}"
        out = f"{folder}/"
        suffix = str(values.pop("suffix", FILM))
        if verb == "film":
            out = str(folder / f"{name}_{values.get('kind', DEFAULT_FILM)}{suffix}")
        given = {"model": model, **values, "out": out, "threads": self.threads}
        return Order(verb, self.tools.words(verb, given), _title(verb, name, values), folder)

    def resumed(self, job: Job) -> Order:
        """A job that goes on where a training was ended. Raises Refused."""
        if not job.resumable:
            raise Refused(f"job {job.number} left nothing that could be gone on from.")
        words = [word for word in job.words if not word.startswith("resume=")]
        title = job.title.removesuffix(", continued")
        words.append(f"resume={Path(job.folder) / RESUME}")
        return Order(job.verb, words, f"{title}, continued", Path(job.folder))

    def submit(self, order: Order) -> Job:
        """Put it at the end of the queue."""
        return self.jobs.add(order.verb, order.words, order.title, str(order.folder), time.time())

    def values(self, said: Mapping) -> dict[str, object]:
        """The keys of a verb that a page gives, its source included. Raises Refused."""
        values = dict(said.get("values") or {})
        for word in _split(str(said.get("more") or "")):
            key, equals, text = word.partition("=")
            if not equals:
                raise Refused(f"{word!r} is not of the form key=value.")
            values[key] = text
        for key in values:
            if key in OURS:
                raise Refused(f"{key} is given by the studio: leave it out.")
        if said.get("verb", "train") == "train":
            values = self.sources.of(str(said.get("source")))["values"] | values
        return values

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
        name = re.sub(r"[^\w .-]", "_", str(given)).strip(" .-")[:80] or "texture"
        folder = self._free(name)
        words = self.tools.words(
            "train",
            {
                **values,
                "name": name,
                "out": str(folder),
                "log.moments": MOMENTS,
                "threads": self.threads,
            },
        )
        return Order("train", words, f"Learn {name}", folder)

    def _free(self, name: str) -> Path:
        """A folder that neither a run nor a job that waits has."""
        taken = {job.folder for job in self.jobs}
        number, folder = 1, self.runs / name
        while folder.exists() or str(folder) in taken or folder.name in ("studio", "made"):
            number += 1
            folder = self.runs / f"{name}-{number}"
        return folder


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


def _title(verb: str, name: str, values: Mapping) -> str:
    if verb == "film":
        return f"Film of {name}: {values.get('kind', DEFAULT_FILM)}"
    if values.get("preset"):
        return f"Maps of {name} for {values['preset']}"
    kind = "tile" if values.get("tile", "none") != "none" else "picture"
    count = values.get("count", 1)
    return f"Draw {count} {kind}s of {name}" if count != 1 else f"Draw a {kind} of {name}"
