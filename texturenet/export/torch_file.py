"""A program -> a TorchScript file, which torch loads without this package, in Python and in C++."""

import io
import warnings
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..sampling.texture import Texture
from .notes import notes_of
from .program import Program, Setting, program_of

Function = Callable[[list[Tensor], Mapping[str, Tensor], Mapping[str, Setting]], Tensor]


def torch_bytes(texture: Texture) -> bytes:
    """The file's bytes. It takes the tensors of `Ports.inputs` in order, and gives a dictionary of
    the maps; the notes are its extra files, each called as in `notes` with `.json` behind."""
    program = program_of(texture)
    side = program.ports.multiple
    example = tuple(
        torch.rand(1, each.channels, each.cells(0, side)[1], each.cells(0, side)[1])
        for each in program.ports.inputs
    )
    module = _Net(program).eval()
    notes = {f"{name}.json": text for name, text in notes_of(texture, program.ports).items()}
    file = io.BytesIO()
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch advises its users against TorchScript
        traced = torch.jit.trace(module, example, strict=False, check_trace=False)
        torch.jit.save(traced, file, _extra_files=notes)
    return file.getvalue()


class _Net(nn.Module):
    """The steps of a program in torch."""

    def __init__(self, program: Program) -> None:
        super().__init__()
        self.program = program
        for number, step in enumerate(program.steps):
            for name, tensor in step.constants.items():
                if step.operator == "Conv":
                    self.register_buffer(f"step_{number}_{name}", tensor.contiguous())

    def forward(self, *inputs: Tensor) -> dict[str, Tensor]:
        ports = self.program.ports
        values = dict(zip((each.name for each in ports.inputs), inputs, strict=True))
        for number, step in enumerate(self.program.steps):
            constants = {
                name: getattr(self, f"step_{number}_{name}", tensor)
                for name, tensor in step.constants.items()
            }
            given = [values[name] for name in step.inputs]
            values[step.output] = OPERATORS[step.operator](given, constants, step.settings)
        return {name: values[name] for name in ports.outputs}


def _slice(given: list[Tensor], ends: Mapping[str, Tensor], _: object) -> Tensor:
    (value,) = given
    numbers = (ends[key].tolist() for key in ("starts", "ends", "axes"))
    for start, end, axis in zip(*numbers, strict=True):
        value = torch.ops.aten.slice.Tensor(value, axis, start, end)
    return value


def _depth_to_space(given: list[Tensor], _: object, __: object) -> Tensor:
    """DCR with blocks of 2: (B,4C,h,w) -> (B,C,2h,2w). The channels come as (row, column, C), which
    torch's own operator has the other way round."""
    (value,) = given
    value = value.unflatten(1, (4, -1)).transpose(1, 2).flatten(1, 2)  # (B,C*4,h,w)
    return F.pixel_shuffle(value, 2)


OPERATORS: dict[str, Function] = {
    "Conv": lambda given, kernel, _: F.conv2d(given[0], kernel["weight"], kernel.get("bias")),
    "LeakyRelu": lambda given, _, settings: F.leaky_relu(given[0], float(settings["alpha"])),
    "DepthToSpace": _depth_to_space,
    "Slice": _slice,
    "Concat": lambda given, _, settings: torch.cat(given, 1),
    "Clip": lambda given, _, settings: given[0].clamp(0, 1),
    "Add": lambda given, _, settings: given[0] + given[1],
    "Mul": lambda given, _, settings: given[0] * given[1],
    "Div": lambda given, _, settings: given[0] / given[1],
    "Sqrt": lambda given, _, settings: given[0].sqrt(),
}
