"""`texturenet blend`, in this process."""

import json
import re

import numpy as np
import pytest
import torch
from helpers.nets import random_net, waved
from PIL import Image

from texturenet.blending.blend import blend
from texturenet.generator import release
from texturenet.sampling.texture import load


@pytest.fixture(autouse=True)
def somewhere(elsewhere):
    """Every command here runs in a folder of its own."""
    for name, seed in (("dots", 1), ("lines", 2), ("rings", 3)):
        net = random_net(3, seed=seed, family="mixed")
        release.save(f"{name}.safetensors", net, {"name": name, "law": "uniform"})
    release.save("tartan.safetensors", waved().net, waved().card)
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    Image.fromarray(np.broadcast_to(ramp, (48, 64)).copy()).save("ramp.png")
    Image.fromarray(np.broadcast_to(255 * (ramp > 99), (48, 64)).astype(np.uint8)).save("hard.png")
    half = np.full((8, 8, 4), 255, np.uint8)
    half[:, :4, 3] = 0
    Image.fromarray(half).save("half.png")
    Image.fromarray(np.eye(3, dtype=np.uint8)[np.arange(48) // 16][None].repeat(8, 0) * 255).save(
        "rgb.png"
    )


MODELS = "models=dots.safetensors,lines.safetensors"
THREE = MODELS + ",rings.safetensors"


def pixels(file):
    return np.asarray(Image.open(file))


def test_it_writes_the_picture_that_python_makes(cli):
    status, said, _ = cli("blend", MODELS, "mask=ramp.png", "size=[48,64]", "seed=3", "spread=0")
    assert status == 0
    assert "dots_lines_3.png: 48x64, seed 3" in said
    mask = torch.from_numpy(pixels("ramp.png") / 255).float()
    nets = {load("dots.safetensors"): mask, load("lines.safetensors"): None}
    made = blend(nets, spread=0).render(48, 64, 3)
    expected = (made * 255).round().byte().permute(1, 2, 0).numpy()
    assert np.array_equal(pixels("dots_lines_3.png"), expected)


def test_the_file_says_how_it_was_made(cli):
    cli("blend", MODELS, "mask=ramp.png", "size=32", "softness=3", "out=a.png")
    record = json.loads(Image.open("a.png").info["texturenet"])
    assert record["kind"] == "blend"
    assert list(record["models"]) == ["dots", "lines"]
    assert re.fullmatch("[0-9a-f]{64}", record["mask"]["ramp.png"])
    assert (record["softness"], record["spread"], record["fit"]) == (3, 32, "stretch")


def test_without_a_mask_it_goes_from_the_first_model_to_the_second(cli):
    for mask, axis in (("right", 1), ("down", 0)):
        cli("blend", MODELS, f"mask={mask}", "size=[64,64]", "spread=0", "out=a.png")
        first, second = (
            (load(f"{name}.safetensors").render(64, 64) * 255).round().byte().permute(1, 2, 0)
            for name in ("dots", "lines")
        )
        made = np.moveaxis(pixels("a.png"), axis, 0)
        assert np.array_equal(made[:16], np.moveaxis(first.numpy(), axis, 0)[:16])
        assert np.array_equal(made[48:], np.moveaxis(second.numpy(), axis, 0)[48:])


def test_a_picture_of_colours_is_for_three_models(cli):
    cli("blend", THREE, "mask=rgb.png", "size=[8,48]", "fit=once", "spread=0", "out=a.png")
    rings = (load("rings.safetensors").render(8, 48) * 255).round().byte().permute(1, 2, 0)
    assert np.array_equal(pixels("a.png")[:, 32:], rings.numpy()[:, 32:])


def test_a_picture_for_each_model(cli):
    words = "mask=ramp.png,hard.png,ramp.png", "size=32", "out=a.png"
    assert cli("blend", THREE, *words)[0] == 0


def test_what_is_changed_of_masks_is_said(cli):
    assert "half.png is transparent in parts" in cli("blend", MODELS, "mask=half.png", "size=8")[1]
    said = cli("blend", MODELS, "mask=hard.png", "size=64", "spread=0")[1]
    assert "edges cut through stones" in said
    said = cli("blend", MODELS, "mask=ramp.png", "size=[24,64]")[1]
    assert "ramp.png is 48x64: stretched to 24x64, another shape" in said
    for words in (["size=[24,32]"], ["size=[24,64]", "fit=once"]):
        assert "stretched" not in cli("blend", MODELS, "mask=ramp.png", *words)[1]
    said = cli("blend", MODELS, "mask=ramp.png,ramp.png", "size=64")[1]
    assert "masks add up to 0 to 2: they are divided by their sum" in said
    assert "ramp.png is 48x64: stretched to 64x64" in said
    said = cli("blend", MODELS, "mask=ramp.png", "size=[96,128]")[1]
    assert "stretched" not in said
    said = cli("blend", MODELS, "mask=ramp.png,half.png", "size=64")[1]
    assert "masks add up to" in said


@pytest.mark.parametrize(
    "word",
    ["fit=tile", "spread=0", "softness=16", "way=features", "seed=1", "origin=[5,9]", "tile=x",
     "mask=hard.png", "size=[40,32]", "invert=dots.safetensors",
     "models=lines.safetensors,dots.safetensors"],
)  # fmt: skip
def test_every_option_changes_the_picture(cli, word):
    words = [MODELS, "mask=ramp.png", "size=[40,64]"]
    key = word.split("=")[0]
    changed = [one for one in words if one.split("=")[0] != key] + [word]
    assert cli("blend", *words, "out=a.png")[0] == 0
    assert cli("blend", *changed, "out=b.png")[0] == 0
    one, other = pixels("a.png"), pixels("b.png")
    assert one.shape != other.shape or (one != other).any()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["models=dots.safetensors"], "1 given, 2 to 16 needed, as a,b"),
        (["models=" + ",".join(["dots.safetensors"] * 256)], "256 given, 2 to 16 needed"),
        (["models=dots.safetensors,"], "a name is missing beside a comma"),
        (["models=dots.safetensors,nothing"], "there is no model 'nothing'"),
        ([MODELS, "invert=lines,dot"], "invert names 'dot'. Did you mean dots"),
        ([MODELS, "invert=dots", "way=features"], "way=features knows no heights"),
        ([MODELS, "mask=nothing.png"], "cannot read nothing.png"),
        ([MODELS, "mask=up"], "no picture is called so. Known: right, down"),
        (["models="], "names are needed, as a,b"),
        ([MODELS, "mask=rgb.png,rgb.png,rgb.png"], "3 masks for 2 models"),
        ([THREE, "mask=ramp.png"], "ramp.png is grey: three models need red, green and blue"),
        ([THREE], "3 models: say mask=a.png,b.png,.., a picture for each"),
        (["models=dots.safetensors,tartan.safetensors", "way=features"], "say way=height"),
        ([MODELS, "preset=plain"], "preset=plain needs a material"),
        ([MODELS, "tile=x", "size=[8,9]"], "a tile's width 9 is not a multiple of 4"),
        ([MODELS, "mask=ramp.png", "size=-5"], "height is -5: a picture has at least 1 pixel"),
        ([MODELS, "out=a.txt"], "cannot write a picture as 'a.txt'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(cli, words, said):
    status, _, wrong = cli("blend", *words)
    assert (status, wrong.count("\n")) == (2, 1)
    assert said in wrong


@pytest.mark.parametrize(
    "word", ["size=-3", "origin=[0,1e15]", "origin=[2000000000000,0]", "tile=maybe"]
)
def test_what_cannot_be_is_refused_before_nets_are_measured(cli, monkeypatch, word):
    monkeypatch.setattr("texturenet.commands.masked.blend", lambda *_, **__: 1 / 0)
    status, _, wrong = cli("blend", MODELS, word)
    assert (status, wrong.count("\n")) == (2, 1)


def test_a_very_large_picture_is_drawn_part_by_part(cli, monkeypatch):
    monkeypatch.setattr("texturenet.commands.drawing.STREAMED", 2**12)
    words = MODELS, "mask=ramp.png", "size=[70,130]"
    assert cli("blend", *words, "out=large.png")[0] == 0
    monkeypatch.undo()


def test_a_mask_that_lies_still_gives_windows_that_match(cli):
    still = ["blend", MODELS, "mask=hard.png", "fit=once", "mask_origin=[0,0]"]
    assert cli(*still, "size=[48,64]", "out=whole.png")[0] == 0
    assert cli(*still, "size=[20,24]", "origin=[10,30]", "out=part.png")[0] == 0
    whole, part = (np.asarray(Image.open(f"{name}.png")).astype(int) for name in ("whole", "part"))
    assert np.abs(whole[10:30, 30:54] - part).max() <= 1
    moved = [*still[:-1], "size=[20,24]", "origin=[10,30]", "out=moved.png"]
    assert cli(*moved)[0] == 0
    assert np.abs(np.asarray(Image.open("moved.png")).astype(int) - part).max() > 3
