"""Every figure that a GPU has to show, in one command: under eight minutes on one GPU.

    python bench/gpu.py [device=gpu] [quick=false] [parts=noise,sampling,verbs,scores,training]
                        [seconds=470] [out=FILE.md|FILE.json]

noise: the same bits as the CPU's. sampling: megapixels a second of every released net, in float32
(without TF32) and bfloat16, and how far its pictures are from the CPU's. verbs: each command once.
scores: the figures of a card against the CPU's. training: seconds until a net that is trained by
the default recipe has the merit of the released one, which is judged off the clock. Every row has
its peak memory: of the GPU, or of the process on a CPU.

`device=cpu quick=true` runs all but the study small, to try the script itself. Where a figure
cannot be taken, the row says why. Leaves with status 2 where there is no such device, with 1 if a
row failed.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import torch

from texturenet.descriptors import sources
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.hardware import best_precision, device_name, device_of
from texturenet.io.files import own_folder

NETS = ("gravel", "brick")  # trained again
STEPS = 2000  # at most, as the released nets have
RESERVED = 150  # seconds, for training


@dataclass(frozen=True)
class Bench:
    """device: where all of it runs. quick: small sizes. ends: when the time is up, as
    `time.monotonic` has it. weights: why there are no VGG-16 weights, or None."""

    device: torch.device
    quick: bool
    ends: float
    weights: str | None

    @property
    def word(self) -> str:
        """The device as a value of the commands' key."""
        return "gpu" if self.device.type == "cuda" else "cpu"

    def left(self) -> float:
        return self.ends - time.monotonic()


@dataclass(frozen=True)
class Row:
    """figures: {what: number with its unit, or words}. megabytes: peak memory. failed: whether it
    went wrong, beyond what was not at hand."""

    part: str
    name: str
    figures: dict[str, str]
    seconds: float
    megabytes: float
    failed: bool = False


@dataclass
class Peak:
    """The largest memory since the measurement began, in MB."""

    megabytes: float = field(default=0.0)


@contextmanager
def peak_memory(device: torch.device) -> Iterator[Peak]:
    peak = Peak()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
    yield peak
    if device.type == "cuda":
        peak.megabytes = torch.cuda.max_memory_allocated(device) / 1e6
    else:
        peak.megabytes = peak_of_process()


def peak_of_process() -> float:
    """In MB. (Linux counts into `ru_maxrss` what the parent process had; VmHWM begins anew.)"""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1e3
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def row(bench: Bench, part: str, name: str, measure: Callable[[], dict[str, str]]) -> Row:
    """Measure, whatever happens."""
    started, failed = time.monotonic(), False
    with peak_memory(bench.device) as peak:
        try:
            figures = measure()
        except Refused as refusal:
            figures = {"not measured": str(refusal)}
        except Exception as error:
            figures, failed = {"failed": f"{type(error).__name__}: {error}"}, True
    return Row(part, name, figures, time.monotonic() - started, peak.megabytes, failed)


# Noise


def noise(bench: Bench) -> Iterator[Row]:
    yield row(bench, "noise", "uniform", lambda: uniform_noise(bench))
    yield row(bench, "noise", "gaussian, waves", lambda: other_noise(bench))


def windows(device: torch.device, quick: bool) -> Iterator[torch.Tensor]:
    """Uniform noise of several seeds, scales and streams, near and far."""
    from texturenet.noise.philox import PICTURES, TRAINING, address, cells

    side = 50 if quick else 300
    for start in (0, -37, 2**31 - 5, -(2**40)):
        for scale, stream, seeds in ((0, PICTURES, [0]), (5, TRAINING, [1, 2**64 - 1, 2**32])):
            lines = (address(begin, side, None).to(device) for begin in (start, 7 - start))
            yield cells(seeds, scale, *lines, 7, stream)


def both_windows(bench: Bench) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """By the device, and by the CPU on the CPU."""
    devices = bench.device, torch.device("cpu")
    return zip(*(windows(device, bench.quick) for device in devices), strict=True)


def uniform_noise(bench: Bench) -> dict[str, str]:
    different = count = 0
    for ours, theirs in both_windows(bench):
        different += (ours.cpu().view(torch.int32) != theirs.view(torch.int32)).sum().item()
        count += theirs.numel()
    if different:
        raise AssertionError(f"{different} of {count} values have other bits than the CPU's")
    return {"bits": f"all {count:,} values equal to the CPU's"}


def other_noise(bench: Bench) -> dict[str, str]:
    from texturenet.noise.laws import gaussian
    from texturenet.noise.philox import address
    from texturenet.noise.units import Units
    from texturenet.noise.waves import Waves

    laws = [
        (gaussian(ours).cpu() - gaussian(theirs)).abs().max().item()
        for ours, theirs in both_windows(bench)
    ]
    line, units = address(-(2**40), 300, None), Units((3, 5), (7, -2), 2)
    waves = Waves(128, ((3, 5), (-7, 2)), units)
    whose = waves.pictures([2**63 + 9])
    here, there = (waves.beside(x, x, 4, whose).cpu() for x in (line, line.to(bench.device)))
    return {
        "largest difference, gaussian": f"{max(laws):.1e}",
        "waves, units": f"{(here - there).abs().max().item():.1e}",
    }


# Sampling


def sampling(bench: Bench) -> Iterator[Row]:
    side = 128 if bench.quick else 2048
    for name in release.released():
        for precision in ("float32", "bfloat16"):
            measure = partial(rendered, bench, name, precision, side)
            yield row(bench, "sampling", f"{name} {precision}", measure)


def rendered(bench: Bench, name: str, precision: str, side: int) -> dict[str, str]:
    import texturenet

    texture = texturenet.load(name, device=bench.device, precision=precision)
    texture.render(side, side)
    seconds = statistics.median(timed(texture.render, side, side) for _ in range(3))
    exact = texturenet.load(name, device="cpu").render(256, 256)
    here = texture.render(256, 256)
    moved = texture.render(256, 256, origin=(-64, -64))
    windows_apart = (moved[:, 64:, 64:] - here[:, :-64, :-64]).abs().max().item()
    return {
        "rate": f"{side * side / 1e6 / seconds:.2f} Mpx/s at {side}x{side}",
        "from the CPU's float32": f"{255 * (here - exact).abs().max().item():.4f}/255",
        "between its own windows": f"{255 * windows_apart:.4f}/255",
    }


def timed(call: Callable, *given: object) -> float:
    """A rendered picture lies on the CPU: the GPU has ended."""
    started = time.perf_counter()
    call(*given)
    return time.perf_counter() - started


# Every verb


def verbs(bench: Bench) -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        for verb, arguments in commands(bench):
            left = bench.left() - (0 if bench.quick else RESERVED)
            if left < 0:
                yield Row("verbs", verb, {"not measured": "the time is needed to train"}, 0, 0)
            elif bench.quick and verb == "study":
                yield Row("verbs", verb, {"not measured": "takes minutes on a CPU"}, 0, 0)
            else:
                yield command(Path(folder), left, verb, arguments)


def commands(bench: Bench) -> list[tuple[str, list[str]]]:
    """(verb, its arguments), each of which may use the files of those before it."""
    side, large, steps = (64, 512, 2) if bench.quick else (256, 4096, 40)
    network = "descriptor=random_filters" if bench.weights else "descriptor=vgg16"
    device, size = f"device={bench.word}", f"size={side}"
    short = ["size=64", "batch=2", "picture.side=96", "log.score=false"] if bench.quick else []
    short += [f"steps={steps}", device, network]
    return [
        ("models", []),
        ("advise", ["exemplar=gravel"]),
        ("train", ["exemplar=gravel", "out=net", "name=net", *short]),
        ("sample", ["model=net", size, "out=net.png", device]),
        ("sample", ["model=gravel", "tile=xy", "matching=true", "size=160", "count=2", device]),
        ("sample", ["model=gravel", f"size={large}", "out=large.png", device]),
        ("reproduce", ["net.png", "model=net", "out=again.png", device]),
        ("film", ["model=gravel", "kind=loop", size, "seconds=0.5", "out=a.gif", device]),
        *optimised(side, [device, network, f"steps={steps}"]),
        ("descriptor", ["kind=ranvgg", "n_samples=1", "out=ran", *built(bench)]),
        ("descriptor", ["kind=singlevgg", "n_epochs=1", "out=single", *built(bench)]),
        ("score", ["model=net", "seeds=2", "out=score", device]),
        ("study", ["descriptors", "exemplar=gravel", "out=study", *studied(bench)]),
    ]


def optimised(side: int, more: list[str]) -> list[tuple[str, list[str]]]:
    picture = next(own_folder("exemplars").glob("gravel.*"))
    gatys = ["exemplar=gravel", f"size={side}"]
    return [
        ("gatys", ["optimizer=lbfgs", *gatys, "out=lbfgs", *more]),
        ("gatys", ["optimizer=adam", *gatys, "out=adam", *more]),
        ("transfer", ["style=brick", f"content={picture}", f"size={side}", "out=to", *more]),
        ("reconstruct", ["image=gravel", "picture.side=64", "out=back", *more]),
    ]


def built(bench: Bench) -> list[str]:
    """A VGG of random weights, small."""
    sizes = ["picture.side=64", "width=0.1", f"evaluations={2 if bench.quick else 20}"]
    return ["image=gravel", *sizes, f"device={bench.word}"]


def studied(bench: Bench) -> list[str]:
    """A study of a minute or less on a GPU."""
    numbers = {"built": 32, "n_samples": 1, "n_epochs": 1, "evaluations": 5, "maps": 4}
    numbers |= {"reconstruct_steps": 20, "gatys_steps": 20, "coarse_steps": 5, "train_steps": 40}
    short = [f"short.{key}={value}" for key, value in numbers.items()]
    return ["quick=true", "width=0.1", *short, f"device={bench.word}"]


def command(folder: Path, left: float, verb: str, arguments: list[str]) -> Row:
    """One process, for `left` seconds at the most, which leaves its peak memory in a file."""
    name, started = " ".join([verb, *arguments[:2]]), time.monotonic()
    try:
        process = subprocess.run(
            [sys.executable, str(Path(__file__).resolve()), "--verb", verb, *arguments],
            cwd=folder, capture_output=True, text=True, check=False, timeout=left,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Row("verbs", name, {"failed": "the time was up"}, left, 0.0, True)
    seconds, peak = time.monotonic() - started, folder / PEAK
    megabytes = float(peak.read_text()) if peak.is_file() else 0.0
    figures = {"status": str(process.returncode)}
    if process.returncode:
        figures["failed"] = (process.stderr.strip().splitlines() or ["no words"])[-1]
    return Row("verbs", name, figures, seconds, megabytes, process.returncode != 0)


PEAK = "peak_megabytes"


def run_verb(arguments: list[str]) -> None:
    """What `texturenet VERB ...` does, and its peak memory in a file of the working folder."""
    from texturenet.commands import main as texturenet

    sys.argv[1:] = arguments
    try:
        texturenet()
    finally:
        on_gpu = torch.cuda.is_initialized()
        megabytes = torch.cuda.max_memory_allocated() / 1e6 if on_gpu else peak_of_process()
        Path(PEAK).write_text(str(megabytes))


# Scores


def scores(bench: Bench) -> Iterator[Row]:
    yield row(bench, "scores", "gravel, two pictures", lambda: compared(bench))


def compared(bench: Bench) -> dict[str, str]:
    """The figures of one card by the device and by the CPU."""
    import texturenet
    from texturenet.commands import judging
    from texturenet.commands.card import picture_of

    side = 64 if bench.quick else 256
    texture = texturenet.load("gravel", device="cpu")
    exemplar = picture_of(texture, None).pixels[..., :side, :side]
    pictures = [texture.render(side, side, seed) for seed in (0, 1)]
    cards, seconds = [], []
    for device in (bench.device, torch.device("cpu")):
        started = time.perf_counter()
        by = judging.judges("vgg16", texture)
        cards.append(judging.judged_on(device, exemplar, by, pictures).figures)
        seconds.append(time.perf_counter() - started)
    here, there = cards
    apart = {name: abs(here[name] - there[name]) / max(abs(there[name]), 1e-9) for name in there}
    worst = max(apart, key=apart.get)
    return {
        "seconds": f"{seconds[0]:.1f}, on the CPU {seconds[1]:.1f}",
        "largest relative difference": f"{apart[worst]:.1e} ({worst})",
    }


# Training


def training(bench: Bench) -> Iterator[Row]:
    for count, name in enumerate(NETS):
        share = max(bench.left(), 1.0) / (len(NETS) - count)
        yield row(bench, "training", name, partial(trained, bench, name, share))


def trained(bench: Bench, name: str, share: float) -> dict[str, str]:
    """By the default recipe, until the merit of the released net, the last step, or for `share`
    seconds."""
    target = release.load(release.find(name))[1].get("score", {}).get("merit")
    clock = Clock(time.monotonic() + share)
    module, chosen, picture = set_up(bench, name)
    judge = None if bench.weights else merit_of(bench, module, chosen, picture)
    until = until_merit(clock, judge, target, every=2 if bench.quick else 25)
    fit(bench, module, chosen, until)
    figures = {
        "steps": f"{module.global_step} of {chosen.steps}",
        "seconds": f"{until.seconds:.1f}",
        "precision": best_precision(bench.device.type),
    }
    if bench.weights:
        return figures | {"merit not measured": bench.weights}
    if until.merit is None:
        return figures | {"merit not measured": "the time was up before statistics were fixed"}
    reached = "reached" if target and until.merit <= target else "not reached"
    return figures | {"merit": f"{until.merit:.3f}, of the released net {target}: {reached}"}


def fit(bench: Bench, module: object, chosen: object, until: object) -> None:
    import pytorch_lightning as pl
    from torch.utils.data import DataLoader

    from texturenet.commands.train.live import quiet
    from texturenet.training.guard import Guard, Limits

    guard = asdict(chosen.guard) | {"patience": round(chosen.guard.patience * chosen.steps)}
    with quiet():
        trainer = pl.Trainer(
            max_steps=chosen.steps,
            accelerator="gpu" if bench.device.type == "cuda" else "cpu",
            devices=1,
            precision=best_precision(bench.device.type),
            callbacks=[Guard(Limits(**guard), lambda words: None), until],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, DataLoader(range(chosen.steps), batch_size=None))


class Clock:
    """Seconds that training takes; stands still while nets are judged."""

    def __init__(self, ends: float):
        self.ends, self.began, self.judging = ends, time.monotonic(), 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began - self.judging

    @contextmanager
    def off(self) -> Iterator[None]:
        started = time.monotonic()
        yield
        self.judging += time.monotonic() - started

    @property
    def over(self) -> bool:
        return time.monotonic() > self.ends


def set_up(bench: Bench, name: str) -> tuple:
    """(module, options, exemplar), as `texturenet train` has them."""
    from texturenet.commands import app
    from texturenet.commands.train.setup import build, with_defaults
    from texturenet.io.exemplars import load_picture

    values = {"exemplar": name, "device": bench.word, "steps": STEPS}
    if bench.quick:
        values |= {"size": 64, "batch": 2, "steps": 6, "picture.side": 96, "freeze.samples": 2}
    if bench.weights:
        values["descriptor"] = "random_filters"
    chosen = app.request("train", values).options
    picture = load_picture(name, crop=chosen.picture.crop, side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    return build(chosen, loaded, picture, bench.device), chosen, picture


def merit_of(bench: Bench, module: object, chosen: object, picture: object) -> Callable[[], float]:
    """How good the net is that would be released now, as cards of released nets say it."""
    from texturenet.commands import judging
    from texturenet.descriptors import network
    from texturenet.evaluation.scorecard import Judge, Scorecard, merit
    from texturenet.sampling.texture import Texture

    layers = [layer for layer in judging.BETWEEN if layer not in chosen.descriptor.layers]
    unseen = network(sources.load("vgg16"), layers, chosen.descriptor.pooling).to(bench.device)
    judges = [Judge(unseen, {"untrained layers": layers})]
    scorecard = Scorecard(picture.pixels.to(bench.device), judges, judging.distances())
    card = {"name": "now", "law": chosen.generator.law}
    if module.waves:
        card["waves"] = module.waves.facts()

    def judge() -> float:
        texture = Texture(module.release().to(bench.device), card)
        size = picture.pixels.shape[-2:]
        seeds = range(judging.UNSEEN, judging.UNSEEN + judging.PICTURES)
        each = [scorecard.of(texture.render(*size, seed).to(bench.device)) for seed in seeds]
        together = merit({key: statistics.mean(one[key] for one in each) for key in each[0]})
        if together is None:
            raise Refused("portilla is missing: run `pip install 'texturenet[score]'`.")
        return together

    return judge


def until_merit(clock: Clock, judge: Callable | None, target: float | None, every: int) -> object:
    """A callback that ends a training as soon as its net is as good as the target, or the time is
    up. `seconds` and `merit`: when it was judged last."""
    import pytorch_lightning as pl

    class UntilMerit(pl.Callback):
        seconds, merit = 0.0, None

        def on_train_batch_end(self, trainer, module, outputs, batch, batch_idx):
            step, last = trainer.global_step, trainer.global_step == trainer.max_steps
            due = module.generator.calibrated and (step % every == 0 or last or clock.over)
            if judge and due:
                self.seconds = clock.seconds
                with clock.off():
                    self.merit = judge()
            if not judge or clock.over:
                self.seconds = clock.seconds
            good = self.merit is not None and target is not None and self.merit <= target
            trainer.should_stop = good or clock.over

    return UntilMerit()


# The table

NO_GPU = (
    "there is no GPU here that torch can use, and nothing was measured; device=cpu quick=true "
    "tries this script without one."
)
PARTS = {
    "noise": noise,
    "sampling": sampling,
    "verbs": verbs,
    "scores": scores,
    "training": training,
}


def lines(rows: list[Row]) -> list[list[str]]:
    heads = ["part", "what", "figures", "seconds", "peak MB"]
    cells = [
        [
            one.part, one.name, "; ".join(f"{key}: {value}" for key, value in one.figures.items()),
            f"{one.seconds:.1f}", f"{one.megabytes:.0f}",
        ]
        for one in rows
    ]  # fmt: skip
    return [heads, *cells]


def write(path: Path, facts: dict[str, str], rows: list[Row]) -> None:
    """.json: everything; any other suffix: a table in Markdown."""
    if path.suffix == ".json":
        path.write_text(json.dumps(facts | {"rows": [asdict(one) for one in rows]}, indent=1))
        return
    heads, *cells = lines(rows)
    text = [", ".join(f"{key}: {value}" for key, value in facts.items()), ""]
    text += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    text += [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in cells]
    path.write_text("\n".join(text) + "\n")


def arguments_of(words: list[str]) -> dict[str, str]:
    given = dict(word.partition("=")[::2] for word in words)
    usual = {"device": "gpu", "quick": "false", "parts": ",".join(PARTS)}
    usual |= {"seconds": "470", "out": ""}
    if unknown := sorted(given.keys() - usual.keys()):
        raise Refused(f"there is no key {unknown[0]!r}: say {', '.join(usual)}.")
    if foreign := set(filter(None, given.get("parts", "").split(","))) - PARTS.keys():
        raise Refused(f"there is no part {sorted(foreign)[0]!r}: say {', '.join(PARTS)}.")
    return usual | given


def main() -> int:
    started = time.monotonic()
    try:
        given = arguments_of(sys.argv[1:])
        if given["device"] == "gpu" and not torch.cuda.is_available():
            raise Refused(NO_GPU)
        device = device_of(given["device"])
    except Refused as refusal:
        print(f"bench/gpu.py: {refusal}", file=sys.stderr)
        return 2
    try:
        sources.load("vgg16")
        weights = None
    except Refused as refusal:
        weights = str(refusal)
        print(f"without VGG-16: {weights}", flush=True)
    bench = Bench(device, given["quick"] == "true", started + float(given["seconds"]), weights)
    facts = {"device": device_name(device), "torch": torch.__version__, "quick": given["quick"]}
    print(", ".join(f"{key}: {value}" for key, value in facts.items()), flush=True)
    rows = []
    for part in given["parts"].split(","):
        for one in PARTS[part](bench):
            rows.append(one)
            print(" | ".join(lines([one])[1]), flush=True)
    print(f"done in {time.monotonic() - started:.0f} s")
    if given["out"]:
        write(Path(given["out"]), facts, rows)
    return int(any(one.failed for one in rows))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--verb"]:
        run_verb(sys.argv[2:])
    else:
        sys.exit(main())
