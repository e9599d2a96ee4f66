"""texturenet study descriptors: trained and random descriptors side by side, on one page.

Each is built, gives a picture back layer by layer, paints its texture, and trains a net; what comes
of it is judged by descriptors that had no part in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import torch

from ..errors import Refused, StoppedAtOnce, nearest
from ..exemplars import Picture, load_picture
from ..files import user_path
from . import experiments, options, within
from .door import run
from .notebook import Notebook
from .page import write_page
from .places import free_folder
from .progress import duration, say
from .ranges import MANY, check_numbers, check_words
from .sample import share

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
    origin = {"numbers": asdict(numbers(chosen)), "exemplar": picture.sha256}
    origin |= {key: getattr(chosen, key) for key in ("trained", "architecture", "width", "seed")}
    notes = Notebook(folder, origin)
    say(f"study of descriptors on {within.device_name(_device(chosen))} -> {folder}/")
    try:
        for _ in items(chosen, picture, notes):
            write_page(folder, notes, picture)  # as far as it is
    except StoppedAtOnce:
        say(f"stopped; to go on: the same command with out={folder}")
        raise
    say(f"the page: {folder}/index.html, its figures beside it")
    return 0


def check(chosen: options.Study) -> None:
    if chosen.subject != SUBJECT:
        raise Refused(
            f"there is no study of {chosen.subject!r}.{nearest(chosen.subject, [SUBJECT])}"
        )
    share(chosen.threads, 1)
    check_words(chosen, {"architecture": ("vgg16", "vgg19"), "device": ("auto", "cpu", "gpu")})
    check_numbers(chosen, {"seed": (0, 2**32 - 1), "width": (1e-3, 4)})
    for key in ("full", "short"):
        check_numbers(getattr(chosen, key), RANGES, f"{key}.")


def numbers(chosen: options.Study) -> options.Numbers:
    return chosen.short if chosen.quick else chosen.full


def _device(chosen: options.Study) -> torch.device:
    usable = torch.cuda.is_available()
    if chosen.device == "gpu" and not usable:
        raise Refused("no GPU can be used here: leave device=gpu out, or say device=cpu.")
    return torch.device("cuda" if usable and chosen.device != "cpu" else "cpu")


def items(chosen: options.Study, picture: Picture, notes: Notebook) -> Iterator[str]:
    """One after the other, those that are noted already left out."""
    subjects = experiments.subjects(chosen)
    bench = experiments.Bench(chosen, numbers(chosen), picture, notes)
    count = len(subjects) * len(experiments.EXPERIMENTS)
    done = 0
    for name, experiment in experiments.EXPERIMENTS.items():
        for subject in subjects:
            done += 1
            item = f"{name}_{subject.name}"
            if notes.found(item) is None:
                say(f"[{done}/{count}] {name}: {subject.title}")
                facts, pictures = experiment(subject, bench)
                facts |= {"subject": subject.name, "title": subject.title}
                notes.note(item, facts, pictures)
                say(f"[{done}/{count}] {duration(facts['seconds'])}")
            yield item
