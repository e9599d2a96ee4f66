"""texturenet study descriptors: trained and random descriptors side by side, on one page.

Each is built, gives a picture back layer by layer, paints its texture, and trains a net; textures
are judged by the trained network and by random filters that none of them has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from ... import hardware
from ...descriptors import network
from ...descriptors.weights import Weights
from ...errors import Refused, StoppedAtOnce, nearest
from ...io.exemplars import Picture, load_picture
from ...io.files import user_path
from .. import options, weights
from ..app import run
from ..checks import MANY, check_numbers, check_words, set_threads
from ..runs import free_folder, held
from ..terminal import duration, say
from . import experiments
from .experiments import Subject
from .notebook import Notebook
from .page import write_page

SUBJECT = "descriptors"
RANGES = {
    "side": (128, 4096),
    "built": (32, 4096),
    "n_samples": (1, 1000),
    "n_epochs": (1, 10**6),
    "evaluations": (1, MANY),
    "maps": (1, 4096),
    "reconstruct_steps": (1, MANY),
    "gatys_steps": (1, MANY),
    "coarse_steps": (0, MANY),
    "train_steps": (1, MANY),
}


def main(arguments: Sequence[str]) -> int:
    """A first argument without `=` is what is studied."""
    if arguments and "=" not in arguments[0] and not arguments[0].startswith("-"):
        arguments = [f"subject={arguments[0]}", *arguments[1:]]
    return run("study", options.Study, study, arguments)


def study(chosen: options.Study) -> int:
    check(chosen)
    picture = load_picture(chosen.exemplar, side=numbers(chosen).side, smallest=128)
    folder = user_path(chosen.out) if chosen.out else free_folder(f"study_{picture.name}"[:80])
    device, trained = hardware.device_of(chosen.device), weights.at_hand(chosen.trained)
    if trained is not None:  # of what it can be used for, before anything is made
        network(trained, [*weights.SHALLOW, *experiments.LAYERS], "avg")
    origin = {"numbers": asdict(numbers(chosen)), "exemplar": picture.sha256}
    origin |= {key: getattr(chosen, key) for key in ("architecture", "width", "seed")}
    origin["trained"] = trained and trained.sha256
    with held(folder):
        notes = Notebook(folder, origin)
        say(f"study of descriptors on {hardware.device_name(device)} -> {folder}/")
        _study(chosen, trained, picture, notes)
    say(f"the page: {folder}/index.html, its figures beside it")
    return 0


def _study(
    chosen: options.Study, trained: Weights | None, picture: Picture, notes: Notebook
) -> None:
    """Every experiment that was not noted yet; the page grows with them."""
    subjects = experiments.subjects(chosen, trained)
    names = [subject.name for subject in subjects]
    bench = experiments.StudyContext(chosen, numbers(chosen), picture, notes, trained)
    try:
        for _ in items(subjects, bench):
            write_page(notes.folder, notes, picture, names)  # as far as it is
        write_page(notes.folder, notes, picture, names)
    except StoppedAtOnce:
        say(f"stopped; to go on: the same command with out={notes.folder}")
        raise


def check(chosen: options.Study) -> None:
    if chosen.subject != SUBJECT:
        raise Refused(
            f"there is no study of {chosen.subject!r}.{nearest(chosen.subject, [SUBJECT])}"
        )
    set_threads(chosen.threads, 1)
    check_words(chosen, {"architecture": ("vgg16", "vgg19"), "device": ("auto", "cpu", "gpu")})
    check_numbers(chosen, {"seed": (0, 2**32 - 1), "width": (1e-3, 4)})
    for key in ("full", "short"):
        check_numbers(getattr(chosen, key), RANGES, f"{key}.")


def numbers(chosen: options.Study) -> options.Numbers:
    return chosen.short if chosen.quick else chosen.full


def items(subjects: Sequence[Subject], bench: experiments.StudyContext) -> Iterator[str]:
    """One after the other; those that were noted in an earlier run are left out."""
    pairs = [(name, subject) for name in experiments.EXPERIMENTS for subject in subjects]
    for number, (name, subject) in enumerate(pairs, 1):
        item = f"{name}_{subject.name}"
        if bench.notes.found(item) is None:
            say(f"[{number}/{len(pairs)}] {name}: {subject.title}")
            facts, pictures = experiments.EXPERIMENTS[name](subject, bench)
            bench.notes.note(item, {**facts, "title": subject.title}, pictures)
            say(f"[{number}/{len(pairs)}] {duration(facts['seconds'])}")
            yield item
