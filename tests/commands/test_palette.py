"""train exemplars=a,b into=NAME, and the textures of a palette in every verb that takes a model."""

from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.palettes import palette_file
from helpers.pictures import dots
from PIL import Image

import texturenet
from texturenet.errors import Refused
from texturenet.generator import release

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def two(tmp_path):
    """a.png and b.png."""
    large = np.tile(dots(), (2, 2, 1))  # large enough for a score
    for name, pixels in (("a", large), ("b", 255 - large)):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    return "exemplars=a.png,b.png"


@pytest.fixture
def brief(small):
    """`small` without its exemplar, and without a score."""
    return [*(word for word in small if not word.startswith("exemplar=")), "log.score=false"]


@pytest.fixture
def palette(tmp_path):
    return palette_file(tmp_path / "pal.safetensors", names=("a", "b"))[0]


def refused(cli, *words):
    status, _, err = cli(*words)
    assert (status, err.count("\n")) == (2, 1), err
    return err


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures")
def test_two_pictures_become_one_file_of_two_textures(cli, two, brief):
    status, said, err = cli(
        "train", two, "into=pal", *brief, "parent=null", "log.previews=3", "log.moments=3"
    )
    assert (status, err) == (0, ""), err
    assert "runs/pal/pal.safetensors:a" in said
    files = {path.name for path in Path("runs/pal").iterdir()}
    assert {"a_0.png", "b_0.png", "a_sheet.png", "b_tile.png", "resume.ckpt"} <= files
    (own, other) = (texturenet.load("runs/pal", "cpu", texture=name) for name in "ab")
    assert (own.card["exemplar"]["name"], other.card["exemplar"]["name"]) == ("a", "b")
    assert own.card["root"] == other.card["root"]
    assert not torch.equal(own.render(32, 32), other.render(32, 32))
    assert set(own.card["errors"]) == {"covariance/relu1_1", "mean/relu1_1"} | {
        f"{statistic}/{layer}"
        for statistic in ("covariance", "mean")
        for layer in ("relu1_1@2", "pool2", "pool2@2")
    }
    header = Path("runs/pal/metrics.csv").read_text().splitlines()[0]
    assert "error/a/covariance/relu1_1" in header
    assert "error/b/covariance/relu1_1" in header
    assert "exemplars" not in own.card["recipe"]

    before = own.net.weights()
    status, said, err = cli(
        "train", two, "into=pal", *brief, "steps=8", "resume=runs/pal/resume.ckpt", "out=more"
    )
    assert (status, err) == (0, ""), err
    after = texturenet.load("more", "cpu", texture="a")
    assert after.card["step"] == 8
    assert any(not torch.equal(before[name], now) for name, now in after.net.weights().items())
    turned = refused(
        cli, "train", "exemplars=b.png,a.png", *brief, "resume=runs/pal/resume.ckpt", "out=no"
    )
    assert "belongs to a run with exemplars=" in turned
    own_child = ["train", two, "into=child", *brief, "parent=runs/pal/pal.safetensors:a", "steps=1"]
    assert cli(*own_child)[0] == 0
    child = release.load(release.find("runs/child:b"))[1]
    assert child["parent"]["name"] == "a"
    assert child["root"] == own.card["root"]


@pytest.mark.slow
@pytest.mark.usefixtures("blank_figures", "cheap_costs")
def test_each_texture_has_a_score_of_its_own(cli, brief, two, vgg_file):
    words = [word for word in brief if word != "log.score=false"]
    status, said, err = cli("train", two, *words)
    assert (status, err) == (0, ""), err
    assert "model=runs/a_b/a_b.safetensors:b exemplar=b.png" in said
    first, second = (release.card_of(release.find(f"runs/a_b:{name}")) for name in "ab")
    assert (first["name"], second["name"]) == ("a", "b")
    assert first["score"] != second["score"]
    status, _, err = cli("score", "model=runs/a_b:a", "exemplar=a.png", f"descriptor={vgg_file}")
    assert (status, err) == (0, ""), err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["exemplars=a.png"], "1 given, 2 to 16 needed"),
        (["exemplars=a.png,b.png", "exemplar=a.png"], "exclude each other: give one of them"),
        (["exemplars=a.png,b.png", "material=a"], "exclude each other: give one of them"),
        (["exemplars=a.png,nothing.png"], "nothing.png"),
        (["exemplars=a.png,text.png"], "text.png"),
        (["exemplars=a.png,a.png"], "2 exemplars are called a: rename the files"),
        (["exemplars=a.png,same.png"], "a and same are the same picture"),
        (["exemplars=a.png,b.png", "name=x"], "named by into=x"),
        (["exemplars=a.png,b.png", "into=a/b"], "into is 'a/b'"),
        (["exemplars=a.png,b.png", "steer=rotation"], "steer=rotation and exemplars exclude"),
        (["exemplars=a.png,b.png", "generator.waves=2"], "say generator.waves=0"),
        (["exemplars=a.png,b.png", "advice=followed"], "advice=followed is for one exemplar"),
        (["exemplars=a.png,b.png", "trainer.devices=2"], "trained by one process"),
        (["exemplars=a.png,b.png", "maps.height=a.png"], "name the files of a material"),
        (["exemplar=a.png", "into=x"], "say exemplars=a,b as well"),
    ],
)
def test_what_cannot_be_a_palette_is_refused(cli, two, brief, words, told):
    Path("text.png").write_text("no picture")
    Path("same.png").write_bytes(Path("a.png").read_bytes())
    assert told.lower() in refused(cli, "train", *brief, *words).lower()
    assert not Path("runs").exists()


def test_more_than_sixteen_are_refused(cli):
    many = ",".join(f"{number}.png" for number in range(17))
    assert "17 given, 2 to 16 needed" in refused(cli, "train", f"exemplars={many}")


@pytest.mark.usefixtures("palette")
def test_a_palette_is_not_drawn_until_a_texture_is_named(cli):
    for words in (
        ["sample", "model=pal.safetensors"],
        ["export", "model=pal.safetensors", "format=npz"],
        ["page", "model=pal.safetensors"],
        ["morph", "models=pal.safetensors,pal.safetensors:b"],
        ["film", "model=pal.safetensors", "kind=pan"],
        ["score", "model=pal.safetensors"],
    ):
        told = refused(cli, *words)
        assert "holds several textures, a, b: say pal.safetensors:a" in told, words


@pytest.mark.slow
@pytest.mark.usefixtures("palette")
def test_every_verb_takes_a_texture_by_its_name(cli):
    def done(*words):
        status, said, err = cli(*words)
        assert (status, err) == (0, ""), (words, err)
        return said

    both = "models=pal.safetensors:a,pal.safetensors:b"
    done("sample", "model=pal.safetensors:a", "size=32", "out=drawn")
    assert Path("drawn/a_0.png").is_file()
    done("film", "model=pal.safetensors:b", "kind=pan", "size=32", "seconds=0.1", "out=f.gif")
    morphed = done("film", "kind=morph", both, "size=32", "seconds=0.1", "out=m.gif")
    assert "not known to be kin" not in morphed
    assert "50 % a and 50 % b" in done("morph", both, "out=m.safetensors")
    assert release.card_of(Path("m.safetensors"))["root"]
    refused(cli, "morph", both, "out=pal.safetensors")
    done("blend", both, "size=48", "out=b.png")
    done("blend", both, "size=48", "way=weights", "out=w.png")
    Image.new("L", (32, 32), 1).save("labels.png")
    done("paint", "labels=labels.png", "models={1: pal.safetensors:a}", "out=p.png")
    done("export", "model=pal.safetensors:a", "format=npz", "out=a.npz")
    done("page", "model=pal.safetensors:a,pal.safetensors:b", "out=p.html")
    done("page", "model=pal.safetensors:a", "weights=half", "out=h.html")
    done("sample", "model=pal.safetensors:a", "size=256", "engine=local", "out=large.tif")
    assert "drawn/a_0.png" in done("reproduce", "file=drawn/a_0.png", "model=pal.safetensors:a")


def test_models_lists_every_texture_of_a_palette(cli, tmp_path, monkeypatch):
    file, _ = palette_file(tmp_path / "meadow.safetensors", names=("a", "b"))
    monkeypatch.setattr(release, "palettes", lambda: {"meadow": file})
    status, said, _ = cli("models")
    assert status == 0
    assert "meadow:a" in said
    assert "of b" in said
    assert "morphs into each other: meadow:a, meadow:b" in said.replace("\n", " ")
    assert texturenet.load("meadow:b", "cpu").card["name"] == "b"
    assert texturenet.load("meadow", "cpu", texture="b").card["name"] == "b"
    with pytest.raises(Refused, match="say meadow.safetensors:a"):
        texturenet.load("meadow")
