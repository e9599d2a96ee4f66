"""What repeats in a regular exemplar is drawn where the waves of its net say: by the command."""

import csv

import pytest
import torch
from helpers.pictures import ripples

import texturenet
from texturenet.io.pictures import save_picture

WOVEN = (0, 2), (2, 0), (2, 2), (4, 2)

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture
def learn(cli, small, tmp_path):
    """Train on squares that repeat, or on noise: rows of the log."""
    save_picture(tmp_path / "squares.png", ripples(*WOVEN, torus=16, tori=4)[0])
    save_picture(tmp_path / "noise.png", ripples((0, 0), torus=16, tori=4, noise=0.1)[0])
    usual = [word for word in small if not word.startswith("exemplar")] + ["log.score=false"]

    def run(name, *more, out="run"):
        status, _, error = cli(
            "train", *usual, f"exemplar={tmp_path}/{name}.png", f"out={tmp_path / out}", *more
        )
        assert status == 0, error
        with (tmp_path / out / "metrics.csv").open() as file:
            return list(csv.DictReader(file))

    return run


def weights(path):
    return texturenet.load(str(path), device="cpu").net.weights()


def test_a_regular_exemplar_has_the_term_and_it_counts(learn, tmp_path):
    rows = learn("squares")
    terms = [float(row["periodic"]) for row in rows]
    assert len(terms) == 6
    assert all(terms)
    assert "periodic" not in learn("squares", "loss.periodic=0", out="without")[0]
    one, other = weights(tmp_path / "run"), weights(tmp_path / "without")
    assert not all(torch.equal(one[name], other[name]) for name in one)


def test_it_falls_and_the_pattern_stands_where_the_waves_say(learn, tmp_path):
    more = ["steps=400", "batch=4", "size=32", "generator.noise_channels=3"]
    terms = [float(row["periodic"]) for row in learn("squares", *more)]
    assert sum(terms[-10:]) < 0.2 * sum(terms[:10])
    net = texturenet.load(str(tmp_path / "run"), device="cpu")
    # Of two seeds both show it, each where its waves lie.
    first, second = (net.render(64, 64, seed=seed) for seed in (1, 2))
    for picture in (first, second):
        assert torch.corrcoef(
            torch.stack([picture[0, :, :-8].flatten(), picture[0, :, 8:].flatten()])
        )[0, 1] > 0.6  # fmt: skip


def test_it_has_the_weight_that_is_said(learn):
    light, heavy = (
        float(learn("squares", f"loss.periodic={weight}", out=str(weight))[0]["periodic"])
        for weight in (1, 50)
    )
    assert heavy == pytest.approx(50 * light, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "more"),
    [("noise", []), ("squares", ["generator.waves=0"]), ("squares", ["windows=false"])],
)
def test_others_have_none(learn, name, more):
    """No lattice, no waves, and a torus, on which waves are brought to whole cycles."""
    assert "periodic" not in learn(name, *more)[0]


def test_halved_sizes_have_it_too_while_it_is_not_too_fine_there(learn):
    rows = learn("squares", "picture.octaves=2", "steps=4", "generator.scales=2")
    assert all(float(row["periodic"]) for row in rows)
