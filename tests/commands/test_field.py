"""`field` of sample and `steer` of train, in this process."""

import json
import re

import numpy as np
import pytest
from helpers.nets import random_net
from helpers.steering import steerable
from PIL import Image

from texturenet.generator import release
from texturenet.sampling.steering import steered
from texturenet.sampling.texture import load


@pytest.fixture
def somewhere(elsewhere, tmp_path):
    """A folder with a net that is told its direction and one that is not, and with fields."""
    steerable(tmp_path)
    release.save(
        tmp_path / "dots.safetensors", random_net(3, seed=1), {"name": "dots", "law": "uniform"}
    )
    field = np.zeros((8, 12, 3), np.uint8)
    field[..., 0], field[..., 1] = np.arange(12) * 20, 160
    Image.fromarray(field).save("field.png")
    (tmp_path / "path.svg").write_text('<svg><path d="M0 40 C20 0 40 60 64 0"/></svg>')
    (tmp_path / "path.json").write_text('{"strokes": [{"points": [[40, 0], [0, 64]]}]}')


def pixels(file):
    return np.asarray(Image.open(file))


def drawn(cli, *words, model="grain.safetensors", out="out.png"):
    status, said, _ = cli("sample", f"model={model}", "size=[48,64]", f"out={out}", *words)
    assert status == 0
    return pixels(out), said


FIELDS = "30", "30,0.25", "field.png", "path.svg", "path.json"


@pytest.mark.parametrize("model", ["grain.safetensors", "dots.safetensors"])
def test_every_kind_of_field_turns_the_texture_its_own_way(cli, somewhere, model):
    plain, _ = drawn(cli, model=model)
    made = [drawn(cli, f"field={field}", model=model)[0] for field in FIELDS]
    made += [drawn(cli, "field=field.png", "field_turn=180", model=model)[0]]
    for i, one in enumerate([plain, *made]):
        assert all(not np.array_equal(one, other) for other in made[i:])


def test_it_writes_what_python_makes_and_says_of_which_field(cli, somewhere):
    made, _ = drawn(cli, "field=30,0.25", "origin=[-7,9]", "seed=2")
    expected = steered("grain.safetensors", (30, 0.25)).render(48, 64, 2, (-7, 9))
    assert np.abs(made / 255 - expected.permute(1, 2, 0).numpy()).max() < 0.6 / 255
    record = json.loads(Image.open("out.png").text["texturenet"])
    assert (record["kind"], record["field"]) == ("steered", "30,0.25")
    drawn(cli, "field=field.png")
    record = json.loads(Image.open("out.png").text["texturenet"])
    assert list(record["field"]) == ["field.png", "turn"]
    status, _, said = cli("reproduce", "file=out.png")
    assert status
    assert "repeat `texturenet sample`" in said


def test_what_a_field_becomes_is_said(cli, somewhere):
    _, said = drawn(cli, "field=field.png")
    assert "field.png is 8x12: stretched to 48x64" in said
    _, said = drawn(cli, "field=field.png", model="dots.safetensors")
    assert "without steer" in said
    assert "degrees" in said
    _, said = drawn(cli, "field=0,3", model="dots.safetensors")
    assert "beyond 0.25 and 4.00 is drawn at these ends" in said
    Image.fromarray(np.full((8, 12, 4), 128, np.uint8)).save("seen_through.png")
    assert "transparent in parts" in drawn(cli, "field=seen_through.png")[1]
    _, said = drawn(cli, "field=0,2")
    assert "sizes from 4.00 to 4.00, and this net learnt 0.71 to 1.41" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["field=nan"], "field is nan"),
        (["field=30,0.5,7"], "say degrees, or degrees,octaves"),
        (["field=missing.png"], "missing.png"),
        (["field=field.png", "field_turn=90"], "180 or 360"),
        (["field=field.png", "size=0"], "height is 0"),
        (["field=path.svg", "size=-4", "model=dots.safetensors"], "height is -4"),
        (["field=30", "preset=plain"], "colour alone"),
        (["field=30", "tile=xy", "model=dots.safetensors"], "does not repeat"),
    ],
)
def test_a_field_that_cannot_be_is_one_line(cli, somewhere, words, said):
    words = [
        *words,
        *([] if any("model" in word for word in words) else ["model=grain.safetensors"]),
    ]
    status, _, error = cli("sample", "size=64", "out=out.png", *words)
    assert status == 2
    assert said in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("steer", ["rotation", "scale", "both"])
def test_a_net_trained_with_steer_can_be_told(cli, small, elsewhere, tmp_path, steer):
    status, said, error = cli("train", *small, f"steer={steer}", "windows=true", "out=run")
    assert status == 0, error
    assert "steered: " in said
    (path,) = tmp_path.glob("run/*.safetensors")
    facts = release.card_of(path)["steering"]
    assert (facts["turns"] > 0) == (steer != "scale")
    assert (facts["sizes"] != [0, 0]) == (steer != "rotation")
    followed = steered(str(path), (50, 0.25))
    assert followed.net.architecture.noise_channels == (
        load(str(path)).net.architecture.noise_channels + followed.steering.channels
    )
    assert (followed.render(16, 16) - load(str(path)).render(16, 16)).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["windows=false"], "windows=true"),
        (["generator.waves=1"], "waves lie one way"),
        (["picture.octaves=2", "windows=true"], "picture.octaves=1"),
    ],
)
def test_a_steered_training_that_cannot_be_is_one_line(cli, small, elsewhere, words, said):
    small = [word for word in small if not re.match(r"windows|generator.waves", word)]
    status, _, error = cli("train", *small, "steer=rotation", *words, "out=run")
    assert status == 2
    assert said in error
    assert len(error.strip().splitlines()) == 1
