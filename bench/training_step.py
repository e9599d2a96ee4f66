"""A training step: its parts, and against the same step written plainly.

    python bench/training_step.py [threads=2] [repeats=7]

The net is the five-scale pyramid of Ulyanov et al., and the descriptor the whole one. Plain means:
the same net, noise law, descriptor and loss in float32, out of torch's own modules, as
a textbook has them. All take their turns in one process, so that ratios hold when the machine's
speed drifts. Medians of the repeats.
"""

import statistics
import sys
import time
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from texturenet.commands import app
from texturenet.commands.train.setup import build, with_defaults
from texturenet.descriptors import sources
from texturenet.descriptors.vgg import layer_names
from texturenet.hardware import best_precision
from texturenet.io.exemplars import load_picture
from texturenet.noise.philox import TRAINING
from texturenet.training.muon import Muon

NET = {"generator": "ulyanov2016", "generator.scales": 5, "pruning.channels": 1.0}
WORDS = {"32-true": "float32", "bf16-mixed": "bfloat16"}  # of Lightning, of the commands


def plain_block(channels, width):
    layers = []
    for kernel in (3, 3, 1):
        padding = {"padding": kernel // 2, "padding_mode": "circular"} if kernel > 1 else {}
        layers += [nn.Conv2d(channels, width, kernel, **padding)]
        layers += [nn.InstanceNorm2d(width, affine=True), nn.LeakyReLU(0.01)]
        channels = width
    return nn.Sequential(*layers)


class PlainPyramid(nn.Module):
    """Ulyanov's pyramid, written as the papers draw it."""

    def __init__(self, scales, step=8):
        super().__init__()
        widths = [step * (k + 1) for k in range(scales)]
        self.branch = nn.ModuleList(plain_block(3, step) for _ in widths)
        self.body = nn.ModuleList(plain_block(width, width) for width in widths[1:])
        norms = [nn.InstanceNorm2d(width, affine=True) for width in widths[:-1]]
        self.deep, self.up = nn.ModuleList(norms), nn.Upsample(scale_factor=2)
        self.shallow = nn.ModuleList(nn.InstanceNorm2d(step, affine=True) for _ in widths[1:])
        self.output = nn.Conv2d(widths[-1], 3, 1)

    def forward(self, noise):
        x = self.branch[0](noise[0])
        for k, z in enumerate(noise[1:]):
            parts = [self.deep[k](self.up(x)), self.shallow[k](self.branch[k + 1](z))]
            x = self.body[k](torch.cat(parts, 1))
        return self.output(x)


def plain_descriptor(tensors, layers, pool, architecture="vgg16"):
    """VGG to its last layer as a list of modules, and which of them are read."""
    modules, read = [], []
    for name in layer_names(architecture):
        if name.startswith("conv"):
            kernel, bias = tensors[name]
            conv = nn.Conv2d(*kernel.shape[1::-1], 3, padding=1)
            conv.weight.data, conv.bias.data = kernel, bias
            modules.append(conv.requires_grad_(False))
        else:
            modules.append(nn.ReLU() if name.startswith("relu") else pool)
        read.append(name in layers)
        if name == layers[-1]:
            return modules, read
    raise AssertionError(layers)


class Plain:
    """The step in float32 out of torch's modules, with our optimiser, whose like torch lacks."""

    def __init__(self, module, tensors):
        self.net, self.recipe = PlainPyramid(module.generator.architecture.scales), module.recipe
        loss = module.octaves[0].whole.loss
        layers = [layer for layer in loss.layers if "@" not in layer]
        self.octaves = len(loss.layers) // len(layers)
        self.modules, self.read = plain_descriptor(tensors, layers, nn.MaxPool2d(2))
        self.targets = [
            [getattr(loss, f"{layer}_{part}")[0] for part in ("covariance", "mean")]
            + [getattr(loss, f"{layer}_units")]
            for layer in loss.layers
        ]
        settings = (self.recipe.learning_rate, self.recipe.betas)
        settings += (self.recipe.matrix_rate, self.recipe.momentum)
        self.optimizer = Muon(self.net.parameters(), *settings)

    def step(self):
        side, batch = self.recipe.size, self.recipe.batch
        scales = len(self.net.branch)
        noise = [torch.rand(batch, 3, *2 * [side >> scales - 1 - k]) for k in range(scales)]
        picture = self.net(noise)
        outside = F.relu(picture - 1).add(F.relu(-picture))
        total = outside.square().mean() + self.error(picture)
        self.optimizer.zero_grad()
        total.backward()
        self.optimizer.step()

    def error(self, picture):
        total, targets = 0.0, iter(self.targets)
        for octave in range(self.octaves):
            picture = F.avg_pool2d(picture, 2) if octave else picture
            x = picture.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
            for layer, read in zip(self.modules, self.read, strict=True):
                x = layer(x)
                if read:
                    total = total + plain_error(x, *next(targets))
        return total


def plain_error(x, covariance, mean, units):
    """Logarithms of the errors of a layer: covariance and mean of the batch, in whitened units."""
    maps = x.transpose(0, 1).flatten(1)  # (C,N)
    ours = maps.mean(1)
    spread = units @ torch.cov(maps, correction=0) @ units
    total = 0.0
    for statistic, target in ((spread, covariance), (ours @ units, mean)):
        error = (statistic - target).square().sum() / target.square().sum()
        total = total + torch.log(error + 1e-8)
    return total


class Ours:
    """The step as `texturenet train` takes it: `TextureTraining.training_step`, backward, Adam."""

    def __init__(self, module, precision):
        self.module, self.half = module, precision == "bf16-mixed"
        self.optimizer = module.configure_optimizers()["optimizer"]

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.half)

    def step(self):
        with self.autocast():
            loss = self.module.training_step(None, 0)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def parts(self):
        """Seconds of noise, generator forward, description, its gradient, generator's, Adam."""
        module, whole, marks = self.module, self.module.octaves[0].whole, [time.perf_counter()]
        noise = module.noise(0, module.recipe.batch, TRAINING)
        marks.append(time.perf_counter())
        with self.autocast():
            picture = module.generator(*noise)
            marks.append(time.perf_counter())
            terms = whole.loss(whole.loss.errors(whole.descriptor(picture)))
        loss = sum(terms.values())
        marks.append(time.perf_counter())
        (gradient,) = torch.autograd.grad(loss, picture)
        marks.append(time.perf_counter())
        self.optimizer.zero_grad()
        picture.backward(gradient)
        marks.append(time.perf_counter())
        self.optimizer.step()
        marks.append(time.perf_counter())
        return [after - before for before, after in pairwise(marks)]


def timed(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main():
    given = dict(argument.split("=") for argument in sys.argv[1:])
    torch.set_num_threads(int(given.get("threads", 2)))
    chosen = app.request("train", {"exemplar": "gravel", **NET}).options
    picture = load_picture("gravel", side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    precision = best_precision("cpu")
    module = build(chosen, loaded, picture, torch.device("cpu"))
    in_float = build(chosen, loaded, picture, torch.device("cpu"))
    ours, single = Ours(module, precision), Ours(in_float, "32-true")
    plain = Plain(module, sources.load("vgg16").tensors)
    rounds = []
    for _ in range(int(given.get("repeats", 7)) + 1):
        rounds.append([timed(ours.step), timed(single.step), timed(plain.step)])
    fast, own, slow = (statistics.median(column) for column in zip(*rounds[1:], strict=True))
    print(f"{module.recipe.size}x{module.recipe.size}, batch {module.recipe.batch}, "
          f"{module.generator.architecture.scales} scales, {torch.get_num_threads()} threads, "
          f"torch {torch.__version__}")  # fmt: skip
    print(f"ours, {WORDS[precision]:<11} {1000 * fast:6.0f} ms")
    print(f"ours, float32     {1000 * own:6.0f} ms   {own / fast:.2f} x")
    print(f"plain float32     {1000 * slow:6.0f} ms   {slow / fast:.2f} x")
    parts = zip(*[ours.parts() for _ in range(len(rounds))], strict=True)
    noise, forward, describe, back, through, adam = (
        1000 * statistics.median(column) for column in parts
    )
    print(f"profile of ours: descriptor and loss {describe + back:.0f} ms,", end=" ")
    print(f"generator {forward + through:.0f} ms, noise {noise:.0f} ms, Adam {adam:.0f} ms")


if __name__ == "__main__":
    main()
