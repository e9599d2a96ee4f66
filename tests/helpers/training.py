"""A training of a second."""

from dataclasses import replace

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader

from helpers.networks import narrow_vgg
from helpers.pictures import dots
from texturenet.descriptors.vgg import Vgg
from texturenet.generator.architecture import Architecture
from texturenet.generator.trainable import PyramidGenerator
from texturenet.losses.priors import Range
from texturenet.losses.targets import targets_of
from texturenet.losses.texture import TextureLoss
from texturenet.training.batches import crops_of
from texturenet.training.callbacks import WholeFiles
from texturenet.training.module import TextureTraining
from texturenet.training.octave import Comparison, Octave
from texturenet.training.recipe import Recipe

RECIPE = Recipe(
    size=16,
    windows=False,
    batch=2,
    steps=8,
    seed=0,
    law="uniform",
    kind="adam",
    learning_rate=0.01,
    matrix_rate=0.02,
    momentum=0.95,
    betas=(0.9, 0.99),
    schedule="cosine",
    hold=0.4,
    floor=0.01,
    decay=0.8,
    every=300,
    freeze_at=0.5,
    freeze_samples=4,
    average=0.5,
    whole_from=0.0,
)
EXEMPLAR = torch.tensor(dots()).permute(2, 0, 1)[None].float() / 255


def small_vgg():
    """A descriptor of six features, which takes no time."""
    return Vgg(
        narrow_vgg(width=6),
        ["relu1_1", "pool2"],
        architecture="vgg16",
        convention="torchvision",
        pooling="avg",
    )


def module(recipe=RECIPE, seed=0, origin="dots", early=False, octaves=1):
    descriptor = small_vgg()
    torch.manual_seed(seed)
    generator = PyramidGenerator(
        replace(Architecture.growing(3 if octaves == 1 else 4, 4, 3), heads=octaves > 1)
    )
    parts = [octave_of(EXEMPLAR, descriptor, recipe, early)]
    if octaves == 2:
        parts.append(octave_of(F.avg_pool2d(EXEMPLAR, 2), descriptor, recipe, early))
    return TextureTraining(generator, parts, recipe, None, {"exemplar": origin})


def octave_of(exemplar, descriptor, recipe, early):
    targets = targets_of(crops_of(exemplar, recipe.size, 9), descriptor)
    whole = Comparison(descriptor, TextureLoss(targets, {"gram": 1.0}, combine="log"))
    first = Comparison(descriptor, sums(targets)) if early else None
    return Octave(whole, {"range": Range(1.0)}, first)


def sums(targets):
    """Another loss of the same statistics."""
    return TextureLoss(targets, {"gram": 1.0}, combine="sum")


def fit(training, stop=None, callbacks=(), resume=None, folder=None, precision="32-true"):
    """`stop` ends the run early, as an interruption would."""
    trainer = pl.Trainer(
        max_steps=training.recipe.steps,
        accelerator="cpu",
        precision=precision,
        logger=False,
        callbacks=[*callbacks, *([StopAt(stop)] if stop else [])],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
        plugins=[WholeFiles()],
    )
    trainer.fit(
        training, DataLoader(range(training.recipe.steps), batch_size=None), ckpt_path=resume
    )
    return training


class StopAt(pl.Callback):
    def __init__(self, step):
        self.step = step

    def on_train_batch_end(self, trainer, *_):
        trainer.should_stop = trainer.global_step >= self.step


def weights(training):
    return dict(training.generator.state_dict())


def equal(one, two):
    return all(torch.equal(tensor, two[name]) for name, tensor in one.items())
