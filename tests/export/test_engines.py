"""The same files in other engines, where these are installed."""

import importlib
import os

import numpy as np
import pytest

import texturenet
from texturenet.export import checking
from texturenet.export.onnx_file import onnx_bytes

from .programs import NEEDS

FAR = 2e-5
SIZE, ORIGIN, SEED = (64, 96), (-32, 2**40 - 96), 5


def engine(name):
    """Its module; else the test is skipped, or fails where it must not be missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if name in os.environ.get(NEEDS, "").split(","):
            pytest.fail(f"{name} is not installed, and {NEEDS} asks for it")
        return pytest.skip(f"{name} is not installed")


@pytest.fixture(params=["brick", "gravel", "bricks"])
def case(request, tmp_path):
    """A file, its inputs, and what texturenet draws of them."""
    net = texturenet.load(request.param, device="cpu")
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_bytes(net))
    noise = checking.noise_of(net, SIZE, ORIGIN, SEED)
    own = checking.drawn_by(net, SIZE, ORIGIN, SEED)
    return str(path), {name: z.numpy() for name, z in noise.items()}, own


def close(made, own):
    for name, values in own.items():
        assert np.abs(made[name][0] - values.numpy()).max() < FAR, name


def test_openvino_draws_the_same(case):
    openvino = engine("openvino")
    path, noise, own = case
    hint = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    model = openvino.Core().compile_model(path, "CPU", hint)
    made = model(noise)
    close({name: made[name] for name in own}, own)


def test_opencv_draws_the_same(case):
    cv2 = engine("cv2")
    path, noise, own = case
    net = cv2.dnn.readNetFromONNX(path)
    for name, z in noise.items():
        net.setInput(z, name)
    close(dict(zip(own, net.forward([*own]), strict=True)), own)
