"""A VGG with fewer channels, fitted to one exemplar: the same layers for a part of the products.

Photographs of one texture excite a small part of what a network for all photographs can see. From
the shallowest convolution to the deepest: of its channels those are kept from which the others can
be predicted best, and the next kernel is fitted anew, by least squares, to give from these what the
whole network gave. He, Zhang and Sun 2017 ("Channel Pruning for
Accelerating Very Deep Neural Networks", section 3.1) alternate the same two steps; they choose by
LASSO, here a pivoted Cholesky factorisation chooses.

The narrower network is right for the exemplar and for pictures like it, and it can be deceived by
others: a net may be trained against it at first, and has to be trained against the whole later.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ..types import ConvWeights
from .base import ZEROS, convolve
from .vgg import Vgg

Places = tuple[Tensor, Tensor, Tensor]  # picture, row and column of each, (N,)
MULTIPLE = 16  # of channels, which convolutions on CPUs take in such groups
SAMPLES = 4096  # positions at which channels are compared, at the least
PER_INPUT = 3  # positions to each input of a fit, at the least
RIDGE = 0.1  # of the mean energy of inputs, which pulls a fitted kernel to the network's own
SEED = 1  # of the positions and of `variations`


@torch.no_grad()
def pruned(vgg: Vgg, pictures: Tensor, share: float) -> Vgg:
    """The same layers of a VGG from fewer channels.

    Parameters
    ----------
    vgg : the whole network
    pictures : (B,3,H,W) in [0,1] that it is fitted to, see `variations`; on its device
    share : of the channels that are kept, 0 to 1, and MULTIPLE at the least. All of the deepest
        convolution are

    Returns
    -------
    A Vgg whose layers have the same names, and features of fewer channels
    """
    convolutions = [name for name in vgg.computed if name.startswith("conv")]
    random = torch.Generator().manual_seed(SEED)
    fitted: dict[str, ConvWeights] = {}
    kept: Tensor | None = None  # channels of the convolution before, or None for all
    whole = narrow = vgg.normalised_input(pictures)
    for name, onward in zip(convolutions, [*convolutions[1:], None], strict=True):
        kernel, bias = vgg.convolution(name)
        wanted = convolve(whole, kernel, bias, ZEROS)
        if kept is not None:
            kernel = _fit(narrow, kernel[:, kept], wanted - bias.view(-1, 1, 1), random)
        if onward is not None:
            whole = _between(vgg, name, onward, wanted)
            kept = _telling(whole, vgg.convolution(onward)[0], _count(share, len(bias)), random)
            kernel, bias = kernel[kept], bias[kept]
            narrow = _between(vgg, name, onward, convolve(narrow, kernel, bias, ZEROS))
        fitted[name] = kernel.contiguous(memory_format=torch.channels_last), bias.contiguous()
    return vgg.with_weights(fitted)


def _count(share: float, channels: int) -> int:
    """How many of them are kept."""
    return min(channels, MULTIPLE * max(1, round(share * channels / MULTIPLE)))


def _between(vgg: Vgg, name: str, onward: str, maps: Tensor) -> Tensor:
    """What one convolution makes (B,O,h,w) -> what the next takes in."""
    maps = F.relu(maps)
    return maps if onward[4] == name[4] else vgg.pool(maps, 2)  # a pool parts two blocks


def variations(crops: Tensor) -> Tensor:
    """Crops (B,3,H,W) of an exemplar -> (4B,3,H,W): these, and what a net may draw in their place
    before it has learnt: with noise, with scrambled phases, and smoothed with more contrast."""
    random = torch.Generator().manual_seed(SEED)
    mean = crops.mean(dim=(2, 3), keepdim=True)
    noise = torch.randn(crops.shape, generator=random).to(crops)
    phases = torch.fft.rfft2(noise[:, :1])
    spectrum = torch.fft.rfft2(crops - mean) * phases / phases.abs().clamp(min=1e-12)
    scrambled = mean + torch.fft.irfft2(spectrum, s=crops.shape[-2:])
    smooth = mean + 1.5 * (F.avg_pool2d(crops, 5, 1, 2, count_include_pad=False) - mean)
    return torch.cat([crops, crops + 0.15 * noise, scrambled, smooth]).clamp(0, 1)


def _telling(features: Tensor, kernel: Tensor, count: int, random: torch.Generator) -> Tensor:
    """The channels (count,), ascending, that the others can be predicted from best, each weighed
    by the strength of what the next convolution makes of it: those that a pivoted Cholesky
    factorisation of their covariance takes first.

    features : (B,I,h,w), the inputs of the convolution
    kernel : (O,I,3,3)
    """
    values = _values(features, _places(features, SAMPLES, random))  # (N,I)
    values = (values - values.mean(0)) * kernel.square().sum(dim=(0, 2, 3)).sqrt()
    gram = values.T @ values / len(values)
    left, factor = gram.diagonal().clone(), gram.new_zeros(len(gram), count)
    chosen = []
    for column in range(count):
        pivot = int(left.argmax())
        known = factor[:, :column] @ factor[pivot, :column]
        factor[:, column] = (gram[:, pivot] - known) / left[pivot].clamp(min=1e-20).sqrt()
        left = (left - factor[:, column].square()).clamp(min=0)
        chosen.append(pivot)
        left[chosen] = -1
    return torch.tensor(sorted(chosen), device=features.device)


def _fit(features: Tensor, kernel: Tensor, wanted: Tensor, random: torch.Generator) -> Tensor:
    """A kernel (O,I,3,3) that gives from features (B,I,h,w) what is wanted (B,O,h,w), by least
    squares with a pull towards `kernel`."""
    inputs = kernel[0].numel()  # 9I
    places = _places(features, max(SAMPLES, PER_INPUT * inputs), random)
    patches, targets = _patches(features, places), _values(wanted, places)  # (N,9I), (N,O)
    gram = patches.T @ patches
    pull = RIDGE * gram.diagonal().mean() + 1e-12
    right = patches.T @ targets + pull * kernel.flatten(1).T
    gram.diagonal().add_(pull)
    return torch.linalg.solve(gram, right).T.reshape(kernel.shape)


def _patches(features: Tensor, places: Places) -> Tensor:
    """What a 3x3 kernel sees of (B,I,h,w) at N places: (N,9I), as kernels are flattened."""
    batch, rows, columns = places
    around = F.pad(features, (1, 1, 1, 1))
    taps = [around[batch, :, rows + i, columns + j] for i in range(3) for j in range(3)]
    return torch.stack(taps, 2).flatten(1)


def _values(maps: Tensor, places: Places) -> Tensor:
    """(B,O,h,w) -> (N,O) at N places."""
    batch, rows, columns = places
    return maps[batch, :, rows, columns]


def _places(maps: Tensor, count: int, random: torch.Generator) -> Places:
    """`count` places of (B,C,h,w), none twice, or all where there are fewer."""
    size, _, height, width = maps.shape
    order = torch.randperm(size * height * width, generator=random)[:count].to(maps.device)
    return order // (height * width), order // width % height, order % width
