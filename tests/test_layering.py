"""The house: imports point upstream, rooms stay small, the science neither prints nor plots."""

import ast
import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[1] / "texturenet"
ROOMS = {path.stem: path for path in HOUSE.glob("*.py") if not path.stem.startswith("__")}

# A room may import those named; errors and torch always.
UPSTREAM = {
    "errors": set(),
    "files": set(),
    "foreign": set(),
    "exemplars": {"files"},
    "images": {"files"},
    "correlation": set(),
    "descriptor": set(),
    "filters": {"correlation", "descriptor"},
    "vgg": {"descriptor"},
    "convolutions": {"filters", "vgg"},
    "random_features": {"convolutions", "noise", "vgg"},
    "weight_files": {"convolutions", "descriptor", "files", "foreign", "vgg"},
    "weights": {"convolutions", "files", "random_features", "vgg", "weight_files"},
    "networks": {"convolutions", "descriptor", "filters", "vgg"},
    "statistics": set(),
    "losses": {"statistics"},
    "targets": {"statistics"},
    "terms": {"losses"},
    "noise": set(),
    "pyramid": set(),
    "waves": {"noise", "regularity"},
    "frozen": {"pyramid"},
    "generator": {"frozen", "pyramid"},
    "muon": set(),
    "recipe": set(),
    "octaves": {"descriptor"},
    "training": {
        *("fields", "foreign", "frozen", "generator", "hardware", "losses", "muon", "noise"),
        *("pyramid", "recipe", "targets", "terms", "waves"),
    },
    "watch": set(),
    "guards": {"training", "watch"},
    "callbacks": {"files", "images", "noise"},
    "checkpoint": {"files", "foreign", "frozen", "noise", "pyramid", "waves"},
    "fields": {"noise", "pyramid", "waves"},
    "displacement": {"fields", "frozen", "pyramid"},
    "resample": set(),
    "motions": {"displacement", "fields", "resample"},
    "frames": {"motions", "noise"},
    "sampler": {
        *("checkpoint", "fields", "frames", "frozen", "hardware", "motions", "pyramid", "waves"),
    },
    "provenance": {"__version__", "sampler"},
    "films": {"files", "images"},
    "seams": set(),
    "sheets": set(),
    "tiff": {"sheets"},
    "png": {"sheets"},
    "canvas": {"files", "images", "png", "pyramid", "sampler", "sheets", "tiff"},
    "deepzoom": {"files"},
    "constancy": {"losses", "targets"},
    "hardware": set(),
    "rescale": {"descriptor", "views"},
    "regions": set(),
    "views": {"descriptor", "regions", "statistics"},
    "objective": {"descriptor", "losses", "statistics", "views"},
    "methods": set(),
    "descent": {"methods", "objective", "views"},
    "painting": {"descent", "methods", "objective", "views"},
    "starts": {"noise"},
    "colours": {"starts"},
    "site": {"descriptor", "losses", "objective", "random_features", "vgg", "views"},
    "growth": {
        *(
            "convolutions",
            "descent",
            "methods",
            "random_features",
            "site",
            "starts",
            "vgg",
            "views",
        ),
    },
    "ranvgg": {"growth", "site"},
    "singlevgg": {"growth", "site"},
    "tasks": {"descriptor", "losses", "objective", "painting", "starts", "views"},
    "measures": {"colours", "starts"},
    "regularity": {"colours"},
    "symptoms": {"colours", "regularity"},
    "adviser": {"pyramid", "regularity", "symptoms", "waves"},
    "portilla": {"colours"},
    "scorecard": {"descriptor", "losses", "measures", "regularity", "spots", "targets"},
    "spots": set(),
    "memory": {"descriptor", "filters", "views"},
}
OUTSIDE = {  # who may know what
    "pytorch_lightning": {"training", "callbacks", "guards"},
    "hydra": set(),
    "omegaconf": set(),
    "PIL": {"exemplars", "films", "images"},
    "tifffile": {"tiff"},
    "pyvips": {"deepzoom"},
    "imageio_ffmpeg": {"films"},
    "rich": set(),
    "matplotlib": set(),
    "torchvision": {"weights"},
    "onnx": {"weights"},
    "psutil": {"files", "memory"},
    "plenoptic": {"portilla"},
}


def imports(path):
    """(own rooms, packages) that a file imports anywhere."""
    own, packages = set(), set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            own |= {node.module.split(".")[0]} if node.module else {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            packages.add(node.module.split(".")[0])
        elif isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
    return own, packages


def test_every_room_is_in_the_table():
    assert set(ROOMS) == set(UPSTREAM)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_point_upstream(room):
    own, packages = imports(ROOMS[room])
    assert own <= UPSTREAM[room] | {"errors"}
    for package, rooms in OUTSIDE.items():
        assert package not in packages or room in rooms, package


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_the_science_is_silent(room):
    assert not re.search(r"^\s*print\(", ROOMS[room].read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: path.stem)
def test_rooms_and_functions_stay_small(path):
    source = path.read_text()
    tree = ast.parse(source)
    assert ast.get_docstring(tree), "a room says what comes in and what goes out"
    assert len(source.splitlines()) <= 250
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) and node.body[1:] else node.body[0]
            assert node.end_lineno - first.lineno < 40, node.name


def test_sampling_commands_never_reach_lightning():
    """door, sample and models open without the libraries of training."""
    for name in (
        "door",
        "sample",
        "film",
        "reproduce",
        "grow",
        "models",
        "progress",
        "manual",
        "gatys",
        "transfer",
        "reconstruct",
        "studio",
        "easel",
        "within",
        "trace",
        "signals",
        "spelling",
        "descriptor",
        "growing",
        "planning",
        "study",
        "score",
        "page",
        "resuming",
        "places",
    ):
        own, packages = imports(HOUSE / "commands" / f"{name}.py")
        assert not own & {"training", "callbacks", "live", "train", "build", "release"}, name
        assert "pytorch_lightning" not in packages, name


def test_layers_are_named_never_numbered_attributes():
    for path in HOUSE.rglob("*.py"):
        assert not re.search(r"self\.[a-z]+\d_\d", path.read_text()), path
