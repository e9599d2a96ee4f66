"""A frozen net as steps of operators that engines know, each named as ONNX names it.

The steps are those of `generator.frozen`, and behind them those of `sampling.render.Renderer.maps`.
Every join convolves before it upsamples (`phase_kernel`), so that no engine has to resize. A step
takes the values of earlier ones and constants; nothing asks for a shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..generator.architecture import BLOCK_HALO, KERNELS, SLOPE, Architecture
from ..generator.frozen import FrozenPyramid, phase_kernel
from ..materials.planes import Layout
from ..sampling.texture import Texture
from .ports import NAMES, Ports, ports_of, spans

END = 2**31 - 1  # of a slice that goes to the end; some engines hold indices in 32 bits
Setting = int | float | str


@dataclass(frozen=True)
class Step:
    """One operator. inputs: values, then constants by name. output: its value."""

    operator: str
    inputs: tuple[str, ...]
    constants: Mapping[str, Tensor]
    output: str
    settings: Mapping[str, Setting] = field(default_factory=dict)


@dataclass(frozen=True)
class Program:
    """Steps from the values of `ports.inputs` to those of `ports.outputs`."""

    ports: Ports
    steps: tuple[Step, ...]


def program_of(texture: Texture) -> Program:
    """Of a texture's net, its weights as they are in its file."""
    writer = _Writer(texture.net, texture.layout)
    writer.pyramid(bool(texture.waves))
    writer.maps()
    return Program(ports_of(texture), tuple(writer.steps))


class _Writer:
    """Appends steps; each method returns the name of the value that it makes."""

    def __init__(self, net: FrozenPyramid, layout: Layout | None) -> None:
        self.shape, self.layout = net.architecture, layout
        self.weights = {name: tensor.cpu() for name, tensor in net.weights().items()}
        self.steps: list[Step] = []

    def pyramid(self, waved: bool) -> None:
        """From noise to `planes`, unclamped, with a margin where slopes look beyond the border."""
        margin = self.layout.margin if self.layout else 0
        deep = ""
        for scale in range(self.shape.scales):
            value = f"noise_{scale}"
            if waved:
                value = self.step("Concat", [value, f"waves_{scale}"], f"cells_{scale}", axis=1)
            if self.shape.branched(scale):
                value = self.block(value, f"branch.{scale}", 0)
            if scale:
                value = self.join(scale, deep, value, crop(self.shape, margin, scale))
                value = self.block(value, f"body.{scale}", 1)
            deep = value
        self.conv(deep, "output", "planes")

    def join(self, scale: int, deep: str, beside: str, crops: tuple[int, int]) -> str:
        """`FrozenPyramid.join`, and its LeakyReLU."""
        if self.shape.mixed:
            deep = self.active(self.conv(deep, f"mix.{scale}.0"))
        name = f"body.{scale}.0"
        width = self.shape.deep(scale)
        kernel = self.weights[f"{name}.weight"]
        own = {"weight": kernel[:, width:], "bias": self.weights[f"{name}.bias"]}
        beside = self.step("Conv", [beside], f"{name}.beside", own)
        phases = {"weight": phase_kernel(kernel[:, :width])}
        deep = self.step("Conv", [deep], f"{name}.phases", phases)
        deep = self.step("DepthToSpace", [deep], f"{name}.twice", blocksize=2, mode="DCR")
        if any(crops):
            deep = self.slice(deep, f"{name}.crop", crops[0], -crops[1] or END, (2, 3))
        return self.active(self.step("Add", [beside, deep], name))

    def block(self, value: str, name: str, first: int) -> str:
        """Convolutions `first` .. of a block, each with its LeakyReLU."""
        for index in range(first, len(KERNELS)):
            value = self.active(self.conv(value, f"{name}.{index}"))
        return value

    def maps(self) -> None:
        """`planes` -> one clamped value a map (`Layout.drawn`, `Layout.decoded`)."""
        if self.layout is None:
            self.clamp("planes", NAMES["colour"])
            return
        whole = "planes"
        if self.layout.gain:
            whole = self.slice("planes", "inside", 1, -1, (2, 3))
        for kind, places in self.layout.places.items():
            value = self.slice(whole, f"{kind}.planes", places[0], places[-1] + 1, (1,))
            if kind == "normal":
                self.normal(value)
            elif kind == "height":
                low, high = self.layout.low, self.layout.high
                value = self.clamp(value, f"{kind}.unit")
                self.linear(value, NAMES[kind], torch.tensor([[high - low]]), torch.tensor([low]))
            else:
                self.clamp(value, NAMES[kind])

    def normal(self, value: str) -> None:
        """Slopes, coded -> unit vectors."""
        layout = self.layout
        assert layout is not None
        if layout.gain:
            (height,) = layout.places["height"]
            own = self.slice("planes", "height.around", height, height + 1, (1,))
            kernel = torch.zeros(2, 1, 3, 3)  # central differences, across and down
            kernel[0, 0, 1, 0], kernel[0, 0, 1, 2] = -0.5, 0.5
            kernel[1, 0, 0, 1], kernel[1, 0, 2, 1] = -0.5, 0.5
            kernel *= layout.gain / (2 * layout.steepest)
            own = self.step("Conv", [own], "height.slopes", {"weight": kernel})
            value = self.step("Add", [value, own], "normal.slopes")
        value, steepest = self.clamp(value, "normal.unit"), layout.steepest
        # (-across, down, 1), of slopes that are coded on [0,1]
        matrix = torch.tensor([[-2.0, 0.0], [0.0, 2.0], [0.0, 0.0]]) * steepest
        value = self.linear(value, "normal.vector", matrix, torch.tensor([steepest, -steepest, 1]))
        square = self.step("Mul", [value, value], "normal.square")
        square = self.linear(square, "normal.squares", torch.ones(3, 3), torch.zeros(3))
        length = self.step("Sqrt", [square], "normal.length")
        self.step("Div", [value, length], NAMES["normal"])

    def conv(self, value: str, name: str, output: str = "") -> str:
        """A convolution of the net by its name."""
        parts = {part: self.weights[f"{name}.{part}"] for part in ("weight", "bias")}
        return self.step("Conv", [value], output or name, parts)

    def linear(self, value: str, output: str, matrix: Tensor, bias: Tensor) -> str:
        """A matrix (out,in) and a bias (out,) at every pixel."""
        parts = {"weight": matrix[..., None, None], "bias": bias}
        return self.step("Conv", [value], output, parts)

    def active(self, value: str) -> str:
        return self.step("LeakyRelu", [value], f"{value}.active", alpha=SLOPE)

    def clamp(self, value: str, output: str) -> str:
        ends = {"min": torch.tensor(0.0), "max": torch.tensor(1.0)}
        return self.step("Clip", [value], output, ends)

    def slice(self, value: str, output: str, start: int, end: int, axes: tuple[int, ...]) -> str:
        ends = {
            "starts": torch.tensor([start] * len(axes)),
            "ends": torch.tensor([end] * len(axes)),
            "axes": torch.tensor(axes),
        }
        return self.step("Slice", [value], output, ends)

    def step(
        self,
        operator: str,
        inputs: list[str],
        output: str,
        constants: Mapping[str, Tensor] | None = None,
        **settings: Setting,
    ) -> str:
        self.steps.append(Step(operator, tuple(inputs), constants or {}, output, settings))
        return output


def crop(shape: Architecture, margin: int, scale: int) -> tuple[int, int]:
    """Rows, or columns, of the upsampled features of a scale above the coarsest that its own do not
    reach: in front, and behind. The same for every window of `ports`."""
    all_spans = spans(shape, margin, shape.coarsest)
    before, here = all_spans[scale - 1], all_spans[scale]
    deep = _width(shape, before.length, scale - 1)
    # The first convolution of the body takes one more on either side.
    wanted = here.length - 2 * shape.branch_halo - 2
    behind = 2 * (deep - 1) - here.drop - wanted
    assert behind >= 0
    return here.drop, behind


def _width(shape: Architecture, length: int, scale: int) -> int:
    """Of the features that a scale makes of so many cells of noise."""
    if scale == 0:
        return length - 2 * BLOCK_HALO
    return length - 2 * shape.branch_halo - 2 * BLOCK_HALO
