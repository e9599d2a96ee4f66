"""Two processes on this machine that train one net, by gloo: run as a script with a folder."""

import sys
from dataclasses import replace
from pathlib import Path

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from helpers.training import EXEMPLAR, RECIPE, small_vgg
from texturenet.generator.architecture import Architecture
from texturenet.generator.trainable import PyramidGenerator
from texturenet.losses.priors import Detail, Glints, Range
from texturenet.losses.targets import targets_of
from texturenet.losses.texture import TextureLoss
from texturenet.noise.units import Units
from texturenet.noise.waves import Waves
from texturenet.training.batches import crops_of
from texturenet.training.between import between_of
from texturenet.training.guard import Guard, Limits
from texturenet.training.module import TextureTraining
from texturenet.training.octave import Comparison, Octave
from texturenet.training.periodic import Periodic
from texturenet.training.processes import environment, strategy

ALL = {"gram": 1.0, "covariance": 0.5, "mean": 0.3, "deviation": 0.7}
CASES = {
    "logarithms": {"combine": "log"},
    "pooled": {"combine": "log", "pooled": True},
    "published": {"combine": "sum", "unit_gradient": True},
    "repeating": {"combine": "log"},
}


def training(case, octaves=1, freeze_at=0.5):
    settings = CASES[case]
    descriptor = small_vgg()
    recipe = replace(RECIPE, batch=4, steps=4, windows=octaves > 1, freeze_at=freeze_at)
    torch.manual_seed(0)
    units = Units((2, 0), (0, -2), 1)
    waves = Waves(16, ((2, 0), (0, 2)), units) if case == "repeating" else None
    channels = 3 + (waves.channels if waves else 0)
    shape = replace(Architecture.growing(2 + octaves, 4, channels), heads=octaves > 1)
    parts = []
    for number in range(octaves):
        exemplar = F.avg_pool2d(EXEMPLAR, 2**number) if number else EXEMPLAR
        crops = crops_of(exemplar, recipe.size, 9)
        targets = targets_of(crops, descriptor, pooled=settings.get("pooled", False))
        terms = {
            "range": Range(1.0), "detail": Detail(0.1, exemplar), "glints": Glints(0.1, exemplar)
        }  # fmt: skip
        parts.append(Octave(Comparison(descriptor, TextureLoss(targets, ALL, **settings)), terms))
    net = PyramidGenerator(shape)
    placed = {}
    if waves:
        differing = between_of(1.0, waves, EXEMPLAR, (0, 0))
        placed = {"periodic": {0: squares()}, "between": {0: differing}}
    return TextureTraining(net, parts, recipe, waves, {"exemplar": "dots"}, None, placed)


def squares():
    """A term for what repeats."""
    cycles = torch.tensor([[2.0, 0.0], [0.0, 2.0], [2.0, 2.0]]) / 16
    amplitudes = torch.tensor([[0.2, 0.1j, 0.05], [0.1, 0.1, 0.1j], [0.0, 0.2j, 0.1]])
    return Periodic(1.0, cycles, amplitudes, torch.full((3,), 0.5), cell=1)


class Seen(pl.Callback):
    """Every step's values, the first step's gradients, and how different pictures are."""

    def __init__(self):
        self.values, self.gradients = [], None

    def on_before_optimizer_step(self, trainer, module, optimizer):
        if self.gradients is None:
            named = module.generator.named_parameters()
            self.gradients = {name: p.grad.clone() for name, p in named if p.grad is not None}

    def on_train_batch_end(self, trainer, module, *_):
        self.values.append(dict(module.values))


def fitted(module, folder, **options):
    seen = Seen()
    guard = Guard(Limits(every=2, worse=100.0, alike=0.0, patience=0, times=1), print)
    trainer = pl.Trainer(
        max_steps=module.recipe.steps,
        accelerator="cpu",
        logger=False,
        callbacks=[seen, guard],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        default_root_dir=folder,
        **options,
    )
    trainer.fit(module, DataLoader(range(module.recipe.steps), batch_size=None))
    return {
        "values": seen.values,
        "gradients": seen.gradients,
        "weights": dict(module.generator.state_dict()),
        "best": guard.watch.state["best"],
    }


def cases():
    return {
        **{name: (name,) for name in CASES},
        "octaves": ("logarithms", 2),
        "fixed": ("logarithms", 1, 0.0),  # statistics, from the first step
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, its = Path(sys.argv[1]), environment()
    for name, case in cases().items():
        module = training(*case)
        found = fitted(
            module,
            folder,
            devices=2,
            strategy=strategy(torch.device("cpu"), its, len(module.octaves) > 1),
        )
        torch.save(found, folder / f"{name}_{its.local_rank()}.pt")
