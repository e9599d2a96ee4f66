"""Seeds -> random weights, each kernel a pure function of its address in the noise field.

They are the same whatever was drawn before, and in any version of torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from ..noise import laws, philox
from ..types import ConvWeights
from .vgg import convolution_names
from .weights import FILTERS, Weights, checked

RANDOM_FILTERS = "random_filters"
CHANNELS = (64, 128, 256, 512, 512)  # of the blocks of a VGG (Simonyan, Zisserman 2014, table 1)
CANDIDATES = 2**16  # of one layer, at most
ROWS = 2**16  # of the noise field, for each candidate
CONVENTION = "caffe"  # colours about their mean


@dataclass(frozen=True)
class Filters:
    """A bank of random filters.

    Attributes
    ----------
    sides : of the filters in pixels, odd
    maps : filters of each side
    seed : of their values
    centred : share, 0 to 1, of the filters whose weights sum to 0 and which therefore do not
        respond to the mean brightness
    """

    sides: Sequence[int]
    maps: int
    seed: int
    centred: float


# The bank that scores textures; its seed is one that no user's descriptor is likely to have.
JUDGE = Filters(sides=(3, 7, 15, 37), maps=16, seed=2**32 + 1, centred=0.75)


def shapes(architecture: str, width: float) -> dict[str, tuple[int, int, int, int]]:
    """{conv name: (O,I,3,3)} of a VGG. width: share of its channels, one of which always stays."""
    kernels, before = {}, 3
    for name in convolution_names(architecture):
        channels = max(1, round(width * CHANNELS[int(name[4]) - 1]))
        kernels[name] = channels, before, 3, 3
        before = channels
    return kernels


def gaussian_kernel(
    seed: int, layer: int, candidate: int, shape: tuple[int, int, int, int], deviation: float
) -> ConvWeights:
    """Kernel (O,I,k,k) and bias (O,), all independent normal numbers.

    Every filter is a row of the noise field, its bias at the end.

    Parameters
    ----------
    seed : of the noise field
    layer : number of the layer, the scale of the noise field
    candidate : number of the draw, below CANDIDATES
    shape : (O,I,k,k)
    deviation : standard deviation, about 0
    """
    maps, *kernel = shape
    values = kernel[0] * kernel[1] * kernel[2] + 1
    first = philox.address(candidate * ROWS, maps, None)
    columns = philox.address(0, -(-values // philox.WORDS), None)
    field = philox.cells([seed], layer, first, columns, philox.WORDS, philox.WEIGHTS)
    rows = field[0].permute(1, 2, 0).flatten(1)[:, :values]  # (WORDS,O,n) -> (O,I*k*k+1)
    rows = deviation * laws.gaussian(rows)
    return rows[:, :-1].reshape(shape).contiguous(), rows[:, -1].contiguous()


def filters(bank: Filters) -> Weights:
    """One layer of filters of several sizes (Ustyuzhaninov et al. 2016, section 2).

    Uniform within +- sqrt(6 / (inputs + outputs)), biases 0 (Glorot, Bengio 2010, eq. 16, which is
    what the authors' framework starts with), so that responses of every size are as strong.
    """
    tensors = {}
    for side in bank.sides:
        field = philox.cells(
            [bank.seed], side, philox.address(0, bank.maps, None),
            philox.address(0, side * side, None), 3, philox.WEIGHTS,
        )  # fmt: skip
        bound = (6 / ((3 + bank.maps) * side * side)) ** 0.5
        kernel = bound * (2 * field[0].transpose(0, 1) - 1)  # (M,3,k*k)
        kernel = kernel.reshape(bank.maps, 3, side, side).contiguous()
        if side > 1:
            centred = kernel[: round(bank.centred * bank.maps)]
            centred -= centred.mean((1, 2, 3), keepdim=True)  # in place, of `kernel`
        tensors[f"conv{side}x{side}"] = kernel, torch.zeros(bank.maps)
    return checked(FILTERS, CONVENTION, tensors, RANDOM_FILTERS)
