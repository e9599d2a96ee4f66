"""A tiny exemplar, a narrow random VGG, and the command line in this process."""

import os
from pathlib import Path

import pytest
import torch
from helpers.browser import chromium  # noqa: F401, a fixture
from helpers.firefox import firefox  # noqa: F401, a fixture
from helpers.nets import random_net
from helpers.networks import flat, narrow_vgg
from helpers.pictures import dots
from matplotlib.figure import Figure
from PIL import Image
from safetensors.torch import save_file

from texturenet.descriptors import sources
from texturenet.generator import release

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser):
    parser.addoption(
        "--kills", type=int, default=10, help="how often test_kills.py kills each kind"
    )


def pytest_configure():
    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of processes that tests start
    os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_collection_modifyitems(items):
    """The real weights are an extra: without it the tests that need them are skipped, by name."""
    try:
        sources.load("vgg16")
    except sources.Refused as refusal:
        for item in items:
            if "weights" in item.keywords:
                item.add_marker(pytest.mark.skip(reason=str(refusal)))


@pytest.fixture
def shared():
    """../shared/data, where reference files may lie."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there")
    return SHARED


@pytest.fixture(scope="session")
def vgg_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "narrow.safetensors"
    save_file(flat(narrow_vgg()), path)
    return path


@pytest.fixture(scope="session")
def exemplar_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("exemplar") / "dots.png"
    Image.fromarray(dots()).save(path)
    return path


@pytest.fixture
def small(exemplar_file, vgg_file, monkeypatch):
    """Overrides that make `texturenet train` a matter of a second; its samples are small."""
    monkeypatch.setattr("texturenet.commands.train.release.SIDE", 48)
    return [
        f"exemplar={exemplar_file}",
        f"descriptor.weights={vgg_file}",
        "descriptor.layers=[relu1_1,pool2]",
        "generator.scales=3",
        "generator.widths=[4,6]",
        "size=16",
        "batch=2",
        "steps=6",
        "freeze.samples=2",
        "device=cpu",
        "precision=float32",
        "threads=1",
    ]


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Commands run from a folder that has nothing to do with the project."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def model(tmp_path):
    """A small net that nobody trained."""

    card = {"name": "dots", "law": "uniform"}
    return release.save(tmp_path / "models" / "dots.safetensors", random_net(3), card)


@pytest.fixture
def cheap_costs(monkeypatch):
    """Nets are scored without rendering a megapixel, here and in a process of its own.
    test_score.py shows what that costs."""
    from texturenet.commands import judging

    monkeypatch.setattr(judging, "TIMED", 64)
    monkeypatch.setattr(judging, "_megabytes", lambda path: 1.0)


@pytest.fixture
def blank_figures(monkeypatch):
    """Figures are not drawn, as long as blank_figures["while"]() is true."""
    draw, settings = Figure.savefig, {"while": lambda: True}

    def save(figure, file, **options):
        if settings["while"]():
            return Image.new("RGB", (32, 32)).save(file, "PNG")
        return draw(figure, file, **options)

    monkeypatch.setattr(Figure, "savefig", save)
    return settings


@pytest.fixture
def cli(monkeypatch, capsys):
    """cli("train", ...) -> (status, standard output, standard error)."""
    from texturenet.commands import main

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["texturenet", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as leaving:
            status = leaving.code or 0
        return status, *capsys.readouterr()

    return call
