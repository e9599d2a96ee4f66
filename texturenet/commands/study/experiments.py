"""What is done with each descriptor of a study: built, made to give back, to paint, to teach a net.

An experiment gives facts, `seconds` among them, and pictures (3,H,W) by name.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import Tensor

from ... import gatys, reconstruct
from ...descriptors import formats, network, random
from ...descriptors.random import RANDOM_FILTERS
from ...descriptors.weights import Weights
from ...errors import StoppedAtOnce
from ...evaluation.constancy import Constancy
from ...evaluation.distances import decibels
from ...io.exemplars import Picture, load_picture
from ...io.untrusted import read_pickle
from ...optimise.painting import Painting
from ...sampling.texture import load
from .. import app
from ..descriptor.make import make
from ..options.study import Numbers, Study
from ..runs import RESUME
from ..signals import Ending
from ..terminal import PARTS, Bar
from ..weights import SHALLOW
from .notebook import Notebook

TRAINED = "trained"
LAYERS = ["relu1_1", "pool1", "pool2", "pool3", "pool4"]  # of reconstructions and textures
SIDES = ["relu3x3", "relu7x7", "relu15x15", "relu37x37", "relu_all"]
SAMPLES = 4  # of a net, that are judged; SHOWN of them are shown
SHOWN = 2


@dataclass(frozen=True)
class Subject:
    """making: the keys of `texturenet descriptor` that make it, None for what was trained."""

    name: str
    title: str
    making: Mapping[str, object] | None
    weights: str | None = None

    @property
    def filters(self) -> bool:
        return bool(self.making) and self.making["kind"] == RANDOM_FILTERS


def subjects(chosen: Study, trained: Weights | None) -> list[Subject]:
    """The descriptors of a study. trained: the weights beside the random ones, if any."""
    shape = {"architecture": chosen.architecture, "width": chosen.width}
    plain = {"kind": "ranvgg", "normalise": False, **shape}
    random = [
        Subject("ranvgg", "ranVGG", {"kind": "ranvgg", **shape}),
        Subject("ranvgg_plain", "ranVGG, not normalised", plain),
        Subject("singlevgg", "singleVGG", {"kind": "singlevgg", **shape}),
        Subject("filters", "random filters", {"kind": RANDOM_FILTERS}),
    ]
    if trained is None:
        return random
    title = f"trained ({Path(chosen.descriptor).name})"
    return [Subject(TRAINED, title, None, chosen.descriptor), *random]


@dataclass(frozen=True)
class StudyContext:
    """What experiments have in common."""

    chosen: Study
    numbers: Numbers
    picture: Picture
    notes: Notebook
    trained: Weights | None

    def weights(self, subject: Subject) -> str:
        """What the descriptor is named by."""
        return subject.weights or str(self.notes.folder / "descriptors" / subject.name)

    @cached_property
    def judges(self) -> dict[str, Constancy]:
        """Relative errors of Gram matrices, by trained features and by unseen random filters."""
        bank = random.filters(random.JUDGE)
        networks = {"unseen filters": network(bank, ["relu_all"], "avg")}
        if self.trained is not None:
            networks[TRAINED] = network(self.trained, SHALLOW, "avg")
        exemplar = self.picture.pixels
        return {name: Constancy(exemplar, judge) for name, judge in networks.items()}

    def judged(self, *pictures: Tensor) -> dict[str, float]:
        """{judge: mean error}."""
        return {
            name: sum(map(judge.distance, pictures)) / len(pictures)
            for name, judge in self.judges.items()
        }


Experiment = Callable[[Subject, StudyContext], tuple[dict, dict[str, Tensor]]]


def build(subject: Subject, bench: StudyContext) -> tuple[dict, dict[str, Tensor]]:
    """The descriptor's file, in the folder of the study."""
    if subject.making is None:
        return {"seconds": 0.0}, {}
    folder, given = Path(bench.weights(subject)), dict(subject.making)
    given |= {"seed": bench.chosen.seed, "out": str(folder)}
    if subject.filters:
        given["maps"] = bench.numbers.maps
    else:
        given |= {"image": bench.chosen.exemplar, "picture.side": bench.numbers.built}
        given |= {"evaluations": bench.numbers.evaluations, "device": bench.chosen.device}
        many = "n_samples" if given["kind"] == "ranvgg" else "n_epochs"
        given[many] = getattr(bench.numbers, many)
        if (folder / RESUME).is_file():
            given["resume"] = str(folder / RESUME)
    path, status = make(app.request("descriptor", given).options)
    _stop_if(status)
    return {"seconds": formats.read_card(path)["seconds"]}, {}


def give_back(subject: Subject, bench: StudyContext) -> tuple[dict, dict[str, Tensor]]:
    """One reconstruction for every target layer."""
    side, layers = bench.numbers.built, SIDES if subject.filters else LAYERS
    started = time.monotonic()
    made = reconstruct(
        bench.chosen.exemplar, layers=layers, steps=bench.numbers.reconstruct_steps,
        seed=bench.chosen.seed, device=bench.chosen.device,
        **{"picture.side": side, "descriptor": bench.weights(subject)},
    )  # fmt: skip
    curves = _painted(made, "reconstruct")
    image = load_picture(bench.chosen.exemplar, side=side).pixels[0]
    ratios = {layer: decibels(picture, image) for layer, picture in made.pictures.items()}
    facts = {"seconds": time.monotonic() - started, "curves": curves, "decibels": ratios}
    return facts, {"original": image, **made.pictures}


def paint(subject: Subject, bench: StudyContext) -> tuple[dict, dict[str, Tensor]]:
    """The texture, by optimising one picture."""
    started = time.monotonic()
    made = gatys(
        bench.chosen.exemplar, size=bench.numbers.side, seed=bench.chosen.seed,
        steps=bench.numbers.gatys_steps, coarse_steps=bench.numbers.coarse_steps,
        device=bench.chosen.device,
        **{"picture.side": bench.numbers.side, "descriptor": bench.weights(subject)},
    )  # fmt: skip
    curves = _painted(made, "gatys")
    facts = {"seconds": time.monotonic() - started, "curves": curves}
    return facts | {"errors": bench.judged(made.picture)}, {"texture": made.picture}


def learn(subject: Subject, bench: StudyContext) -> tuple[dict, dict[str, Tensor]]:
    """A net for the texture, and samples of it."""
    from ..train.run import train  # Lightning takes its time

    folder, started = bench.notes.folder / "nets" / subject.name, time.monotonic()
    given = {
        "exemplar": bench.chosen.exemplar, "picture.side": bench.numbers.side, "name": "net",
        "steps": bench.numbers.train_steps, "seed": bench.chosen.seed, "out": str(folder),
        "descriptor": bench.weights(subject), "device": bench.chosen.device,
    }  # fmt: skip
    released = folder / "net.safetensors"
    if not _whole(released, bench.numbers.train_steps):
        if _goes_on(folder / RESUME, bench.numbers.train_steps):
            given["resume"] = str(folder / RESUME)
        _stop_if(train(app.request("train", given))[1])
    seconds = time.monotonic() - started
    net = load(str(released), device=bench.chosen.device)
    samples = [net.render(bench.numbers.side, bench.numbers.side, seed) for seed in range(SAMPLES)]
    samples = [sample.cpu() for sample in samples]
    facts = {"seconds": max(seconds, net.card["seconds"]), "errors": bench.judged(*samples)}
    return facts, {f"sample_{seed}": sample for seed, sample in enumerate(samples[:SHOWN])}


EXPERIMENTS: dict[str, Experiment] = {
    "build": build,
    "reconstruct": give_back,
    "gatys": paint,
    "net": learn,
}


def _whole(released: Path, steps: int) -> bool:
    """Whether a net is there that was trained to the end."""
    return released.is_file() and load(str(released), device="cpu").card["step"] == steps


def _goes_on(path: Path, steps: int) -> bool:
    """Whether training was stopped before its end; stopped just after, it is done again."""
    return path.is_file() and read_pickle(path)["global_step"] < steps


def _painted(made: Painting, what: str) -> dict[str, list[float]]:
    """Have it painted -> the losses of each part."""
    curves: dict[str, list[float]] = {}
    with Ending() as ending, Bar(what, PARTS, counted=False) as bar:
        ending.listen()
        bar.start_at(0)
        for step in made:
            curves.setdefault(step.part, []).append(step.loss)
            bar.reach(int(PARTS * step.share), f"{step.part} loss {step.loss:.3g}")
            if ending.signal:
                break
    _stop_if(ending.signal and 128 + ending.signal)
    return curves


def _stop_if(status: int) -> None:
    if status:
        raise StoppedAtOnce(status - 128)
