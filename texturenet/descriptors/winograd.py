"""3x3 convolutions by frozen kernels in float32 on CPUs, with a quarter of the products.

Winograd's F(4x4, 3x3) after Lavin, Gray 2016 (arXiv 1509.09308): the output lies in tiles of 4x4,
of which each sees 6x6 of the input. Tiles and kernels are evaluated at 6x6 points as if they were
polynomials, multiplied point by point (the values there are called taps), and the products
interpolated. The gradient is a convolution by the kernel turned round. The points come with their
inverses, so that the turned kernel has the same taps in another order.
"""

from functools import cache
from itertools import product
from math import prod

import torch
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.utils.weak import WeakTensorKeyDictionary

from ..types import Size

SIDE = 4  # positions a side of a tile
SEEN = SIDE + 2  # positions a side of what it sees; as many points
TAPS = SEEN**2
# Beside 0 and infinity. Differs from the paper, whose 1, -1, 2, -2 make integers of the matrices:
# the error of these is less than half.
POINTS = (2 / 3, -2 / 3, 3 / 2, -3 / 2)
INVERSES = (5, 3, 4, 1, 2, 0)  # places of the inverses of 0, POINTS, infinity

# Measured by bench/winograd.py. Transforms take as long as products of this many channels.
TRANSFORMS = {"AVX2": 50, "AVX512": 85}
READING = 18  # tiles whose products take as long as it takes to read the taps of a kernel
GAIN = 1.2  # the least that is worth it
TILES = 128  # that are computed at once: their taps stay in the caches of two cores
# Channels in times out up to which taps are also kept transposed, for the gradient. Those of more
# take much memory, and their products are a tenth slower without.
TRANSPOSED = 2**16


def saves(x: Tensor, kernel: Tensor, padding: Size) -> bool:
    """Whether `convolve` can take these arguments and is faster than torch. Depends on shapes and
    the processor alone, so that all steps of a run are computed alike."""
    return (
        x.device.type == "cpu"
        and x.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and gain(kernel, len(x), _output_size(x, padding)) >= GAIN
    )


def kept_bytes(kernel: Tensor, size: Size) -> int:
    """Bytes that are kept of a kernel by which one input is convolved to (height, width)."""
    if gain(kernel, 1, size) < GAIN:
        return 0
    pairs = kernel.shape[0] * kernel.shape[1]
    return (2 if pairs <= TRANSPOSED else 1) * TAPS * pairs * kernel.element_size()


def gain(kernel: Tensor, count: int, size: Size) -> float:
    """How many times as fast as torch it is, by estimate, to convolve `count` inputs to (height,
    width); 0 where that was not measured."""
    outputs, inputs, *side = kernel.shape
    channels = TRANSFORMS.get(torch.backends.cpu.get_cpu_capability())
    if (
        channels is None
        or not torch.backends.mkl.is_available()
        or side != [3, 3]
        or kernel.device.type != "cpu"
        or kernel.dtype != torch.float32
        or kernel.requires_grad
        or kernel.is_inference()  # it does not tell when it is changed
    ):
        return 0.0
    height, width = size
    tiles = count * _tiles(height) * _tiles(width)
    ours = tiles * (1 + channels / inputs + channels / outputs) + READING
    return 9 * count * height * width / (TAPS * ours)


def convolve(x: Tensor, kernel: Tensor, bias: Tensor, padding: Size) -> Tensor:
    """Convolution with a gradient in x alone.

    Parameters
    ----------
    x : (B,I,h,w), float32, channels innermost
    kernel, bias : (O,I,3,3) and (O,)
    padding : zeros beyond rows and beyond columns, 0 to 2

    Returns
    -------
    (B,O,h+2*rows-2,w+2*columns-2), channels innermost
    """
    return _Convolution.apply(x, kernel, bias, padding)


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, kernel: Tensor, bias: Tensor, padding: Size) -> Tensor:
        # Not saved as tensors are: the taps are kept for this very object.
        ctx.kernel, ctx.padding = kernel, padding
        taps, _ = taps_of(kernel)
        return _convolved(x, taps, transforms(x.dtype), bias, padding)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        _, taps = taps_of(ctx.kernel)
        matrices = transforms(gradient.dtype, turned=True)
        padding = tuple(2 - zeros for zeros in ctx.padding)
        return _convolved(gradient, taps, matrices, None, padding), None, None, None


def evaluation(length: int) -> Tensor:
    """(6,length): the coefficients of a polynomial -> its values at the points and, the last of
    the coefficients, at infinity."""
    points = torch.tensor([0.0, *POINTS], dtype=torch.float64)
    at_infinity = torch.eye(length, dtype=torch.float64)[-1:]
    return torch.cat([points[:, None] ** torch.arange(length), at_infinity])


def _divisors() -> Tensor:
    """(6,1), of the taps of kernels: (a + b*x + c*x*x) / x is (c + b*y + a*y*y) / y at y = 1/x, so
    that those of the turned kernel c, b, a are the same."""
    return torch.tensor([1.0, *POINTS, 1.0], dtype=torch.float64)[:, None]


@cache
def transforms(dtype: torch.dtype, turned: bool = False) -> tuple[Tensor, Tensor]:
    """(6,6), what a tile sees -> taps, and (4,6), products of taps -> a tile; each is applied to
    rows and to columns. turned: the taps in the order of the inverses."""
    interpolation = torch.linalg.inv(evaluation(SEEN)).T * _divisors()
    interpolation = interpolation.round(decimals=12)  # zeros are zeros
    order = list(INVERSES if turned else range(SEEN))
    to_tiles = evaluation(SIDE).T[:, order].contiguous()
    return interpolation[order].to(dtype), to_tiles.to(dtype)


_kept = WeakTensorKeyDictionary()  # kernel -> its version, its taps, the same transposed


def taps_of(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """(O,I,3,3) -> (36,I,O) and the same as (36,O,I), kept as long as the kernel lives and is not
    changed."""
    version, *taps = _kept.get(kernel, (None,))
    if version != kernel._version:
        taps = [_evaluated(kernel)]
        small = taps[0][0].numel() <= TRANSPOSED
        taps.append(taps[0].mT.contiguous() if small else taps[0].mT)
        _kept[kernel] = kernel._version, *taps
    return tuple(taps)


def _evaluated(kernel: Tensor) -> Tensor:
    """(O,I,3,3) -> (36,I,O)."""
    matrix = evaluation(3) / _divisors()
    weights = kernel.detach().permute(2, 3, 1, 0).flatten(2).flatten(0, 1).double()  # (9,I*O)
    rows = [torch.kron(row[None], matrix) @ weights for row in matrix]  # 6 of (6,I*O)
    return torch.cat([row.to(kernel.dtype) for row in rows]).view(TAPS, *kernel.shape[1::-1])


def _convolved(
    x: Tensor,
    taps: Tensor,
    matrices: tuple[Tensor, Tensor],
    bias: Tensor | None,
    padding: Size,
) -> Tensor:
    """(B,I,h,w) -> (B,O,h',w'), in chunks of tiles whose taps stay in cache."""
    count, (height, width) = len(x), _output_size(x, padding)
    shape, order = (count, taps.shape[2], height, width), torch.channels_last
    made = torch.empty(shape, dtype=x.dtype, memory_format=order)
    x, y = x.contiguous(memory_format=order).permute(0, 2, 3, 1), made.permute(0, 2, 3, 1)
    rows, columns = _tiles(height), _tiles(width)
    # Of the same size whatever the number of threads, and so are the bits.
    across = _part(columns, TILES)
    down = _part(rows, TILES // across)
    pictures = _part(count, TILES // (across * down))
    chunk = _Chunk((pictures, down, across), taps, matrices, bias)
    starts = range(0, count, pictures), range(0, rows, down), range(0, columns, across)
    for first, row, column in product(*starts):
        some, top, left = slice(first, first + pictures), SIDE * row, SIDE * column
        chunk.read(x[some], top - padding[0], left - padding[1])
        chunk.compute()
        chunk.write(y[some, top : top + SIDE * down, left : left + SIDE * across])
    return made


class _Chunk:
    """The tiles that are computed at once, (n,r,c): n pictures, r rows of c."""

    def __init__(
        self,
        shape: tuple[int, int, int],
        taps: Tensor,
        matrices: tuple[Tensor, Tensor],
        bias: Tensor | None,
    ):
        (_, inputs, outputs), (pictures, rows, columns) = taps.shape, shape
        self.bias, tiles = bias, prod(shape)
        self.seen = taps.new_zeros(pictures, SIDE * rows + 2, SIDE * columns + 2, inputs)
        self.inside: tuple[slice, ...] = ()  # the part of it that is not beyond the borders
        picture, line, step, _ = self.seen.stride()
        strides = line, step, picture, SIDE * line, SIDE * step, 1
        self.overlapping = self.seen.as_strided((SEEN, SEEN, *shape, inputs), strides)
        one, two = (taps.new_empty(TAPS * tiles * max(inputs, outputs)) for _ in range(2))
        self.windows = _view(one, SEEN, SEEN, *shape, inputs)
        to_taps, to_tiles = matrices
        seen, made = tiles * inputs, tiles * outputs  # numbers of each tap
        half = _view(one, SIDE, SEEN, made)
        self.steps = [  # (product, left, right, into what)
            (torch.mm, to_taps, _view(one, SEEN, SEEN * seen), _view(two, SEEN, SEEN * seen)),
            (torch.bmm, _each(to_taps), _view(two, SEEN, SEEN, seen), _view(one, SEEN, SEEN, seen)),
            (torch.bmm, _view(one, TAPS, tiles, inputs), taps, _view(two, TAPS, tiles, outputs)),
            (torch.mm, to_tiles, _view(two, SEEN, SEEN * made), _view(one, SIDE, SEEN * made)),
            (torch.bmm, _each(to_tiles), half, _view(two, SIDE, SIDE, made)),
        ]
        self.tiles = _view(two, SIDE, SIDE, *shape, outputs).permute(2, 3, 0, 4, 1, 5)
        self.whole = _view(one, *self.tiles.shape)  # (n,r,4,c,4,O)

    def read(self, x: Tensor, top: int, left: int) -> None:
        """What the tiles see of (n,h,w,I), from a position on, with zeros beyond the borders."""
        _, height, width, _ = self.seen.shape
        x = x[:, max(top, 0) : top + height, max(left, 0) : left + width]
        corner = 0, max(-top, 0), max(-left, 0)
        inside = tuple(slice(at, at + n) for at, n in zip(corner, x.shape, strict=False))
        if inside != self.inside:
            self.inside = inside
            self.seen.zero_()
        self.seen[inside].copy_(x)

    def compute(self) -> None:
        self.windows.copy_(self.overlapping)
        for multiply, left, right, made in self.steps:
            multiply(left, right, out=made)

    def write(self, y: Tensor) -> None:
        """Into (n,4r,4c,O), or less where the last tiles end beyond the output."""
        n, r, _, c, _, outputs = self.whole.shape
        complete = y.shape[:3] == (n, SIDE * r, SIDE * c)
        whole = y.view(n, r, SIDE, c, SIDE, outputs) if complete else self.whole
        if self.bias is None:
            whole.copy_(self.tiles)
        else:
            torch.add(self.tiles, self.bias, out=whole)
        if not complete:
            whole = whole.flatten(3, 4).flatten(1, 2)  # (n,4r,4c,O)
            y.copy_(whole[tuple(map(slice, y.shape))])


def _view(buffer: Tensor, *shape: int) -> Tensor:
    """The beginning of a buffer, in that shape."""
    return buffer[: prod(shape)].view(shape)


def _output_size(x: Tensor, padding: Size) -> Size:
    """(height, width) of what (B,I,h,w) is convolved to."""
    return x.shape[2] + 2 * padding[0] - 2, x.shape[3] + 2 * padding[1] - 2


def _tiles(length: int) -> int:
    """The tiles that cover so many positions."""
    return -(-length // SIDE)


def _part(length: int, most: int) -> int:
    """The length of equal parts, of which none is longer than `most`."""
    count = -(-length // max(1, most))
    return -(-length // count)


def _each(matrix: Tensor) -> Tensor:
    """(m,n) -> (m,m,n), without a copy."""
    return matrix.expand(len(matrix), -1, -1)
