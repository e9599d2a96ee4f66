"""`texturenet film models=a,b mask=..`: several nets under a mask that lies still."""

from pathlib import Path

import imageio.v3 as iio
import numpy as np
import pytest
from helpers.nets import random_net
from PIL import Image

import texturenet
from texturenet.generator import release
from texturenet.io.pictures import to_bytes

pytest.importorskip("av")
TWO = "models=a.safetensors,b.safetensors"
SHORT = ["size=48", "seconds=0.5", "fps=8", "seed=5", "device=cpu", "threads=1"]


@pytest.fixture(autouse=True)
def somewhere(elsewhere):
    """a and b in the folder that commands are given in, and a mask."""
    for seed, name in enumerate("ab"):
        net = random_net(3, seed=seed, family="mixed")
        release.save(Path(f"{name}.safetensors"), net, {"name": name, "law": "uniform"})
    white = np.zeros((48, 48), np.uint8)
    white[:, 24:] = 255
    Image.fromarray(white).save("mask.png")


@pytest.mark.parametrize("kind", ["loop", "interpolate"])
def test_a_film_has_the_frames_of_the_blend(cli, kind):
    assert cli("film", TWO, "mask=mask.png", f"kind={kind}", "out=f.apng", *SHORT)[0] == 0
    frames = iio.imread("f.apng")
    shares = np.asarray(Image.open("mask.png"), np.float32) / 255
    a, b = (texturenet.load(f"{name}.safetensors", device="cpu") for name in "ab")
    whole = texturenet.blend({a: shares, b: 1 - shares}, spread=32)
    made = whole.film(kind, 0.5, 8, size=48, seeds=(5, 6))
    assert len(frames) == len(made) == 4
    for frame, expected in zip(frames, made, strict=True):
        away = np.abs(frame[..., :3].astype(int) - to_bytes(expected).astype(int))
        assert away.max() <= 1


def test_a_pan_goes_on_where_the_mask_lies(cli):
    words = ["kind=pan", "path=[[0,0],[0,24]]", "out=p.apng", *SHORT]
    assert cli("film", TWO, "mask=mask.png", *words)[0] == 0
    frames = iio.imread("p.apng")[..., :3].astype(int)
    assert np.abs(frames[0][:, 24:] - frames[-1][:, :24]).max() <= 1


def test_it_is_named_after_both_and_says_how_it_was_made(cli):
    assert cli("film", TWO, "mask=right", *SHORT)[0] == 0
    assert Path("a_b_loop.mp4").is_file()
    assert cli("film", TWO, "mask=right", "out=f.apng", *SHORT)[0] == 0
    status, _, error = cli("reproduce", "f.apng")
    assert status == 2
    assert "is a blend: repeat `texturenet film` with the models and mask" in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model=a.safetensors", "mask=mask.png"], "several models=a,b"),
        ([TWO, "mask=mask.png", "kind=morph"], "kind=morph goes through all of them"),
        ([TWO], "or mask=FILE as well"),
        ([TWO, "mask=mask.png", "kind=displace", "path=[[0,0],[0,8]]"], "of one net, not of a"),
        ([TWO, "mask=mask.png", "report=true"], "report= is for films of one net"),
        ([TWO, "mask=mask.png", "engine=local"], "engine= is for films of one net"),
        ([TWO, "mask=nothing.png"], "cannot read nothing.png"),
        ([TWO, "mask=left"], "Known: right, down"),
    ],
)
def test_what_it_cannot_be_is_one_line(cli, words, said):
    status, _, error = cli("film", *words, *SHORT)
    assert (status, error.count("\n")) == (2, 1)
    assert said in error
    assert not list(Path().glob("*.mp4"))
