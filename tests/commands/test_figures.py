"""Figures: what is drawn, how large, and that nothing else changes."""

import io
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from texturenet.commands import figures, score_sheet
from texturenet.descriptors import random
from texturenet.descriptors.weights import Weights
from texturenet.evaluation.maps import cross_correlations
from texturenet.io.pictures import to_bytes

PIXELS = figures.DPI  # an inch


def picture(*size, seed=0):
    return torch.rand(*size, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def bank() -> Weights:
    return random.filters(random.JUDGE)


@pytest.fixture
def drawn(monkeypatch):
    """Figures as matplotlib has them, in place of their bytes."""
    for module in (figures, score_sheet):
        monkeypatch.setattr(module, "png", lambda figure: figure)
    return figures


def lines(axes):
    """{label: points} of the lines that have a name."""
    named = [line for line in axes.lines if not line.get_label().startswith("_")]
    return {line.get_label(): list(map(tuple, line.get_xydata().tolist())) for line in named}


def grids(axes):
    """Steps of the lines that have none and stand upright."""
    return [line.get_xdata()[0] for line in axes.lines if line.get_label().startswith("_")]


ROWS = [{"step": str(n), "loss": "1", "error/gram/a": str(1 / (n + 1))} for n in range(6)]
FILM = [{"frame": n, "distance": 0.1 + n, "contrast": 0.2, "change": float(n)} for n in range(4)]
CARD = SimpleNamespace(
    worst=1,
    copies=[torch.eye(5) > 0, torch.zeros(5, 5) > 0],
    glints=[torch.eye(18) > 0, torch.zeros(18, 18) > 0],
    each=[{"copied": 0.2, "glints": 55555.6}, {"copied": 0, "glints": 0}],
)
GROWN = SimpleNamespace(
    picture=picture(1, 3, 20, 20), pictures={f"conv{n}_1": picture(3, 20, 20) for n in range(9)}
)


@pytest.mark.parametrize(
    ("make", "width", "height"),
    [
        (lambda _: figures.losses_figure(ROWS, 3), 7, 4.5),
        (lambda _: figures.losses_figure([], 3), 7, 4.5),
        (lambda _: figures.trace_figure({"loss": [(0, 1.0), (1, 0.5)]}, [1]), 7, 4.5),
        (lambda _: figures.curves_figure({"a": {"b": [2.0, 1.0]}}, "loss"), 6, 3.6),
        (lambda _: figures.curves_figure({title: {} for title in "abc"}, "loss"), 9.6, 3.6),
        (lambda _: figures.constancy_figure({"a": FILM}, [0.1, 0.2]), 7, 6),
        (lambda bank: figures.filters_figure(bank, None), 7, 0.8 * 4),
        (lambda bank: figures.filters_figure(bank, picture(1, 3, 40, 50)), 13.4, 0.8 * 4),
        (lambda _: figures.sheet_figure({"a": {"b": picture(3, 8, 8)}, "c": {}}), 1.6, 3.5),
        (lambda _: figures.growth_figure(GROWN, {"conv1_1": [2.0, 1.0]}), 12, 7),
        (
            lambda _: score_sheet.score_figure(
                picture(3, 30, 30), {"a": picture(3, 20, 20), "b": picture(3, 20, 20)}, CARD
            ),
            7.8,
            5.4,
        ),
        (
            lambda _: figures.reconstruct_figure(
                picture(3, 20, 20), {"relu1_1": picture(3, 20, 20)}, {"relu1_1": [(0, 1.0)]}
            ),
            4.4,
            5.2,
        ),
    ],
    ids=[
        "losses", "no losses", "trace", "curves", "three plots", "constancy", "filters", "answers",
        "sheet", "growth", "score", "reconstruct",
    ],
)  # fmt: skip
def test_every_figure_is_a_png_of_its_size(bank, make, width, height):
    assert len(bank.tensors) == 4
    image = Image.open(io.BytesIO(make(bank)))
    assert image.format == "PNG"
    assert image.size == (int(width * PIXELS + 1e-6), int(height * PIXELS + 1e-6))


def test_losses_show_every_error_and_where_statistics_froze(drawn):
    (axes,) = drawn.losses_figure(ROWS, 3).axes
    assert lines(axes)["gram/a"] == [(n, 1 / (n + 1)) for n in range(6)]
    assert set(lines(axes)) == {"gram/a", "statistics frozen"}
    assert axes.get_yscale() == "log"
    (axes,) = drawn.losses_figure(ROWS, 6).axes
    assert set(lines(axes)) == {"gram/a"}, "not reached"


def test_a_trace_shows_the_terms_and_where_levels_begin(drawn):
    terms = {"loss": [(0, 2.0), (1, 1.0)], "range": [(0, 0.0), (1, 0.5)], "none": [(0, 0.0)]}
    (axes,) = drawn.trace_figure(terms, [1]).axes
    assert lines(axes) == {"loss": [(0, 2.0), (1, 1.0)], "range": [(1, 0.5)]}
    assert grids(axes) == [1]


def test_the_terms_of_a_trace_are_its_columns(tmp_path):
    from texturenet.commands.optimising.trace import Trace

    trace = Trace(tmp_path / "trace.csv")
    facts = {"part": "all", "step": 0, "height": 8, "width": 8, "seconds": "0.0", "note": "a"}
    trace.append({"number": 0, "level": 0, "loss": "3.0", "gram/a": "2.0", **facts})
    trace.append({"number": 1, "level": 1, "loss": 2.0, "range": 1.0, "gram/a": "", **facts})
    assert trace.terms() == {
        "loss": [(0, 3.0), (1, 2.0)],
        "gram/a": [(0, 2.0)],
        "range": [(1, 1.0)],
    }
    assert trace.level_starts() == [1]


def test_constancy_shows_every_figure_of_the_frames(drawn):
    distance, contrast, change = drawn.constancy_figure({"a": FILM}, [0.3, 0.1, 0.2]).axes
    assert lines(distance)["a"] == [(n, 0.1 + n) for n in range(4)]
    (band,) = distance.patches
    assert (band.get_y(), band.get_y() + band.get_height()) == pytest.approx((0.1, 0.3))
    assert len(lines(contrast)["a"]) == 4
    assert lines(change)["a"] == [(n, float(n)) for n in range(1, 4)], "the first has none before"


def test_filters_are_shown_in_the_order_of_colours_that_pictures_have(drawn, bank):
    axes = drawn.filters_figure(bank, None).axes
    kernel = next(iter(bank.tensors.values()))[0]  # (M,3,k,k), blue first
    shown = axes[0].images[0].get_array()
    assert np.array_equal(shown, to_bytes(0.5 + 0.5 * kernel[0].flip(0) / kernel.abs().max()))
    answered = drawn.filters_figure(bank, picture(1, 3, 40, 50)).axes
    assert len(answered) == 2 * len(axes)
    assert all(image.get_array().min() >= 0 for axes in answered[8:16] for image in axes.images)


def test_a_score_marks_the_worst_the_copies_and_the_glints(drawn):
    pictures = {"a": picture(3, 20, 20), "b": picture(3, 20, 20)}
    answered = score_sheet.score_figure(picture(3, 9, 9), pictures, CARD).axes
    titles = [axes.get_title() for axes in answered]
    dots = [len(points.get_offsets()) for axes in answered for points in axes.collections]
    assert dots == [18, 0]
    assert titles == [
        "exemplar", "a", "b, the worst", "",
        "copied: 20.0 %, glints: 55556 ppm", "copied: 0.0 %, glints: 0 ppm",
    ]  # fmt: skip


def test_a_score_of_a_material_shows_its_maps_and_their_correlations(drawn):
    maps = [
        {"colour": picture(3, 32, 32, seed=seed), "height": picture(1, 32, 32, seed=seed + 1)}
        for seed in (0, 2)
    ]
    compared = score_sheet.Compared(*maps, {"cross": 0.25})
    pictures = {"a": picture(3, 20, 20), "b": picture(3, 20, 20)}
    answered = score_sheet.score_figure(picture(3, 9, 9), pictures, CARD, compared).axes
    assert [axes.get_title() for axes in answered[6:]] == [
        "colour, exemplar", "height, exemplar", "correlations of two maps",
        "colour, drawn", "height, drawn", "",
    ]  # fmt: skip
    points = answered[8].collections[0].get_offsets()
    assert len(points) == 3  # octaves of the one pair
    ours, theirs = (cross_correlations(one) for one in reversed(maps))
    assert np.allclose(points, [(theirs[pair], ours[pair]) for pair in theirs])
    assert answered[11].texts[0].get_text() == "cross 0.250"


def test_reconstructions_stand_in_the_order_of_the_layers(drawn):
    pictures = {"relu1_1": picture(3, 8, 8, seed=1), "pool2": picture(3, 8, 8, seed=2)}
    curves = {"relu1_1": [(0, 1.0), (1, 0.0)], "pool2": []}
    *shown, plot = drawn.reconstruct_figure(picture(3, 8, 8), pictures, curves).axes
    assert [axes.get_title() for axes in shown] == ["original", "relu1_1", "pool2"]
    assert np.array_equal(shown[2].images[0].get_array(), to_bytes(pictures["pool2"]))
    assert lines(plot) == {"relu1_1": [(0, 1.0)]}, "zero has no logarithm"


@pytest.mark.parametrize("name", [r"$\nothing$.pth", "$5 and $6", "$", r"\$", "<b>", "ü"])
def test_names_are_shown_as_they_are(name):
    """Between dollars matplotlib reads mathematics, and fails where they are none."""
    figures.curves_figure({name: {name: [2.0, 1.0]}}, "loss")
    figures.sheet_figure({name: {name: picture(3, 8, 8)}})
    figures.constancy_figure({name: FILM}, [0.1, 0.2])


def test_figures_leave_pyplot_and_its_backend_alone():
    code = (
        "import sys\n"
        "from texturenet.commands import figures\n"
        "assert 'matplotlib' not in sys.modules, 'it takes its time'\n"
        "figures.losses_figure([{'step': 0, 'error/a': 1.0}], 5)\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)
