"""seed -> weights that nobody trained, each kernel a pure function of its address.

Drawn from the noise field, so that they are the same whatever was drawn before, and in any version
of torch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..noise import laws, philox
from .vgg import convolution_names
from .weights import FILTERS, Weights, checked

RANDOM_FILTERS = "random_filters"
CHANNELS = (64, 128, 256, 512, 512)  # of the blocks of a VGG (Simonyan, Zisserman 2014, table 1)
CANDIDATES = 2**16  # of one layer at the most
ROWS = 2**16  # of the noise field that each of them has
CONVENTION = "caffe"  # colours about their mean


@dataclass(frozen=True)
class Filters:
    """sides: of the filters, odd. maps: filters of each. seed: of their values. centred: share of
    the maps whose weights sum to 0, which are blind to how bright a picture is."""

    sides: Sequence[int]
    maps: int
    seed: int
    centred: float


# The bank that judges textures: of a seed that no descriptor is likely to have.
JUDGE = Filters(sides=(3, 7, 15, 37), maps=16, seed=2**32 + 1, centred=0.75)


def shapes(architecture: str, width: float) -> dict[str, tuple[int, int, int, int]]:
    """{conv name: (O,I,3,3)} of a VGG with that share of its channels, one at least."""
    found, before = {}, 3
    for name in convolution_names(architecture):
        channels = max(1, round(width * CHANNELS[int(name[4]) - 1]))
        found[name] = channels, before, 3, 3
        before = channels
    return found


def gaussian_kernel(
    seed: int, layer: int, candidate: int, shape: tuple[int, int, int, int], deviation: float
) -> tuple[Tensor, Tensor]:
    """Kernel (O,I,k,k) and bias (O,), all independent N(0, deviation).

    layer, candidate: which of many; every filter is a row of the noise field, its bias at the end.
    """
    maps, *kernel = shape
    values = kernel[0] * kernel[1] * kernel[2] + 1
    first = philox.address(candidate * ROWS, maps, None)
    columns = philox.address(0, -(-values // philox.WORDS), None)
    field = philox.cells([seed], layer, first, columns, philox.WORDS, philox.WEIGHTS)
    rows = field[0].permute(1, 2, 0).flatten(1)[:, :values]  # (O,I*k*k+1)
    rows = deviation * laws.gaussian(rows)
    return rows[:, :-1].reshape(shape).contiguous(), rows[:, -1].contiguous()


def filters(wanted: Filters) -> Weights:
    """One layer of filters of several sizes (Ustyuzhaninov et al. 2016, section 2).

    Uniform within +- sqrt(6 / (inputs + outputs)), biases 0 (Glorot, Bengio 2010, eq. 16, which is
    what the authors' framework starts with), so that filters of every size answer as strongly.
    """
    tensors = {}
    for side in wanted.sides:
        field = philox.cells(
            [wanted.seed], side, philox.address(0, wanted.maps, None),
            philox.address(0, side * side, None), 3, philox.WEIGHTS,
        )  # fmt: skip
        bound = (6 / ((3 + wanted.maps) * side * side)) ** 0.5
        kernel = bound * (2 * field[0].transpose(0, 1) - 1)  # (M,3,k*k)
        kernel = kernel.reshape(wanted.maps, 3, side, side).contiguous()
        if side > 1:
            blind = kernel[: round(wanted.centred * wanted.maps)]
            blind -= blind.mean((1, 2, 3), keepdim=True)
        tensors[f"conv{side}x{side}"] = kernel, torch.zeros(wanted.maps)
    return checked(FILTERS, CONVENTION, tensors, RANDOM_FILTERS)
