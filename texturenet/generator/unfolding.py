"""A frozen net -> the state of a trainable one that draws the same: where a child begins.

A frozen convolution (w', b') of a layer whose output has mean m and deviation s, over samples,
becomes a convolution without bias and a norm that does nothing to such samples: weights w = c w',
stored mean c (m - b'), stored variance (c s)^2, scale s, shift m. With stored statistics the net
is then the frozen one exactly; with those of each sample, as it is trained, it is so but for what
statistics of one sample differ from those of all. c, one positive number a channel, is free: the
norm takes it out again. It is chosen so that weights are as large as those of a fresh net, since
that decides how far a step of training goes.

What enters a join is normalised too, where the trainable net does that: its deviation goes into
the weights behind it, its mean into nothing, since the next norm takes means out.
"""

import torch
from torch import Tensor

from ..noise.waves import Waves
from .architecture import Architecture
from .frozen import FrozenPyramid
from .moments import Moments, Probe, measured, probe
from .trainable import Layer, Norm, PyramidGenerator

WAVE = Moments(torch.tensor(0.5), torch.tensor(0.125).sqrt())  # of a cosine on [0,1]


@torch.no_grad()
def begin_from(
    net: PyramidGenerator, parent: FrozenPyramid, law: str, waves: Waves | None = None
) -> None:
    """Give a trainable net the weights with which it draws what a frozen one draws.

    Parameters
    ----------
    net : is changed in place; its statistics stay those of each sample. Its architecture is that
        of the parent, but that it may have more channels of noise, for waves: what reads them
        starts at zero
    parent : on any device
    law, waves : of the noise that the net is trained on
    """
    shape = parent.architecture
    own = {name: tensor.cpu() for name, tensor in parent.weights().items()}
    given = probe(net.architecture, law, waves)
    known = [z[:, : shape.noise_channels] for z in given.noise]
    found = measured(shape, own, Probe(known, given.drops))
    state = net.state_dict()
    extra = net.architecture.noise_channels - shape.noise_channels
    for name, *_ in shape.convolutions():
        weight, bias = own[f"{name}.weight"], own[f"{name}.bias"]
        group, *place = name.split(".")
        if group in ("output", "head"):
            state[f"{name}.weight"].copy_(weight)
            state[f"{name}.bias"].copy_(bias)
            continue
        scale, index = map(int, place)
        weight, constant = _joined(net, name, weight, found)
        if extra and reads_noise(shape, name):
            weight = torch.cat([weight, weight.new_zeros(len(weight), extra, *weight.shape[2:])], 1)
        blocks = getattr(net, group)[scale if group == "branch" else scale - 1]
        _set_layer(blocks[index], weight, bias + constant, found[name])


def reads_noise(shape: Architecture, name: str) -> bool:
    """Whether the last channels that a convolution takes in are those of noise."""
    group, scale, index = (*name.split("."), "0", "0")[:3]
    if group == "branch":
        return index == "0"
    return group == "body" and index == "0" and not shape.branched(int(scale))


def _joined(
    net: PyramidGenerator, name: str, weight: Tensor, found: dict[str, Moments]
) -> tuple[Tensor, Tensor]:
    """Weights (O,I,k,k) of a convolution behind a join, for what the norms of the join make of its
    input, and what is missing then of its output (O,)."""
    group, scale, index = name.split(".")
    if (group, index) != ("body", "0"):
        return weight, weight.new_zeros(len(weight))
    norms = [(net.join_deep, "deep"), (net.join_noise, "noise")]
    scales, means = [], []
    for joins, side in norms:
        norm, has = joins[int(scale) - 1], found[f"join_{side}.{scale}"]
        if isinstance(norm, Norm):
            _store(norm, has)
            scales.append((norm.var + norm.eps).sqrt()[: len(has.mean)])
            means.append(has.mean.float())
        else:
            scales.append(torch.ones(len(has.mean)))
            means.append(torch.zeros(len(has.mean)))
    missing = torch.einsum("oikl,i->o", weight, torch.cat(means))
    return weight * torch.cat(scales).view(1, -1, 1, 1), missing


def _store(norm: Norm, has: Moments) -> None:
    """A norm with a scale of 1 and a shift of 0, and these statistics; those of waves behind."""
    more = len(norm.mean) - len(has.mean)
    norm.mean.copy_(torch.cat([has.mean, WAVE.mean.double().expand(more)]))
    norm.var.copy_(torch.cat([has.deviation, WAVE.deviation.double().expand(more)]).square())
    norm.weight.fill_(1)
    norm.bias.fill_(0)


def _set_layer(layer: Layer, weight: Tensor, bias: Tensor, has: Moments) -> None:
    """bias: what is added to the convolution to give outputs of these moments."""
    fan = weight[0].numel()
    size = weight.flatten(1).square().mean(1).sqrt()  # (O,)
    usual = (3 * fan) ** -0.5  # of U(+-1/sqrt(fan in)), with which layers begin
    factor = torch.where(size > 0, usual / size.clamp(min=1e-12), torch.ones_like(size))
    norm = layer.norm
    layer.weight.copy_(weight * factor.view(-1, 1, 1, 1))
    norm.mean.copy_(factor * (has.mean.float() - bias))
    norm.var.copy_((factor * has.deviation.float()).square())
    norm.weight.copy_((norm.var + norm.eps).sqrt() / factor)
    norm.bias.copy_(has.mean.float())
