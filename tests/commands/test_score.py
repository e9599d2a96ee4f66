"""The score card: known cases, what is left, and what is refused."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
import torch
from PIL import Image

from texturenet.commands.judging import costs
from texturenet.descriptors import network, random
from texturenet.evaluation.scorecard import Judge, Scorecard, _worst, merit
from texturenet.io.exemplars import load_picture
from texturenet.sampling.texture import load

pytestmark = pytest.mark.usefixtures("elsewhere")

COMMON = {"unseen filters", "patches", "spectrum", "colours", "spot", "blocks", "glints", "copied"}
EXTRA = set()
if importlib.util.find_spec("plenoptic"):
    EXTRA = {"portilla"}


@pytest.fixture(scope="module")
def gravel():
    return load_picture("gravel", side=160).pixels[..., :160, :160]


@pytest.fixture(scope="module")
def scorecard(gravel):
    bank = network(random.filters(random.JUDGE), ["relu_all"], "avg")
    return Scorecard(gravel, [Judge(bank, {"unseen filters": ["relu_all"]})])


def noise(seed=0):
    return torch.rand(3, 160, 160, generator=torch.Generator().manual_seed(seed))


def test_the_exemplar_is_perfect_but_a_copy(scorecard, gravel):
    card = scorecard([gravel[0]])
    assert set(card.figures) == COMMON
    assert card.figures.pop("copied") == 1
    assert all(value < 1e-5 for value in card.figures.values())


def test_noise_is_bad_and_no_copy_and_the_worst_of_two(scorecard, gravel):
    card = scorecard([gravel[0].roll(40, 1), noise()])
    assert card.worst == 1
    good, bad = card.each
    for name in COMMON - {"copied", "spot", "blocks"}:  # noise has no grid
        assert bad[name] > 4 * good[name], name
        assert card.figures[name] == pytest.approx((good[name] + bad[name]) / 2)
    assert bad["copied"] == 0 < 0.8 < good["copied"]
    assert [cells.dtype for cells in card.copies] == [torch.bool] * 2


def test_the_worst_is_the_worst_in_most_figures():
    good = {"patches": 0.1, "spectrum": 0.1, "colours": 0.1, "spot": 0.0002, "copied": 1.0}
    bad = {"patches": 0.3, "spectrum": 0.3, "colours": 0.3, "spot": 0.0, "copied": 0.0}
    assert _worst([good, bad]) == 1
    assert _worst([bad, good]) == 0


def test_diversity_is_of_several(scorecard, gravel):
    assert scorecard([gravel[0]] * 2).figures["diversity"] == 0
    assert scorecard([noise(1), noise(2)]).figures["diversity"] > 0.5


def judged(out):
    """The table of a run -> {figure: value}."""
    rows = re.findall(r"^(\w[\w ]*?) +(\d+\.\d{4}) ", out, re.MULTILINE)
    return {name: float(value) for name, value in rows}


@pytest.mark.parametrize("weighed", [False, True])
def test_a_net_gets_a_card_a_file_and_a_sheet(cli, model, exemplar_file, vgg_file, tmp_path,
                                             weighed):  # fmt: skip
    exemplar = tmp_path / "big.png"
    Image.open(exemplar_file).resize((96, 96)).save(exemplar)
    given = [f"model={model}", f"exemplar={exemplar}", "seeds=2", "size=80", "out=card"]
    weights = f"descriptor={vgg_file}" if weighed else "descriptor=vgg19"
    status, out, err = cli("score", *given, weights, "threads=1")
    assert status == 0, err
    assert {path.name for path in Path("card").iterdir()} == {"score.json", "sheet.png"}
    facts = json.loads(Path("card/score.json").read_text())
    trained = {"given weights", "untrained layers"} if weighed else set()
    figures = COMMON | EXTRA | trained | {"diversity", "seam", "seconds", "megabytes"}
    merit = {"merit"} if EXTRA and "untrained layers" in trained else set()
    assert set(facts["figures"]) == figures | merit
    for name, value in judged(out).items():
        assert facts["figures"][name] == pytest.approx(value, abs=1e-4)
    assert set(judged(out)) == set(facts["figures"])
    assert set(facts["each"]) == {f"seed {2**33}", f"seed {2**33 + 1}"}
    assert facts["worst"] in facts["each"]
    assert str(tmp_path) not in json.dumps(facts)
    assert Image.open("card/sheet.png").size[0] > 500
    assert ("without a trained network" in out) is not weighed


@pytest.mark.usefixtures("cheap_costs")
def test_layers_that_a_net_was_trained_on_are_told_apart(cli, small, vgg_file, exemplar_file):
    big = Path("big.png").absolute()
    Image.open(exemplar_file).resize((96, 96)).save(big)
    trained = [item for item in small if not item.startswith(("exemplar", "descriptor.layers"))]
    layers, unscored = "descriptor.layers=[relu1_2,pool2]", "log.score=false"
    assert cli("train", *trained, f"exemplar={big}", layers, unscored, "out=net")[0] == 0
    given = [
        "score",
        "model=net",
        f"exemplar={big}",
        "seeds=1",
        "size=64",
        f"descriptor={vgg_file}",
    ]
    assert cli(*given, "out=card")[0] == 0
    figures = json.loads(Path("card/score.json").read_text())["figures"]
    assert {"trained layers", "untrained layers"} <= set(figures)
    assert "given weights" not in figures


def test_a_picture_is_scored_and_options_matter(cli, tmp_path):
    exemplar, picture = tmp_path / "exemplar.png", tmp_path / "picture.png"
    made = load_picture("gravel", side=200).pixels[0]
    pixels = (made * 255).byte().permute(1, 2, 0).numpy()
    Image.fromarray(pixels[:, :128].copy()).save(exemplar)
    Image.fromarray(pixels[:128, 72:].copy()).save(picture)
    base = [f"image={picture}", f"exemplar={exemplar}", "descriptor=vgg19"]
    found = {}
    for name, change in {"plain": [], "side": ["side=64"], "crop": ["crop=[0,0,100,100]"]}.items():
        status, out, err = cli("score", *base, *change, f"out={name}")
        assert status == 0, err
        found[name] = judged(out)
    assert set(found["plain"]) == COMMON | EXTRA
    assert found["plain"]["copied"] > 0.2  # they share a strip
    assert found["side"] != found["plain"] != found["crop"]


REFUSALS = [
    ([], "say either model=NAME, or image=FILE"),
    (["model=brick", "image=a.png"], "say either model=NAME, or image=FILE"),
    (["image=a.png"], "exemplar is missing: say exemplar=FILE"),
    (["image=absent.png", "exemplar=brick"], "no exemplar 'absent.png'"),
    (["model=brik"], "no model 'brik'.* Did you mean brick"),
    (["model=brick", "seeds=0"], "seeds is 0"),
    (["model=brick", "size=8"], "size is 8x8: sides must lie between 64 and 1024"),
    (["model=brick", "side=8"], "side is 8"),
    (["model=brick", "descriptor=vgg61"], "no weights called 'vgg61'. Did you mean"),
    (
        ["model=gravel", "crop=[0,0,40,40]", "side=null"],
        "exemplar is 40x40: sides",
    ),
    (["model=brick", "threads=0"], "threads is 0"),
    (["image=flat.png", "exemplar=flat.png"], "the exemplar is of one colour"),
    (["image=flat.png", "exemplar=brick", "size=64"], "size is of a model's pictures"),
    (["-m", "model=brick,gravel", "out=s"], "with -m, out= would put several runs"),
]


@pytest.mark.parametrize(("change", "words"), REFUSALS, ids=[" ".join(c) for c, _ in REFUSALS])
def test_refusals_are_one_line_with_status_2_and_leave_nothing(cli, tmp_path, change, words):
    Image.new("RGB", (80, 80), (9, 99, 9)).save("flat.png")
    status, _, err = cli("score", *change)
    assert status == 2, err
    assert len(err.strip().splitlines()) == 1, err
    assert re.search(words, err), err
    assert [path.name for path in tmp_path.iterdir()] == ["flat.png"]


@pytest.mark.parametrize("key", ["image", "exemplar"])
def test_pictures_that_were_given_are_not_written_over(cli, key):
    for name in ("sheet.png", "other.png"):
        pixels = (noise()[:, :80, :80] * 255).byte().permute(1, 2, 0).numpy()
        Image.fromarray(pixels).save(name)
    before = Path("sheet.png").read_bytes()
    given = {"image": "other.png", "exemplar": "other.png", key: "sheet.png"}
    status, _, err = cli("score", *(f"{k}={v}" for k, v in given.items()), "out=.")
    assert (status, "sheet.png would be written over" in err) == (2, True)
    assert Path("sheet.png").read_bytes() == before


@pytest.mark.usefixtures("cheap_costs")
def test_a_net_is_not_held_against_another_picture_of_the_same_name(cli, small, exemplar_file):
    """The user's own brick.png is not the project's brick."""
    Image.open(exemplar_file).resize((96, 96)).save("brick.png")
    trained = [item for item in small if not item.startswith("exemplar")] + ["log.score=false"]
    assert cli("train", *trained, "exemplar=brick.png", "out=net")[0] == 0
    status, _, err = cli("score", "model=net", "descriptor=vgg19")
    assert (status, "was trained on another 'brick'" in err) == (2, True)
    status, _, err = cli("score", "model=net", "exemplar=brick.png", "descriptor=vgg19", "seeds=1")
    assert status == 0, err


@pytest.mark.usefixtures("cheap_costs")
def test_whatever_describes_can_judge(cli, small, exemplar_file, tmp_path):
    """A net trained on every layer that judges; a bank of filters; what is made for max pooling."""
    big = Path("big.png").absolute()
    Image.open(exemplar_file).resize((96, 96)).save(big)
    made = ["descriptor", f"image={big}", "width=0.05", "evaluations=2", "picture.side=32"]
    assert cli(*made, "kind=ranvgg", "n_samples=1", "pooling=max", "out=max")[0] == 0
    assert cli("descriptor", "kind=random_filters", "sides=[3,7]", "maps=2", "out=bank")[0] == 0
    trained = [item for item in small if not item.startswith(("exemplar", "descriptor"))]
    trained.append("log.score=false")
    layers = "descriptor.layers=[relu1_2,relu2_2,relu3_3,relu4_3,relu5_3]"
    every = ["descriptor=max", layers, "descriptor.pooling=max"]
    assert cli("train", *trained, f"exemplar={big}", *every, "size=32", "out=all")[0] == 0
    bank = ["descriptor=bank", "descriptor.layers=[relu_all]"]
    assert cli("train", *trained, f"exemplar={big}", *bank, "size=32", "out=filters")[0] == 0
    found = {}
    for net, weights in (("all", "max"), ("all", "bank"), ("filters", "bank"), ("filters", "max")):
        out = f"{net}_{weights}"
        given = [
            f"model={net}",
            f"descriptor={weights}",
            f"exemplar={big}",
            "seeds=1",
            f"out={out}",
        ]
        status, _, err = cli("score", *given)
        assert status == 0, err
        found[out] = set(json.loads(Path(out, "score.json").read_text())["figures"]) - COMMON
    assert "untrained layers" not in found["all_max"]
    assert "given weights" in found["all_bank"]
    assert "given weights" not in found["filters_bank"]
    assert {"given weights", "untrained layers"} <= found["filters_max"]


@pytest.mark.usefixtures("cheap_costs")
def test_options_of_a_net_matter(cli, model, exemplar_file, tmp_path):
    exemplar = tmp_path / "big.png"
    Image.open(exemplar_file).resize((96, 96)).save(exemplar)
    base = [f"model={model}", f"exemplar={exemplar}", "descriptor=vgg19", "threads=1"]
    assert cli("score", *base, "seeds=1", "size=64")[0] == 0
    assert cli("score", *base, "seeds=2", "size=[64,72]")[0] == 0
    facts = [json.loads(path.read_text()) for path in sorted(Path("runs").glob("*/score.json"))]
    assert sorted(len(found["each"]) for found in facts) == [1, 2]
    assert facts[0]["figures"]["patches"] != facts[1]["figures"]["patches"]


@pytest.mark.weights
def test_with_the_real_weights_a_released_net_is_better_than_noise_and_no_copy(cli):
    status, out, err = cli("score", "model=pebbles", "seeds=2", "size=160", "out=card")
    assert status == 0, err
    figures = judged(out)
    assert figures["copied"] < 0.02
    assert figures["trained layers"] < 0.1
    assert figures["untrained layers"] < 0.9
    assert 0.8 < figures["diversity"] < 1.2
    assert figures["seam"] <= 1


def test_regularity_is_told_of_regular_exemplars_alone():
    brick = load_picture("brick", side=160).pixels[..., :160, :160]
    card = Scorecard(brick, [])([brick[0], noise()])
    exact, none = (found["regularity"] for found in card.each)
    assert exact == pytest.approx(1)
    assert none < 0.3
    assert card.worst == 1
    gravel = load_picture("gravel", side=160).pixels
    assert "regularity" not in Scorecard(gravel, [])([noise()]).figures


def test_the_merit_is_of_what_nothing_was_trained_on():
    figures = {"untrained layers": 0.1, "patches": 0.2, "spectrum": 0.4, "portilla": 0.8}
    assert merit({**figures, "trained layers": 9.0}) == pytest.approx(0.0064**0.25)
    assert merit({**figures, "patches": 0.1}) < merit(figures)
    del figures["portilla"]
    assert merit(figures) is None


def test_sampling_a_megapixel_takes_memory_and_time():
    measured = costs(load("gravel"), "gravel")
    assert 1 < measured["megabytes"] < 2000
    assert 0.001 < measured["seconds"] < 600
    assert set(measured) == {"seam", "seconds", "megabytes"}


@pytest.mark.usefixtures("cheap_costs")
def test_a_net_is_released_with_its_card(cli, small, vgg_file, exemplar_file, tmp_path):
    large = tmp_path / "large.png"
    Image.open(exemplar_file).resize((64, 64)).save(large)
    given = {item.partition("=")[0]: item for item in small} | {"exemplar": f"exemplar={large}"}
    status, out, _ = cli("train", *given.values(), "out=judged")
    assert status == 0
    assert "score: " in out
    score = load("judged").card["score"]
    assert {"patches", "spectrum", "seam", "seconds", "diversity"} <= set(score)
    assert cli("train", *given.values(), "out=not_judged", "log.score=false")[0] == 0
    assert "score" not in load("not_judged").card
