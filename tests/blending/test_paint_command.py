"""`texturenet paint`, in this process."""

import json

import numpy as np
import pytest
import torch
from helpers.nets import random_net
from PIL import Image

from texturenet.blending.painting import paint
from texturenet.generator import release
from texturenet.sampling.texture import load

CELLS = np.array([[1, 1, 2, 2], [1, 2, 2, 2], [1, 1, 1, 2]], np.uint8)
MODELS = "models={1: dots.safetensors, 2: lines.safetensors}"


@pytest.fixture(autouse=True)
def somewhere(elsewhere):
    """Every command here runs in a folder of its own."""
    for name, seed in (("dots", 1), ("lines", 2)):
        net = random_net(3, seed=seed, family="mixed")
        release.save(f"{name}.safetensors", net, {"name": name, "law": "uniform"})
    Image.fromarray(CELLS).save("map.png")
    palette = Image.fromarray(CELLS, "P")
    palette.putpalette([0, 0, 0, 255, 0, 0, 0, 0, 255])
    palette.save("palette.png")
    palette.convert("RGB").save("colours.png")


def pixels(file):
    return np.asarray(Image.open(file))


def test_it_writes_the_picture_that_python_makes(cli):
    status, said, _ = cli("paint", "labels=map.png", MODELS, "scale=16", "seed=3")
    assert status == 0
    assert "dots_lines_3.png: 48x64, seed 3" in said
    nets = {1: load("dots.safetensors"), 2: load("lines.safetensors")}
    made = paint(torch.from_numpy(CELLS), nets, scale=16, seed=3).render(48, 64, 3)
    expected = (made * 255).round().byte().permute(1, 2, 0).numpy()
    assert np.array_equal(pixels("dots_lines_3.png"), expected)


def test_a_palette_gives_its_numbers_and_colours_may_be_named(cli):
    colours = "models={'#ff0000': dots.safetensors, '#0000ff': lines.safetensors}"
    for words in (("labels=map.png", MODELS), ("labels=palette.png", MODELS),
                  ("labels=palette.png", colours), ("labels=colours.png", colours)):  # fmt: skip
        assert cli("paint", *words, "scale=8", f"out={len(words[0])}{words[1][8]}.png")[0] == 0
    files = "141.png", "181.png", "18'.png", "18'.png"
    assert all(np.array_equal(pixels(files[0]), pixels(file)) for file in files)


def test_the_file_says_how_it_was_made(cli):
    cli("paint", "labels=map.png", MODELS, "scale=8", "out=a.png")
    record = json.loads(Image.open("a.png").info["texturenet"])
    assert record["kind"] == "paint"
    assert record["models"] == {"1": "dots", "2": "lines"}
    assert (record["scale"], record["spread"], record["wander"]) == (8, 32, 1)


def test_parts_of_a_landscape_fit_beside_each_other(cli):
    cli("paint", "labels=map.png", MODELS, "scale=16", "out=whole.png")
    cli("paint", "labels=map.png", MODELS, "scale=16", "out=part.png", "size=[20,30]",
        "origin=[11,7]")  # fmt: skip
    apart = pixels("whole.png")[11:31, 7:37].astype(int) - pixels("part.png")
    assert abs(apart).max() <= 1


@pytest.mark.parametrize(
    "word",
    ["scale=9", "spread=3", "wander=0", "softness=16", "invert=dots.safetensors", "seed=1",
     "origin=[5,9]", "tile=xy", "fit=tile", "size=[40,32]", "labels=colours.png",
     "models={1: lines.safetensors, 2: dots.safetensors}"],
)  # fmt: skip
def test_every_option_changes_the_picture(cli, word):
    words = ["labels=map.png", MODELS, "scale=16", "size=[64,96]"]
    key = word.split("=")[0]
    if word == "labels=colours.png":
        Image.fromarray(CELLS[:, ::-1].copy()).save("colours.png")
    changed = [one for one in words if one.split("=")[0] != key] + [word]
    assert cli("paint", *words, "out=a.png")[0] == 0
    assert cli("paint", *changed, "out=b.png")[0] == 0
    one, other = pixels("a.png"), pixels("b.png")
    assert one.shape != other.shape or (one != other).any()


def test_a_very_large_landscape_is_drawn_part_by_part(cli, monkeypatch):
    words = "labels=map.png", MODELS, "scale=32"
    assert cli("paint", *words, "out=small.png")[0] == 0
    monkeypatch.setattr("texturenet.commands.drawing.STREAMED", 2**12)
    assert cli("paint", *words, "out=large.tif")[0] == 0
    apart = pixels("large.tif").astype(int) - pixels("small.png")
    assert abs(apart).max() <= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["labels=map.png", "models={1: dots.safetensors}"], "labels without a model: 2;"),
        (["labels=map.png", "models={1: dots.safetensors, 2: nothing}"], "no model 'nothing'"),
        (["labels=map.png", "models={}"], "models is empty"),
        (["labels=map.png", "models=dots.safetensors"], "as {1: grass, 2: gravel}"),
        (["labels=map.png", "models="], "as {1: grass, 2: gravel}"),
        (["labels=map.png", MODELS, "size=0"], "height is 0"),
        (["labels=nothing.png", MODELS], "cannot read nothing.png"),
        (["labels=colours.png", MODELS], "colours.png holds colours, and labels are given as"),
        (["labels=dots.safetensors", MODELS], "is no picture of labels: save it as PNG"),
        (["labels=map.png", MODELS, "out=a.txt"], "cannot write a picture as 'a.txt'"),
        (["labels=map.png", MODELS, "preset=plain"], "preset=plain needs a material"),
        (["labels=map.png", MODELS, "tile=x", "size=[8,9]"], "a tile's width 9 is not a multiple"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(cli, words, said):
    status, _, wrong = cli("paint", *words)
    assert (status, wrong.count("\n")) == (2, 1)
    assert said in wrong


def test_labels_that_no_pixel_has_are_said(cli):
    models = "models={1: dots.safetensors, 2: lines.safetensors, 9: lines.safetensors}"
    assert "no pixel has 9." in cli("paint", "labels=map.png", models)[1]
