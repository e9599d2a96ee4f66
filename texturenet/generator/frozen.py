"""The pyramid as it is released: noise z = [z_1 .. z_K] -> picture (B,3,H,W) by plain convolutions.

z_k is (B,C_z,h_k,w_k), coarse to fine. A pixel depends on the noise under it and on nothing else.
The steps of the pyramid (w_k channels leave scale k)::

    features = branch(0, z_1)                               # (B,w_0,h,w)
    for k in 1 .. K-1:                                      # `climb`: all of these scales
        joined   = join(k, features, branch(k, z_k+1))      # twice the size; 1st sums of the body
        features = body(k, joined)                          # (B,w_k,h,w)
    picture = colours(features)                             # (B,P,H,W), unclamped

P is 3, and more where the other maps of a material are drawn beside the colours. `forward` is
`climb`, then `colours`. A film of a patch that moves calls the steps one by one.
"""

from itertools import product

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
    weights: dict[str, Tensor] = {}
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


def add_phases(fine: Tensor, phases: Tensor, drop: Drop) -> Tensor:
    """Add what `phase_kernel` gives, (B,4O,h,w), at twice the size and without its first rows and
    columns, to features (B,O,h',w') in place: every second of them at a time, since to make the
    large one first would take a copy of it."""
    parts = phases.unflatten(1, (2, 2, -1))  # (B,2,2,O,h,w)
    for down, right in product(range(2), repeat=2):
        # The first row of this phase in `fine`, and where it lies in the phase itself.
        top, left = (down - drop[0]) % 2, (right - drop[1]) % 2
        some = fine[..., top::2, left::2]
        part = parts[:, down, right, :, (top + drop[0]) // 2 :, (left + drop[1]) // 2 :]
        some += part[..., : some.shape[-2], : some.shape[-1]]
    return fine


class FrozenPyramid(nn.Module):
    """Plain convolutions: the released net. Weights are float32, named as in `Architecture`.

    Features lie channels last, which torch convolves faster on CPUs; a join convolves before it
    upsamples (`phase_kernel`). `fine` is the precision of the two finest scales, nine tenths of
    the work: their rounding does not grow on its way through further scales.
    """

    output_weight: Tensor  # one of the buffers that are computed with, on the device of them all

    def __init__(
        self,
        architecture: Architecture,
        weights: dict[str, Tensor],
        fine: torch.dtype = torch.float32,
    ):
        super().__init__()
        self.architecture, self.fine = architecture, fine
        self._given: dict[str, Tensor] = {}
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
        colours = group in ("output", "head")
        dtype = self.fine if not colours and int(scale) >= last - 1 else weight.dtype
        parts = {"weight": weight, "bias": bias}
        if (group, index) == ("body", "0"):
            width = self.architecture.deep(int(scale))
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
        """Step 1 of a scale, by its own noise alone: the three convolutions of its branch, or
        nothing where the scale has none.

        Parameters
        ----------
        scale : 0 (coarsest) .. K-1
        noise : (B,C_z,h,w), with BLOCK_HALO cells more on each side than the features unless
            periodic, or unless there is no branch
        periodic : the noise is one whole torus, and convolutions wrap

        Returns
        -------
        (B,C,h,w): C is w_0 at scale 0, then that of the branch, or C_z without one
        """
        noise = noise.contiguous(memory_format=torch.channels_last)
        if not self.architecture.branched(scale):
            return noise
        return self._layers(noise, f"branch.{scale}", range(len(KERNELS)), periodic)

    def join(self, scale: int, deep: Tensor, branch: Tensor, drop: Drop | None) -> Tensor:
        """Step 2 of a scale above the coarsest: mix the coarser features where the net does, put
        the branch beside them, twice as large, and apply the first convolution of the body.

        Parameters
        ----------
        scale : 1 .. K-1
        deep : features of the coarser scale (B,w_k-1,h,w)
        branch : what `branch` gave of this scale (B,C,h',w')
        drop : rows and columns of the upsampled features to leave out in front (`spans`); None on
            a torus, where h' = 2h and w' = 2w

        Returns
        -------
        (B,w_k,h'-2,w'-2), on a torus (B,w_k,h',w'): before the LeakyReLU
        """
        if self.architecture.mixed:
            deep = self._layers(deep, f"mix.{scale}", range(1), periodic=False)
        return self.joined(scale, deep, branch, drop)

    def joined(self, scale: int, deep: Tensor, branch: Tensor, drop: Drop | None) -> Tensor:
        """What `join` gives of coarser features that are mixed already (B,C,h,w)."""
        name = f"body.{scale}.0"
        joined = self._conv(branch, name, periodic=drop is None)
        kernel = self._part(name, "deep")
        deep = deep.to(kernel.dtype)
        phases = _convolved(deep if drop else _wrap(deep), kernel)
        return add_phases(joined, phases, drop or (1, 1))

    def convolved(self, name: str, x: Tensor) -> Tensor:
        """What one convolution gives of a window of its input (B,I,h,w), before the LeakyReLU; not
        the first of a body above the coarsest scale, which `joined` is."""
        return self._conv(x, name, periodic=False)[:, : len(self._given[f"{name}.bias"])]

    def body(self, scale: int, joined: Tensor, periodic: bool = False) -> Tensor:
        """Step 3 of a scale above the coarsest: the rest of the block whose first convolution
        `join` applied.

        joined is changed in place. -> features (B,w_k,h-2,w-2), of a torus (.., h, w).
        """
        joined = F.leaky_relu_(joined, SLOPE)
        return self._layers(joined, f"body.{scale}", range(1, len(KERNELS)), periodic)

    def climb(
        self,
        noise: list[Tensor],
        drops: list[Drop] | None,
        deep: Tensor | None = None,
    ) -> Tensor:
        """All three steps of several scales, one after the other.

        Parameters
        ----------
        noise : coarse to fine, (B,C_z,h,w) each. Of the coarsest scales if `deep` is None,
            otherwise of the finest ones
        drops : one (row, column) for each of them; None on a torus
        deep : features of the scale before the first of them, if that is not the coarsest

        Returns
        -------
        features of the last of them (B,w_k,h,w); `deep` where there is no noise
        """
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
        assert deep is not None  # there is noise, or what it would add to
        return deep

    def colours(self, features: Tensor, scale: int | None = None) -> Tensor:
        """Features (B,w_k,h,w) -> unclamped RGB, and what else the net draws (B,P,h,w). scale: of
        the features, by the head of their scale; the finest if None."""
        made = self._conv(features, self.architecture.head(scale), periodic=False)
        return made[:, : self.architecture.outputs]

    def forward(self, noise: list[Tensor], drops: list[Drop] | None = None) -> Tensor:
        """Noise -> unclamped RGB, and what else the net draws (B,P,H,W).

        With `drops`, one (row, column) per scale from `spans`, the noise carries its halo and
        convolutions are valid. Without, the noise is one whole torus and convolutions wrap. Noise
        of the coarsest scales alone gives the picture of the finest of them, by its head.
        """
        return self.colours(self.climb(noise, drops), len(noise) - 1)


def _filled_up(tensor: Tensor) -> Tensor:
    """Outputs of zeros, up to 16: 1x1 convolutions of fewer are slower on a CPU, and their rounding
    depends on the number of threads."""
    missing = max(0, 16 - len(tensor))
    return torch.cat([tensor, tensor.new_zeros(missing, *tensor.shape[1:])])


def _convolved(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A valid convolution in the precision of its weights, by an algorithm that gives the same bits
    every time: a GPU would round float32 to TF32, and windows of one plane would differ.

    `F.conv2d` takes these choices from settings of the whole process, in two sets of names that
    torch refuses to read once both were used. Here they are arguments of the call below it: nothing
    of the process is read or changed, whatever a program or another of its threads has set.
    """
    if not x.is_cuda:
        return F.conv2d(x, weight, bias)
    return torch._convolution(
        x, weight, bias, stride=(1, 1), padding=(0, 0), dilation=(1, 1), transposed=False,
        output_padding=(0, 0), groups=1, benchmark=False, deterministic=True, cudnn_enabled=True,
        allow_tf32=False,
    )  # fmt: skip


def _wrap(x: Tensor) -> Tensor:
    return F.pad(x, (1, 1, 1, 1), mode="circular")
