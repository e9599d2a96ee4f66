"""Milliseconds of a training step on a GPU: recorded as a CUDA graph, and operation by operation.

    python bench/recorded.py [exemplar=gravel] [steps=200]

Both in turns, by the default recipe and Lightning's own loop: medians, which leave out the few
steps in which recordings are made. Leaves with status 2 where there is no GPU.
"""

import statistics
import sys
import time
import warnings

import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from texturenet.commands import app
from texturenet.commands.train.live import quiet
from texturenet.commands.train.setup import build, with_defaults
from texturenet.hardware import best_precision, device_name, device_of
from texturenet.io.exemplars import load_picture

FIRST = 60  # steps that are not counted: in most of the others nothing is recorded any more


class Times(pl.Callback):
    """When every step ended."""

    def __init__(self):
        self.ends = []

    def on_train_batch_end(self, trainer, module, *_):
        self.ends.append(time.perf_counter())  # the loss has been read: the GPU has ended


def main(words: list[str]) -> int:
    given = {"exemplar": "gravel", "steps": "200"} | dict(word.split("=", 1) for word in words)
    if not torch.cuda.is_available():
        print("bench/recorded.py: there is no GPU here that torch can use.", file=sys.stderr)
        return 2
    device, steps = device_of("gpu"), int(given["steps"])
    print(f"{device_name(device)}, torch {torch.__version__}, {best_precision('cuda')}")
    found: dict[bool, list[float]] = {True: [], False: []}
    for recorded in (True, False) * 2:
        milliseconds, first, errors = trained(given["exemplar"], steps, recorded, device)
        found[recorded].append(milliseconds)
        how = "recorded" if recorded else "one by one"
        print(f"{how}: {milliseconds:.1f} ms a step, the first {FIRST} in {first:.1f} s, {errors}")
    ratio = statistics.median(found[False]) / statistics.median(found[True])
    print(f"recorded steps are {ratio:.1f} times as fast")
    return 0


def trained(
    name: str, steps: int, recorded: bool, device: torch.device
) -> tuple[float, float, str]:
    values = {"exemplar": name, "device": "gpu", "steps": FIRST + steps, "recorded": recorded}
    chosen = app.request("train", values).options
    picture = load_picture(name, crop=None, side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    module, times = build(chosen, loaded, picture, device), Times()
    with quiet(), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        trainer = pl.Trainer(
            max_steps=chosen.steps, accelerator="gpu", devices=1, callbacks=[times],
            precision=best_precision("cuda"), logger=False, enable_checkpointing=False,
            enable_progress_bar=False, enable_model_summary=False,
        )  # fmt: skip
        started = time.perf_counter()
        trainer.fit(module, DataLoader(range(chosen.steps), batch_size=None))
    for warning in said:
        if "recorded" in str(warning.message):
            print(warning.message)
    ends = times.ends
    took = [late - early for early, late in zip(ends[FIRST:], ends[FIRST + 1 :], strict=False)]
    error = sum(module.errors.values()) / len(module.errors)
    return 1e3 * statistics.median(took), ends[FIRST] - started, f"mean error {error:.3f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
