"""Exported nets: what they draw, and what they say of themselves."""

import io
import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from helpers.nets import TILES, WAVES, material, texture, waved

import texturenet
from texturenet.export import checking
from texturenet.export.npz_file import npz_bytes
from texturenet.export.onnx_file import onnx_bytes
from texturenet.export.ports import ports_of
from texturenet.export.program import program_of
from texturenet.export.torch_file import torch_bytes
from texturenet.generator import release
from texturenet.materials.planes import Layout
from texturenet.sampling.texture import Texture

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit:FutureWarning")
ROUNDING = 2e-5
FLAT = Layout(("colour", "normal", "roughness"), {"metallic": 0.25}, steepest=1.5)
HIGH = Layout(("colour", "height"), {}, low=0.2, high=0.7)


def gaussian(scales):
    plain = texture(scales)
    return Texture(plain.net, plain.card | {"law": "gaussian"})


NETS = {
    "growing": lambda: texture(3),
    "one scale": lambda: texture(1),
    "two scales": lambda: texture(2, family="mixed"),
    "mixed": lambda: texture(4, family="mixed"),
    "heads": lambda: texture(3, family="bare"),
    "deep": lambda: texture(6, family="bare"),
    "gaussian": lambda: gaussian(3),
    "waves": waved,
    "units": lambda: waved(TILES),
    "material": material,
    "material with waves": lambda: material(waves=WAVES),
    "slopes alone": lambda: material(layout=FLAT),
    "height alone": lambda: material(scales=4, layout=HIGH),
}
WINDOWS = [((1, 2), (0, 0)), ((3, 1), (-2, 5)), ((2, 2), (2**34, -(2**34)))]  # coarsest cells


@pytest.fixture(params=NETS)
def net(request):
    return NETS[request.param]()


def session_of(data):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def run_onnx(session, noise):
    names = [output.name for output in session.get_outputs()]
    made = session.run(names, {name: z.numpy() for name, z in noise.items()})
    return dict(zip(names, made, strict=True))


def close(drawn, wanted):
    assert drawn.keys() == wanted.keys()
    for name, values in wanted.items():
        assert drawn[name].shape == values.shape
        apart = np.abs(np.asarray(drawn[name]) - np.asarray(values)).max()
        assert apart < ROUNDING, f"{name}: {apart}"


def windows(net):
    side = net.net.architecture.coarsest
    for size, origin in WINDOWS:
        yield tuple(n * side for n in size), tuple(n * side for n in origin)


def test_onnx_and_torchscript_draw_what_the_texture_draws(net):
    session = session_of(onnx_bytes(net))
    loaded = torch.jit.load(io.BytesIO(torch_bytes(net)))
    for size, origin in windows(net):
        noise = checking.noise_of(net, size, origin, 5)
        wanted = {
            name: values[None] for name, values in checking.drawn_by(net, size, origin, 5).items()
        }
        close(run_onnx(session, noise), wanted)
        with torch.inference_mode():
            close(loaded(*noise.values()), wanted)


@pytest.mark.parametrize("name", release.released())
def test_released_nets_are_drawn_by_both(name):
    net = texturenet.load(name, device="cpu")
    assert checking.difference(net, "onnx", onnx_bytes(net)) < ROUNDING
    assert checking.difference(net, "torchscript", torch_bytes(net)) < ROUNDING


def test_a_batch_is_its_pictures(net):
    side = 2 * ports_of(net).multiple
    seeds = [3, 2**64 - 5, 4]
    parts = [checking.noise_of(net, (side, side), (0, 0), seed) for seed in seeds]
    noise = {name: torch.cat([part[name] for part in parts]) for name in parts[0]}
    wanted = [checking.drawn_by(net, (side, side), (0, 0), seed) for seed in seeds]
    joined = {name: torch.stack([each[name] for each in wanted]) for name in wanted[0]}
    close(run_onnx(session_of(onnx_bytes(net)), noise), joined)
    close(torch.jit.load(io.BytesIO(torch_bytes(net)))(*noise.values()), joined)


def test_a_tile_is_drawn_of_periodic_noise(net):
    size = ports_of(net).period
    noise = checking.noise_of(net, size, (0, 0), 9, tile="xy")
    wanted = {n: v[None] for n, v in checking.drawn_by(net, size, (0, 0), 9, "xy").items()}
    close(run_onnx(session_of(onnx_bytes(net)), noise), wanted)


def test_inputs_are_the_cells_that_their_ports_say(net):
    for size, origin in windows(net):
        noise = checking.noise_of(net, size, origin, 5)
        margin = net.layout.margin if net.layout else 0
        for each in ports_of(net).inputs:
            axes = [each.cells(*pair) for pair in zip(origin, size, strict=True)]
            spans = [
                net.spans(start - margin, length + 2 * margin)[each.scale]
                for start, length in zip(origin, size, strict=True)
            ]
            assert axes == [(span.start, span.length) for span in spans]
            assert noise[each.name].shape == (1, each.channels, axes[0][1], axes[1][1])
            assert each.first == -each.more // 2


def test_the_onnx_file_has_common_operators_free_sizes_and_the_card(net):
    model = onnx.load_from_string(onnx_bytes(net))
    assert (model.opset_import[0].version, model.ir_version) == (15, 8)
    used = {node.op_type for node in model.graph.node}
    known = {"Conv", "LeakyRelu", "DepthToSpace", "Add", "Slice", "Clip"}
    known |= {"Concat"} if net.waves else set()
    known |= {"Mul", "Sqrt", "Div"} if net.layout and "normal" in net.layout.kinds else set()
    assert used <= known
    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
    known_shapes = {value.name for value in inferred.graph.value_info}
    outputs = {output.name for output in model.graph.output}
    assert known_shapes | outputs >= {name for node in model.graph.node for name in node.output}
    for value in (*model.graph.input, *model.graph.output):
        batch, _, rows, columns = value.type.tensor_type.shape.dim
        assert batch.dim_param == "batch"
        assert rows.dim_param
        assert columns.dim_param
    notes = {prop.key: json.loads(prop.value) for prop in model.metadata_props}
    assert notes["texturenet"] == json.loads(json.dumps(net.card))
    assert notes["texturenet_ports"] == json.loads(json.dumps(ports_of(net).facts()))


def test_a_constant_map_is_in_the_notes_and_no_output():
    ports = ports_of(material())
    assert ports.constants == {"metallic": 0.25}
    assert "metallic" not in ports.outputs


def test_matching_tiles_have_the_reach_of_the_sampler():
    for net in (texture(3), material()):
        shape = net.net.architecture
        size = (20 * shape.coarsest,) * 2
        border = net._bordered(net.plane(size, 1, "xy"), 2, (0, 0))
        assert ports_of(net).reach == border.reach


def test_torchscript_needs_torch_alone(tmp_path):
    net = material(waves=WAVES)
    (tmp_path / "net.pt").write_bytes(torch_bytes(net))
    noise = checking.noise_of(net, (8, 12), (0, 0), 5)
    torch.save(list(noise.values()), tmp_path / "noise.pt")
    program = """
import sys, json, warnings
sys.modules["texturenet"] = None  # cannot be imported
warnings.simplefilter("ignore")
import torch
notes = {"texturenet.json": "", "texturenet_ports.json": ""}
net = torch.jit.load("net.pt", _extra_files=notes)
torch.save(net(*torch.load("noise.pt")), "made.pt")
print(json.loads(notes["texturenet.json"])["name"])
print([each["name"] for each in json.loads(notes["texturenet_ports.json"])["inputs"]][3])
"""
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["stone", "waves_0"]
    made = torch.load(tmp_path / "made.pt")
    close(
        {name: values[0] for name, values in made.items()},
        checking.drawn_by(net, (8, 12), (0, 0), 5),
    )


def test_weights_stand_in_the_order_of_the_net_and_with_the_notes(net):
    data = np.load(io.BytesIO(npz_bytes(net)))
    assert list(data) == [*net.net.architecture.shapes(), "texturenet", "texturenet_ports"]
    for name, weights in net.net.weights().items():
        np.testing.assert_array_equal(data[name], weights.numpy())
    assert json.loads(bytes(data["texturenet"]))["name"] == net.card["name"]


def test_the_same_net_gives_the_same_bytes():
    for bytes_of in (onnx_bytes, npz_bytes):
        assert bytes_of(material()) == bytes_of(material())


def test_crops_do_not_depend_on_the_window():
    """What `program.crop` says of the smallest window holds for larger ones, by another way."""
    for net in (texture(5), texture(5, family="bare"), material(scales=5)):
        steps = {step.output: step for step in program_of(net).steps}
        margin = net.layout.margin if net.layout else 0
        for start, length in ((0, 16), (-48, 160)):
            spans = net.spans(start - margin, length + 2 * margin)
            for scale in range(1, 5):
                crop = steps.get(f"body.{scale}.0.crop")
                front = int(crop.constants["starts"][0]) if crop else 0
                assert front == spans[scale].drop
