"""A program -> an ONNX file, with the net's card in its metadata.

Opset 15 and IR 8 (ONNX 1.10, 2021), which engines of recent years read. Needs the extra `onnx`.
"""

from typing import Any

import numpy as np

from .. import __version__
from ..errors import Refused
from ..sampling.texture import Texture
from .notes import notes_of
from .program import Program, Step, program_of

OPSET, IR = 15, 8
INSTALL = "pip install 'texturenet[onnx]'"


def onnx_bytes(texture: Texture) -> bytes:
    """The file's bytes. Raises Refused where onnx is not installed."""
    try:
        import onnx
    except ImportError as error:
        raise Refused(f"format=onnx needs the package onnx: {INSTALL}.") from error
    model = _model(onnx, texture, program_of(texture))
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def _model(onnx: Any, texture: Texture, program: Program) -> Any:
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    nodes, constants = [], []
    for step in program.steps:
        nodes.append(_node(helper, step))
        constants += [
            onnx.numpy_helper.from_array(
                np.ascontiguousarray(tensor.numpy()), f"{step.output}.{name}"
            )
            for name, tensor in step.constants.items()
        ]
    ports = program.ports
    inputs = [
        helper.make_tensor_value_info(
            each.name,
            number,
            ["batch", each.channels, f"rows_{each.scale}", f"columns_{each.scale}"],
        )
        for each in ports.inputs
    ]
    outputs = [
        helper.make_tensor_value_info(name, number, ["batch", channels, "height", "width"])
        for name, channels in ports.outputs.items()
    ]
    graph = helper.make_graph(nodes, str(texture.card["name"]), inputs, outputs, constants)
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="texturenet",
        producer_version=__version__,
    )
    helper.set_model_props(model, notes_of(texture, ports))
    return model


def _node(helper: Any, step: Step) -> Any:
    inputs = [*step.inputs, *(f"{step.output}.{name}" for name in step.constants)]
    return helper.make_node(
        step.operator, inputs, [step.output], name=step.output, **dict(step.settings)
    )
