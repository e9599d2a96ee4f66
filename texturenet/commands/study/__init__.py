"""texturenet study descriptors: trained and random descriptors side by side, on one page.

Each is built, gives a picture back layer by layer, paints its texture, and trains a net; textures
are judged by the trained network and by random filters that none of them has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from ... import hardware
from ...descriptors import network
from ...descriptors.weights import Weights
from ...errors import StoppedAtOnce
from ...io.exemplars import Picture, load_picture
from ...io.files import user_path
from .. import weights
from ..app import run
from ..checks import set_threads
from ..options.study import Numbers, Study
from ..runs import free_folder, reserved
from ..terminal import duration, say
from . import experiments
from .experiments import Subject
from .notebook import Notebook
from .page import write_page


def main(arguments: Sequence[str]) -> int:
    """A first argument without `=` is what is studied."""
    if arguments and "=" not in arguments[0] and not arguments[0].startswith("-"):
        arguments = [f"subject={arguments[0]}", *arguments[1:]]
    return run("study", lambda request: study(request.options), arguments)


def study(chosen: Study) -> int:
    set_threads(chosen.threads)
    picture = load_picture(chosen.exemplar, side=numbers(chosen).side, smallest=128)
    device, trained = hardware.device_of(chosen.device), weights.at_hand(chosen.descriptor)
    if trained is not None:  # of what it can be used for, before anything is made
        network(trained, [*weights.SHALLOW, *experiments.LAYERS], "avg")
    origin = {"numbers": asdict(numbers(chosen)), "exemplar": picture.sha256}
    origin |= {key: getattr(chosen, key) for key in ("architecture", "width", "seed")}
    origin["trained"] = trained and trained.sha256
    folder = user_path(chosen.out) if chosen.out else free_folder(f"study_{picture.name}"[:80])
    with reserved(folder):
        notes = Notebook(folder, origin)
        say(f"study of descriptors on {hardware.device_name(device)} -> {folder}/")
        _study(chosen, trained, picture, notes)
    say(f"the page: {folder}/index.html, its figures beside it")
    return 0


def _study(chosen: Study, trained: Weights | None, picture: Picture, notes: Notebook) -> None:
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


def numbers(chosen: Study) -> Numbers:
    return chosen.short if chosen.quick else chosen.full


def items(subjects: Sequence[Subject], bench: experiments.StudyContext) -> Iterator[str]:
    """One after the other; those that were noted in an earlier run are left out."""
    pairs = [(name, subject) for name in experiments.EXPERIMENTS for subject in subjects]
    for number, (name, subject) in enumerate(pairs, 1):
        item = f"{name}_{subject.name}"
        if bench.notes.facts(item) is None:
            say(f"[{number}/{len(pairs)}] {name}: {subject.title}")
            facts, pictures = experiments.EXPERIMENTS[name](subject, bench)
            bench.notes.note(item, {**facts, "title": subject.title}, pictures)
            say(f"[{number}/{len(pairs)}] {duration(facts['seconds'])}")
            yield item
