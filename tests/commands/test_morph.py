"""texturenet morph, films from net to net, and families in `texturenet models`, as a user types."""

import itertools
import json
from pathlib import Path

import pytest
import torch
from helpers.nets import material, random_net, waved
from helpers.options import SCHEMAS, leaves

import texturenet
from texturenet.commands import models as models_verb
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.io import video
from texturenet.io.pictures import to_bytes
from texturenet.sampling.between import morph, row

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def nets(tmp_path):
    """a and its child b; c, of another start."""
    root = release.fingerprint(random_net(3))
    for seed, name in enumerate("abc"):
        card = {"name": name, "law": "uniform", **({"root": root} if name == "b" else {})}
        card["exemplar"] = {"name": f"photo of {name}", "licence": f"of {name}"}
        release.save(tmp_path / f"{name}.safetensors", random_net(3, seed=seed), card)


def refused(cli, *words):
    status, _, err = cli(*words)
    assert (status, err.count("\n")) == (2, 1), err
    return err


@pytest.mark.usefixtures("nets")
def test_a_net_between_two_is_a_model_as_any(cli):
    files = "models=a.safetensors,b.safetensors"
    status, said, err = cli("morph", files, "at=0.25", "out=m.safetensors")
    assert (status, err) == (0, "")
    assert "75 % a and 25 % b" in said
    assert "kin" not in said
    _net, card = release.load(Path("m.safetensors"))
    root = release.fingerprint(random_net(3))
    assert (card["name"], card["root"]) == ("m", root)
    assert [(one["name"], one["share"]) for one in card["parents"]] == [("a", 0.75), ("b", 0.25)]
    assert "recipe" not in card
    assert "score" not in card
    assert cli("sample", "model=m.safetensors", "size=32")[0] == 0
    assert cli("morph", "models=m.safetensors,b.safetensors", "out=mm.safetensors")[0] == 0
    parents = release.card_of(Path("mm.safetensors"))["parents"]
    assert parents[0]["parents"] == card["parents"]


@pytest.mark.usefixtures("nets")
def test_every_option_of_morph_changes_something(cli):
    assert set(leaves(SCHEMAS["morph"])) == {"models", "at", "out", "threads"}
    plain = "models=a.safetensors,b.safetensors"
    assert cli("morph", plain)[0] == 0
    mark = release.fingerprint(release.load(Path("a_b_0.5.safetensors"))[0])
    for words, file in (
        ((plain, "at=0.75"), "a_b_0.75"),
        (("models=[a.safetensors,c.safetensors]",), "a_c_0.5"),
        (("models=a.safetensors,b.safetensors,c.safetensors", "at=1.5"), "b_c_1.5"),
    ):
        assert cli("morph", *words)[0] == 0
        other = release.load(Path(f"{file}.safetensors"))[0]
        assert release.fingerprint(other) != mark
    assert cli("morph", plain, "out=folder/x.safetensors")[0] == 0
    assert release.card_of(Path("folder/x.safetensors"))["name"] == "x"
    try:
        assert cli("morph", plain, "threads=3", "out=t.safetensors")[0] == 0
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(1)


@pytest.mark.usefixtures("nets")
def test_nets_that_are_not_kin_are_mixed_and_it_is_said(cli):
    status, said, _ = cli("morph", "models=a.safetensors,c.safetensors")
    assert status == 0
    assert "a, c are not known to be kin" in said
    assert "root" not in release.card_of(Path("a_c_0.5.safetensors"))


@pytest.mark.usefixtures("nets")
def test_what_cannot_be_is_refused_in_one_line(cli, tmp_path):
    two = "models=a.safetensors,b.safetensors"
    for words, told in (
        (("models=a.safetensors",), "models is a.safetensors: 1 given, 2 to 16 needed"),
        ((two, "at=1"), "that is b itself"),
        ((two, "at=1.5"), "it lies between 0 and 1"),
        ((two, "at=-1"), "it must lie between 0 and 15"),
        ((two, "at=nan"), "at is nan"),
        ((two, "out=m.png"), "ends in .safetensors"),
        ((two, "out=a.safetensors"), "one of the nets that are mixed"),
        (("models=a.safetensors,nowhere",), "no model 'nowhere'"),
        ((), "models is missing"),
    ):
        assert told in refused(cli, "morph", *words), words
    assert not list(tmp_path.glob("*_*.safetensors"))


@pytest.mark.usefixtures("nets")
def test_nets_that_differ_are_refused_with_the_reason(cli, tmp_path):
    stone, tartan = material(3), waved()
    release.save(tmp_path / "small.safetensors", random_net(2), {"name": "small", "law": "uniform"})
    release.save(tmp_path / "gauss.safetensors", random_net(3), {"name": "g", "law": "gaussian"})
    release.save(tmp_path / "stone.safetensors", stone.net, stone.card)
    release.save(tmp_path / "tartan.safetensors", tartan.net, tartan.card)
    for file, told in (
        ("small", "2 scales"), ("gauss", "law of the noise"), ("stone", "8 outputs"),
        ("tartan", "7 channels of noise"),
    ):  # fmt: skip
        assert told in refused(cli, "morph", f"models=a.safetensors,{file}.safetensors")


def test_materials_are_mixed_with_all_their_maps(cli, tmp_path):
    for seed, name in enumerate(("one", "two")):
        stone = material(3, seed=seed)
        card = stone.card | {"name": name}
        release.save(tmp_path / f"{name}.safetensors", stone.net, card)
    assert cli("morph", "models=one.safetensors,two.safetensors")[0] == 0
    maps = texturenet.load("one_two_0.5.safetensors", device="cpu").maps(32, 32)
    assert set(maps) == {"colour", "normal", "height", "roughness", "occlusion", "metallic"}


@pytest.mark.usefixtures("nets")
def test_from_python_the_same_net():
    files = ["a.safetensors", "b.safetensors"]
    picture = morph(files, 0.25, "cpu").render(32, 32, seed=4)
    assert picture.shape == (3, 32, 32)
    nets = row(files, "cpu")
    assert torch.equal(picture, texturenet.Texture(nets.mixture(0.25).net, nets.card).render(
        32, 32, seed=4))  # fmt: skip
    with pytest.raises(Refused, match="two or more"):
        row(files[:1], "cpu")


FILM = ("kind=morph", "size=24", "seconds=0.3", "fps=20", "device=cpu")


@pytest.mark.usefixtures("nets")
def test_a_film_goes_from_net_to_net_on_one_plane_of_noise(cli):
    pytest.importorskip("av")
    words = "models=a.safetensors,b.safetensors,c.safetensors"
    status, said, err = cli("film", *FILM, words, "seed=3", "seconds=0.25", "out=f.apng")
    assert status == 0, err
    assert "not known to be kin" in said
    frames = list(video.read(Path("f.apng"), (24, 24), 20, 5))
    assert len(frames) == 5
    ends = zip((0, 2, 4), "abc", strict=True)
    for number, name in ends:  # at its place every net is itself
        still = texturenet.load(f"{name}.safetensors", device="cpu").render(24, 24, seed=3)
        assert (frames[number] == to_bytes(still)).all(), name
    steps = [abs(a.astype(int) - b).mean() for a, b in itertools.pairwise(frames)]
    assert min(steps) > 0


@pytest.mark.usefixtures("nets")
def test_a_film_that_comes_back_to_its_first_net_closes():
    nets = row(["a.safetensors", "b.safetensors", "a.safetensors"], "cpu")
    from texturenet.sampling.film import Film
    from texturenet.sampling.motions import Motion

    film = Film(nets, Motion("morph", 4, (16, 16), (0,)))
    assert film.closed
    assert torch.equal(film[0], nets.render(16, 16))
    assert not torch.equal(film[3], film[0])
    assert torch.equal(film[1], film[3])


@pytest.mark.usefixtures("nets")
def test_a_film_of_a_morph_is_made_again_from_its_file(cli, tmp_path, monkeypatch):
    pytest.importorskip("av")
    nets = {name: Path(f"{name}.safetensors").absolute() for name in "abc"}
    monkeypatch.setattr(release, "released", lambda: nets)
    assert cli("film", *FILM, "models=a,b")[0] == 0
    assert Path("a_b_morph.mp4").is_file()
    assert cli("film", *FILM, "models=a,b", "out=f.apng")[0] == 0
    status, said, err = cli("reproduce", "f.apng", "device=cpu")
    assert (status, err) == (0, "")
    assert "equal, every byte" in said
    monkeypatch.setattr(release, "released", lambda: nets | {"b": nets["c"]})
    assert "is not the net that made this file" in refused(cli, "reproduce", "f.apng")


@pytest.mark.usefixtures("nets")
def test_films_that_mean_nothing_are_refused(cli):
    two = "models=a.safetensors,b.safetensors"
    for words, told in (
        (("kind=morph", "model=a.safetensors"), "say models=a,b"),
        (("kind=loop", two), "models= is of kind=morph, not of loop"),
        ((two, "model=a.safetensors", "kind=morph"), "exclude each other"),
        (("kind=morph", two, "report=true"), "report=true"),
        (("kind=morph", two, "map=normal"), "map"),
        (("kind=morph", two, "rates=[1,1,1]"), "rates means nothing"),
        (("kind=morph",), "models"),
    ):
        assert told in refused(cli, "film", *words, "size=24"), words


def test_models_shows_families_where_there_are_any(cli, nets, monkeypatch):
    files = {name: Path(f"{name}.safetensors") for name in "abc"}
    for kind in ("palettes", "steered"):
        monkeypatch.setattr(release, kind, dict)
    monkeypatch.setattr(release, "released", lambda: files)
    assert cli("morph", "models=a,c", "out=ac.safetensors")[0] == 0
    monkeypatch.setattr(release, "released", lambda: files | {"ac": Path("ac.safetensors")})
    monkeypatch.setattr(models_verb.console, "width", 200)
    status, said, _ = cli("models")
    assert status == 0
    assert "family, which morphs into each other: a, b\n" in said
    assert "photo of a and photo of c" in said
    monkeypatch.setattr(release, "released", lambda: {"a": files["a"], "c": files["c"]})
    assert "family" not in cli("models")[1]


def test_a_card_of_a_net_between_is_plain_text(nets, cli):
    assert cli("morph", "models=a.safetensors,b.safetensors")[0] == 0
    card = release.card_of(Path("a_b_0.5.safetensors"))
    assert json.loads(json.dumps(card)) == card
    assert {"texturenet", "torch"} <= card["versions"].keys()
