"""The pyramid as it is released: noise z = [z_1 .. z_K] -> picture (B,3,H,W) by plain convolutions.

z_k is (B,C_z,h_k,w_k), coarse to fine. A pixel depends on the noise under it and on nothing else.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import Refused
from .architecture import KERNELS, SLOPE, Architecture, Drop


def finite_weights(tensors: dict[str, Tensor], source: object) -> dict[str, Tensor]:
    """Refuse weights that are not finite -> the same as float32."""
    for name, tensor in tensors.items():
        # As they will be used: float64 holds numbers that float32 does not.
        if not tensor.is_floating_point() or not tensor.float().isfinite().all():
            raise Refused(f"{source}: {name} holds values that are not finite numbers.")
    return {name: tensor.float() for name, tensor in tensors.items()}


def fold_block(
    name: str, block: list[tuple[Tensor, Tensor]], joined: list[Tensor] | None = None
) -> dict[str, Tensor]:
    """(weight, bias) of a block's convolutions, named; with the affine map that its input goes
    through, as (scale, shift) per channel, taken into the first of them."""
    weights = {}
    for index, (weight, bias) in enumerate(block):
        if joined and not index:
            scale, shift = joined
            bias = bias + torch.einsum("oikl,i->o", weight, shift)
            weight = weight * scale.view(1, -1, 1, 1)
        weights |= {f"{name}.{index}.weight": weight, f"{name}.{index}.bias": bias}
    return weights


def phase_kernel(weight: Tensor) -> Tensor:
    """A 3x3 kernel (O,I,3,3) over a nearest x2 upsampling -> the same sums (4O,I,2,2) before it.

    The output of the small kernel at row p holds rows 2p+1 and 2p+2 of the upsampled plane, columns
    alike; channels are (row, column, O). Five ninths of the products are saved.
    """
    taps = weight.new_zeros(2, 2, 3)  # (output row, input row, kernel row)
    for row, (above, below) in enumerate((((0, 1), (2,)), ((0,), (1, 2)))):
        taps[row, 0, list(above)] = taps[row, 1, list(below)] = 1
    return torch.einsum("apu,bqv,oiuv->aboipq", taps, taps, weight).flatten(0, 2)


def interleave(phases: Tensor) -> Tensor:
    """What `phase_kernel` gives, (B,4O,h,w) -> (B,O,2h,2w)."""
    parts = phases.permute(0, 2, 3, 1).unflatten(3, (2, 2, -1))  # (B,h,w,2,2,O)
    return parts.transpose(2, 3).flatten(3, 4).flatten(1, 2).permute(0, 3, 1, 2)


class FrozenPyramid(nn.Module):
    """Plain convolutions: the released net. Weights are float32, named as in `Architecture`.

    Features lie channels last, which torch convolves faster on CPUs; a join convolves before it
    upsamples (`phase_kernel`). `fine` is the precision of the two finest scales, nine tenths of
    the work: their rounding does not grow on its way through further scales.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: dict[str, Tensor],
        fine: torch.dtype = torch.float32,
    ):
        super().__init__()
        self.architecture, self.fine = architecture, fine
        self._given = {}
        for part, shape in architecture.shapes().items():
            tensor = self._given[part] = weights[part]
            if tuple(tensor.shape) != shape:
                raise Refused(f"{part} has shape {tuple(tensor.shape)}, not {shape}.")
        for name, *_ in architecture.convolutions():
            self._prepare(name)

    def _prepare(self, name: str) -> None:
        """One convolution's weights as they are computed with."""
        weight, bias = (self._given[f"{name}.{part}"] for part in ("weight", "bias"))
        group, scale, index = (*name.split("."), "0", "0")[:3]
        last = self.architecture.scales - 1
        dtype = self.fine if group != "output" and int(scale) >= last - 1 else weight.dtype
        parts = {"weight": weight, "bias": bias}
        if (group, index) == ("body", "0"):
            width = self.architecture.width(int(scale) - 1)
            deep, weight = weight.split([width, weight.shape[1] - width], dim=1)
            parts |= {"deep": phase_kernel(deep), "weight": weight}
        elif weight.shape[-1] == 1:
            parts = {part: _filled_up(tensor) for part, tensor in parts.items()}
        for part, tensor in parts.items():
            layout = torch.channels_last if tensor.dim() == 4 else torch.contiguous_format
            tensor = tensor.detach().to(dtype).contiguous(memory_format=layout)
            self.register_buffer(
                f"{name}.{part}".replace(".", "_"),
                tensor.clone(memory_format=torch.preserve_format),
            )

    def weights(self) -> dict[str, Tensor]:
        return self._given

    def in_precision(self, fine: torch.dtype) -> "FrozenPyramid":
        """The same net on the same device, its two finest scales in this precision."""
        return FrozenPyramid(self.architecture, self._given, fine).to(self.output_weight.device)

    def _part(self, name: str, part: str) -> Tensor:
        return getattr(self, f"{name}.{part}".replace(".", "_"))

    def _conv(self, x: Tensor, name: str, periodic: bool) -> Tensor:
        weight, bias = self._part(name, "weight"), self._part(name, "bias")
        x = x.to(weight.dtype)
        return _convolved(_wrap(x) if periodic and weight.shape[-1] > 1 else x, weight, bias)

    def _layers(self, x: Tensor, block: str, indices: range, periodic: bool) -> Tensor:
        for index in indices:
            x = F.leaky_relu_(self._conv(x, f"{block}.{index}", periodic), SLOPE)
        return x[:, : len(self._given[f"{block}.{indices[-1]}.bias"])]

    def branch(self, scale: int, noise: Tensor, periodic: bool = False) -> Tensor:
        """The noise of one scale (B,C_z,h,w) -> its features (B,step,h,w)."""
        noise = noise.contiguous(memory_format=torch.channels_last)
        return self._layers(noise, f"branch.{scale}", range(len(KERNELS)), periodic)

    def join(self, scale: int, deep: Tensor, branch: Tensor, drop: Drop | None) -> Tensor:
        """Features from the scale below and of the branch -> the first sums of the body."""
        top, left = drop or (1, 1)
        name = f"body.{scale}.0"
        joined = self._conv(branch, name, periodic=drop is None)
        kernel = self._part(name, "deep")
        deep = deep.to(kernel.dtype)
        deep = interleave(_convolved(deep if drop else _wrap(deep), kernel))
        return joined.add_(deep[..., top:, left:][..., : joined.shape[-2], : joined.shape[-1]])

    def body(self, scale: int, joined: Tensor, periodic: bool = False) -> Tensor:
        """The rest of the block that `join` began -> features (B,step (k+1),h,w)."""
        joined = F.leaky_relu_(joined, SLOPE)
        return self._layers(joined, f"body.{scale}", range(1, len(KERNELS)), periodic)

    def climb(
        self,
        noise: list[Tensor],
        drops: list[Drop] | None,
        deep: Tensor | None = None,
    ) -> Tensor:
        """Features after the scales of `noise`, which end at the finest unless `deep` is None."""
        periodic = drops is None
        first = 0 if deep is None else self.architecture.scales - len(noise)
        for index, z in enumerate(noise):
            scale = first + index
            branch = self.branch(scale, z, periodic)
            if deep is None:
                deep = branch
                continue
            joined = self.join(scale, deep, branch, drops[index] if drops else None)
            deep = self.body(scale, joined, periodic)
        return deep

    def colours(self, features: Tensor) -> Tensor:
        """Features of the finest scale -> unclamped RGB (B,3,H,W)."""
        return self._conv(features, "output", periodic=False)[:, :3]

    def forward(self, noise: list[Tensor], drops: list[Drop] | None = None) -> Tensor:
        """Noise -> unclamped RGB (B,3,H,W).

        With `drops`, one (row, column) per scale from `spans`, the noise carries its halo and
        convolutions are valid. Without, the noise is one whole torus and convolutions wrap.
        """
        return self.colours(self.climb(noise, drops))


def _filled_up(tensor: Tensor) -> Tensor:
    """Outputs of zeros, up to 16: 1x1 convolutions of fewer are slower on a CPU, and their rounding
    depends on the number of threads."""
    wanting = max(0, 16 - len(tensor))
    return torch.cat([tensor, tensor.new_zeros(wanting, *tensor.shape[1:])])


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A convolution in the precision that it says: a GPU would round float32 to TF32, and windows
    of one plane would differ."""
    if not x.is_cuda:
        return F.conv2d(x, weight, bias)
    exact = {"enabled": True, "benchmark": False, "deterministic": True, "allow_tf32": False}
    with torch.backends.cudnn.flags(**exact):
        return F.conv2d(x, weight, bias)


def _wrap(x: Tensor) -> Tensor:
    return F.pad(x, (1, 1, 1, 1), mode="circular")
