"""What texturenet is made of: bounds that are met, versions without addresses, licences."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ASKED = [Requirement(text) for text in PROJECT["dependencies"]] + [
    Requirement(text) for some in PROJECT["optional-dependencies"].values() for text in some
]
PINS = dict(
    line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
)


@pytest.mark.parametrize("wanted", ASKED, ids=str)
def test_every_dependency_has_a_lower_bound_and_a_version_that_was_tested(wanted):
    assert any(bound.operator in (">=", "==") for bound in wanted.specifier)
    assert Version(PINS[wanted.name.lower()]) in wanted.specifier


def test_what_is_installed_is_within_the_bounds():
    for wanted in ASKED:
        try:
            found = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            continue  # an extra
        assert Version(found) in wanted.specifier, wanted


def test_the_file_of_versions_holds_no_address():
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[\w.+]+", line), line


def test_every_pinned_package_has_its_licence_told():
    page = (ROOT / "docs" / "licences.md").read_text()
    for name, version in PINS.items():
        row = re.search(rf"^\| {re.escape(name)} \| {re.escape(version)} \| (.+) \|$", page, re.M)
        assert row, name


def test_every_exemplar_has_its_licence_told():
    page = (ROOT / "docs" / "licences.md").read_text()
    table = tomllib.loads((ROOT / "exemplars" / "SOURCES.toml").read_text())
    for name, source in table.items():
        row = next(line for line in page.splitlines() if re.match(rf"\|.*\b{name}\b.*\|", line))
        assert source["licence"] in row


def test_nothing_but_the_weights_room_can_reach_the_network():
    """And that one only through torchvision, when it is told to. The studio listens on a socket,
    and before Ray is asked it is seen whether its address answers."""
    wrong = re.compile(
        r"\b(urllib(?!\.parse)|(?<!starlette\.)requests|http\.client|socket|aiohttp|ftplib)\b"
    )
    for path in (ROOT / "texturenet").rglob("*.py"):
        for line in path.read_text().splitlines():
            sockets = path.name in ("server.py", "on_ray.py") and line == "import socket"
            imports = line.lstrip().startswith(("import", "from")) and not sockets
            assert not (imports and wrong.search(line)), path


@pytest.mark.parametrize("verb", ["sample", "train", "gatys", "models"])
def test_commands_open_no_connection(verb, cli, small, model, exemplar_file, vgg_file, monkeypatch):
    def connect(*arguments):
        raise AssertionError("a connection")

    monkeypatch.setattr("socket.socket.connect", connect)
    monkeypatch.chdir(model.parent)
    painted = [f"exemplar={exemplar_file}", f"descriptor.weights={vgg_file}", "steps=2"]
    given = {
        "sample": [f"model={model}", "size=32"],
        "train": small,
        "gatys": painted,
        "models": [],
    }
    assert cli(verb, *given[verb])[0] == 0
