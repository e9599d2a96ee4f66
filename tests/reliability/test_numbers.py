"""Exemplars that hold next to nothing, and numbers that end: no NaN reaches a file."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from texturenet.errors import Refused
from texturenet.io.untrusted import read_pickle, tensors_in
from texturenet.losses.targets import targets_of
from texturenet.losses.texture import TextureLoss

pytestmark = pytest.mark.usefixtures("elsewhere")
FLAT = ("black", "white", "grey", "red")


def exemplar(kind, side=48):
    pixels = np.zeros((side, side, 3), np.uint8)
    if kind == "white":
        pixels[:] = 255
    elif kind == "grey":
        pixels[:] = 128
    elif kind == "red":
        pixels[..., 0] = 200
    elif kind == "one odd pixel":
        pixels[:] = 100
        pixels[20, 20] = 255, 0, 0
    elif kind == "saturated":
        pixels[:] = 255 * np.random.default_rng(0).integers(0, 2, (side, side, 1))
    elif kind == "stripes":
        pixels[:, ::2] = 255
    elif kind == "faint":
        pixels[:] = 127 + np.random.default_rng(0).integers(0, 2, (side, side, 1))
    path = Path(f"{kind}.png")
    Image.fromarray(pixels).save(path)
    return path


KINDS = [*FLAT, "one odd pixel", "saturated", "stripes", "faint"]


def commands(path, small, vgg_file):
    trained = [item for item in small if not item.startswith("exemplar")]
    painted = [f"descriptor.weights={vgg_file}", "steps=5", "coarse_steps=5", "threads=1"]
    grown = ["width=0.05", "evaluations=3", "threads=1"]
    return {
        "train": ["train", f"exemplar={path}", *trained, "loss.octaves=2"],
        "train as published": ["train", f"exemplar={path}", *trained, "recipe=ulyanov2016"],
        "gatys": ["gatys", f"exemplar={path}", *painted],
        "ranvgg": ["descriptor", "kind=ranvgg", f"image={path}", *grown, "n_samples=2"],
        "singlevgg": ["descriptor", "kind=singlevgg", f"image={path}", *grown, "n_epochs=2"],
    }


VERBS = ["train", "train as published", "gatys", "ranvgg", "singlevgg"]


def numbers(folder):
    """Every number of every file: weights, and what was logged."""
    for file in folder.glob("*.safetensors"):
        for tensor in load_file(file).values():
            yield from tensor.flatten().tolist()
    for file in folder.glob("*.csv"):
        with open(file, newline="") as rows:
            for row in csv.DictReader(rows):
                yield from (
                    float(value) for key, value in row.items() if "/" in key or key == "loss"
                )


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_file_holds_what_is_no_number(kind, verb, small, vgg_file, cli):
    given = commands(exemplar(kind), small, vgg_file)[verb]
    status, out, err = cli(*given, "out=run")
    assert status in (0, 2), err
    if status == 2:  # then it says what cannot be
        assert err.count("\n") == 1
    else:
        found = list(numbers(Path("run")))
        assert found
        assert all(map(math.isfinite, found))
        state = read_pickle(Path("run/resume.ckpt"))
        assert all(tensor.isfinite().all() for tensor in tensors_in(state))
    if kind in FLAT:
        assert "of one colour" in out + err


@pytest.mark.parametrize("units", TextureLoss.UNITS)
@pytest.mark.parametrize("half", [None, torch.float16, torch.bfloat16])
def test_errors_relative_to_nothing_stay_numbers(units, half):
    """Features that are the same everywhere have a covariance of nil."""

    def flat(picture):
        return {"a": picture[:, :, ::4, ::4]}

    targets = targets_of([torch.full((1, 3, 32, 32), 0.5)], flat, pooled=True)
    loss = TextureLoss(
        targets, {"covariance": 1.0, "mean": 1.0}, combine="log", units=units, ridge=1.0
    )
    picture = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    picture = picture.to(half or torch.float32).requires_grad_()
    errors = loss.errors(flat(picture))
    assert all(0 < float(error) < 1e25 for error in errors.values()), errors
    assert all(map(torch.isfinite, loss(errors).values()))
    sum(loss(errors).values()).backward()
    assert picture.grad.isfinite().all()


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_what_overflows_half_precision_is_summed_in_float32(half):
    large = torch.full((1, 3, 64, 64), 300.0, dtype=half)  # squares beyond float16
    for name, statistic in targets_of([large], lambda x: {"a": x})["a"].items():
        assert statistic.isfinite().all(), name


def test_a_net_whose_numbers_ended_is_refused_and_not_released(cli, small, monkeypatch):
    from texturenet.training.module import TextureTraining

    release = TextureTraining.release

    def broken(self):
        net = release(self)
        net.weights()["output.bias"].fill_(float("nan"))
        return net

    monkeypatch.setattr(TextureTraining, "release", broken)
    status, _, err = cli("train", *small, "out=run")
    assert status == 2, err
    assert not list(Path("run").glob("*.safetensors"))


def test_a_picture_that_is_no_number_is_not_written(tmp_path):
    from texturenet.io.pictures import save_picture

    with pytest.raises(Refused, match="not numbers"):
        save_picture(tmp_path / "a.png", torch.full((3, 8, 8), float("nan")))
    assert not list(tmp_path.iterdir())
