"""The pyramid while it is trained: noise z = [z_1 .. z_K], coarse to fine -> picture (B,3,H,W).

`PyramidGenerator` has a norm after every convolution; `freeze` folds them into a `FrozenPyramid`.
It draws whole tori, on which convolutions wrap, or windows of a plane, whose noise has a halo.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .architecture import SLOPE, Architecture, Drop
from .convolving import convolved
from .frozen import FrozenPyramid, fold_block


class Norm(nn.Module):
    """Normalise channels by the statistics of each sample, or by stored ones once `fixed`.

    Statistics of the sample (instance normalisation, Ulyanov et al. 2017) are what is trained with;
    they make a pixel depend on the whole picture. `measure` stores those of a batch for good. Those
    of a `batch` (Ulyanov et al. 2016) keep what a whole picture is told: its direction, its size.
    """

    mean: Tensor  # (C,), stored
    var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))
        self.eps, self.mode = eps, "sample"

    def affine(self) -> tuple[Tensor, Tensor]:
        """The stored statistics as y = x * scale + shift, per channel."""
        scale = self.weight * torch.rsqrt(self.var + self.eps)
        return scale, self.bias - self.mean * scale

    @torch.no_grad()
    def measure(self, x: Tensor) -> None:
        """Store mean and variance of each channel of a batch (B,C,h,w)."""
        var, mean = torch.var_mean(x.float(), dim=(0, 2, 3), correction=0)
        self.mean.copy_(mean)
        self.var.copy_(var)

    def forward(self, x: Tensor) -> Tensor:
        if self.mode == "sample":
            return F.instance_norm(x, weight=self.weight, bias=self.bias, eps=self.eps)
        if self.mode == "batch":
            return F.batch_norm(x, None, None, self.weight, self.bias, True, eps=self.eps)
        if self.mode == "measure":
            self.measure(x)
        scale, shift = (part.to(x.dtype).view(-1, 1, 1) for part in self.affine())
        return torch.addcmul(shift, x, scale)


class Layer(nn.Module):
    """Convolution, normalisation, LeakyReLU."""

    def __init__(self, channels: int, width: int, kernel: int):
        super().__init__()
        # torch7's default, U(+-1/sqrt(fan in)); the norm's bias makes one here needless.
        bound = (channels * kernel**2) ** -0.5
        self.weight = nn.Parameter(
            torch.empty(width, channels, kernel, kernel).uniform_(-bound, bound)
        )
        self.norm = Norm(width)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of one convolution that does the same as this and its fixed norm."""
        scale, shift = self.norm.affine()
        return self.weight * scale.view(-1, 1, 1, 1), shift

    def forward(self, x: Tensor, periodic: bool = True) -> Tensor:
        if self.norm.mode == "fixed":
            return F.leaky_relu_(convolved(x, *self.folded(), periodic), SLOPE)
        return F.leaky_relu_(self.norm(convolved(x, self.weight, None, periodic)), SLOPE)


class Block(nn.ModuleList):
    """Layers, one after the other; none leave features as they are."""

    def forward(self, x: Tensor, periodic: bool = True) -> Tensor:
        for layer in self:
            x = layer(x, periodic)
        return x


class Head(nn.Conv2d):
    """Features -> colours, one pixel from one."""

    def forward(self, x: Tensor) -> Tensor:
        return convolved(x, self.weight, self.bias, periodic=True)


class PyramidGenerator(nn.Module):
    """The net in training, with a Norm at each layer."""

    calibrated: Tensor  # whether the norms hold stored statistics

    def __init__(self, architecture: Architecture):
        super().__init__()
        self.architecture = shape = architecture
        self.free = "sample"  # how norms work until statistics are fixed
        blocks: dict[str, list[Layer]] = {}
        heads: dict[str, Head] = {}
        for name, channels, out, kernel in shape.convolutions():
            if name.startswith(("output", "head")):
                heads[name] = Head(channels, out, kernel)
            else:
                block = blocks.setdefault(name.rsplit(".", 1)[0], [])
                block.append(Layer(channels, out, kernel))
        finer = range(1, shape.scales)

        def each(group: str, scales: Iterable[int]) -> nn.ModuleList:
            """One for each scale; nothing where the architecture has none."""
            return nn.ModuleList(Block(blocks.get(f"{group}.{k}", [])) for k in scales)

        self.branch = each("branch", range(shape.scales))
        self.mix = each("mix", finer)
        self.body = each("body", finer)
        # Both sides of a join are normalised, so that neither drowns the other (pyramid.lua). What
        # a mixing convolution makes is so already.
        self.join_deep = nn.ModuleList(
            nn.Identity() if shape.mixed else Norm(shape.deep(k)) for k in finer
        )
        self.join_noise = nn.ModuleList(Norm(shape.beside) for _ in finer)
        self.output = heads.pop("output")
        self.head = nn.ModuleList(heads.values())
        self.register_buffer("calibrated", torch.tensor(False))

    def forward(self, noise: list[Tensor], drops: list[Drop] | None = None) -> Tensor:
        """Noise -> unclamped RGB, and what else the net draws (B,P,H,W).

        Parameters
        ----------
        noise : z coarse to fine, each (B,C_z,h_k,w_k). Of the coarsest scales alone: the picture of
            the finest of them, by its head
        drops : one (row, column) for each of them, from `Architecture.spans`: a window, whose noise
            carries its halo. None: a whole torus, on which convolutions wrap, and sides double
        """
        periodic = drops is None
        x = self.branch[0](noise[0], periodic)
        for index, z in enumerate(noise[1:]):
            branch = self.join_noise[index](self.branch[index + 1](z, periodic))
            # Before the upsampling these give the same numbers for a quarter of the work.
            deep = self.join_deep[index](self.mix[index](x))
            deep = F.interpolate(deep, scale_factor=2.0, mode="nearest")
            if drops:
                top, left = drops[index + 1]
                deep = deep[..., top:, left:][..., : branch.shape[-2], : branch.shape[-1]]
            x = self.body[index](torch.cat([deep, branch.to(deep.dtype)], dim=1), periodic)
        return self.head_of(self.architecture.head(len(noise) - 1))(x)

    def head_of(self, name: str) -> nn.Module:
        """A head by its name in `Architecture.convolutions`."""
        return self.output if name == "output" else self.head[int(name.split(".")[1])]

    def norms(self) -> list[Norm]:
        return [module for module in self.modules() if isinstance(module, Norm)]

    def layers(self) -> Iterable[tuple[str, Layer]]:
        """Those with norms, by their names in `Architecture.convolutions`."""
        for name, *_ in self.architecture.convolutions():
            group, *place = name.split(".")
            if group not in ("output", "head"):
                scale, index = map(int, place)
                yield name, getattr(self, group)[scale if group == "branch" else scale - 1][index]

    @property
    def mode(self) -> str:
        """Of all norms, see `set_norms`."""
        return self.norms()[0].mode

    def set_norms(self, mode: str) -> None:
        """'sample' or 'batch' statistics, 'measure' those of the next pass, or stay with the
        'fixed'."""
        for norm in self.norms():
            norm.mode = mode

    def resume_norms(self) -> None:
        """After loading a state: normalise as the net did when it was saved."""
        self.set_norms("fixed" if self.calibrated else self.free)

    @torch.no_grad()
    def calibrate(self, noise: list[Tensor], drops: list[Drop] | None = None) -> None:
        """Store the statistics that these samples have together; they hold from now on."""
        self.set_norms("measure")
        try:
            self(noise, drops)
        finally:
            self.set_norms("fixed")
        self.calibrated.fill_(True)

    @torch.no_grad()
    def freeze(self) -> "FrozenPyramid":
        """The same function, once calibrated, as plain convolutions."""
        frozen: dict[str, Tensor] = {}
        for name, *_ in self.architecture.convolutions():
            group, *scale = name.split(".")
            if group in ("output", "head"):
                parameters = self.head_of(name).named_parameters()
                frozen |= {f"{name}.{part}": tensor for part, tensor in parameters}
            elif scale[1] == "0":
                frozen |= self._folded(group, int(scale[0]))
        return FrozenPyramid(self.architecture, {k: v.clone() for k, v in frozen.items()})

    def _folded(self, group: str, scale: int) -> dict[str, Tensor]:
        """The convolutions of a block with their norms; of a body, with those of its join."""
        blocks = getattr(self, group)[scale if group == "branch" else scale - 1]
        folded = [layer.folded() for layer in blocks]
        joined = self._joined(scale) if group == "body" else None
        return fold_block(f"{group}.{scale}", folded, joined)

    def _joined(self, scale: int) -> list[Tensor]:
        """The affine map of what a body takes in, scale and shift (C,): coarser features, then
        noise."""
        noise = self.join_noise[scale - 1].affine()
        if self.architecture.mixed:
            ones = noise[0].new_ones(self.architecture.deep(scale))
            deep = ones, torch.zeros_like(ones)
        else:
            deep = self.join_deep[scale - 1].affine()
        return [torch.cat(parts) for parts in zip(deep, noise, strict=True)]
