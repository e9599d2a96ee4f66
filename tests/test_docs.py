"""Documents: links, paths, commands and keys that they name exist."""

import ast
import re
import shlex
import tomllib
from functools import cache
from pathlib import Path

import pytest

import texturenet
from texturenet.commands import VERBS, help

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "checkpoints" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]
SPAN = re.compile(r"`([^`\n]+)`")
INVENTED = ("palette",)  # examples of what could be added
RENAMED = re.compile(r"^\| `(\w+)` \| `(\S+)` \| `([\w.]+)=\S+` \|$", re.MULTILINE)


def name_of(path):
    return str(path.relative_to(ROOT))


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def prose(page):
    """A page without its blocks of code."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^    .*$", "", text, flags=re.MULTILINE)


def commands(page):
    """Every `texturenet VERB ...` of blocks and spans, as arguments."""
    text = page.read_text()
    lines = re.findall(r"^ {4}(texturenet .*)$", text, re.MULTILINE)
    spans = re.findall(r"`(texturenet [^`]+)`", text)
    for line in [*lines, *(" ".join(span.split()) for span in spans)]:
        arguments = shlex.split(line, comments=True)[1:]
        if arguments and arguments[0] != "VERB":
            yield arguments


@cache
def keys():
    """Every key of every verb, and the groups that they are in."""
    found = set()
    for verb in VERBS:
        for key in re.findall(r"^([a-z][\w.]*)=", help.of(verb), re.MULTILINE):
            parts = key.split(".")
            found |= {".".join(parts[:count]) for count in range(1, len(parts) + 1)}
    return found | {"kind", "recipe", "descriptor"}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_and_picture_exists(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), target
        assert path.is_relative_to(ROOT), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
            assert anchor in map(slug, headings), target


def test_every_page_can_be_reached_from_the_readme():
    seen, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page not in seen:
            seen.add(page)
            links = re.findall(r"\]\(([^)#\s]+\.md)", page.read_text())
            left += [(page.parent / link).resolve() for link in links if "://" not in link]
    written_by_scripts = {ROOT / "docs" / "gallery.template.md"}
    assert set(PAGES) - seen == written_by_scripts


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_script_test_and_target_that_is_named_exists(page):
    text = page.read_text()
    files = re.findall(r"\b(?:bench|docs|tests|texturenet|conf|exemplars)/[\w/.]*\w\.\w+", text)
    for file in files:
        if Path(file).stem != "NAME":
            assert (ROOT / file).exists(), file
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"(?:`|^ {4})make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_map_has_every_package_in_the_order_of_imports():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    rows = re.findall(r"^\| (`[a-z` ]+`) \|", text.split("## Map")[1].split("\n\nEach")[0], re.M)
    packages = " ".join(rows).replace("`", "").split()
    found = {path.stem for path in (ROOT / "texturenet").glob("[a-z]*")} - {"py"}
    assert set(packages) == found
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    order = next(c["layers"] for c in layers["contracts"] if c["type"] == "layers")
    names = [name for layer in reversed(order) for name in reversed(layer.split(" | "))]
    assert packages[4:] == [name for name in names if name in packages[4:]]


def test_every_module_and_name_in_the_code_that_is_named_exists():
    spans = SPAN.findall((ROOT / "CONTRIBUTING.md").read_text())
    named = [re.fullmatch(r"([\w/]+\.py)(?:::(\w+))?", span) for span in spans]
    found = [match.groups() for match in named if match]
    assert found
    for file, name in found:
        if Path(file).stem in INVENTED:
            continue
        paths = [folder / file for folder in (ROOT, ROOT / "texturenet")]
        path = next((path for path in paths if path.exists()), None)
        assert path, file
        assert not name or re.search(
            rf"^(?:def |class )?{name}\b", path.read_text(), re.MULTILINE
        ), f"{file}::{name}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_is_one(page, cli, elsewhere):
    """Composed and checked, not run."""
    for verb, *arguments in commands(page):
        assert verb in VERBS, verb
        if "--help" not in arguments and arguments:
            status, _, error = cli(verb, *arguments, "--cfg=job")
            assert status == 0, f"{verb} {arguments}: {error}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_key_in_the_text_is_one(page):
    text = RENAMED.sub("", prose(page))
    spans = [span.strip("'\"") for span in SPAN.findall(text)]
    for key in (span.partition("=")[0] for span in spans if re.match(r"[a-z][\w.]*=", span)):
        assert key in keys(), key


def test_every_renamed_key_is_refused_with_the_new_one(cli):
    rows = RENAMED.findall((ROOT / "docs" / "commands.md").read_text())
    assert rows
    for verb, earlier, now in rows:
        status, _, error = cli(verb, earlier)
        assert status == 2, earlier
        assert re.search(rf"\b{now}\b", error), error


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_of_python_compiles_and_names_what_there_is(page):
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        ast.parse(block)
        for name in re.findall(r"\btexturenet\.(\w+)\(", block):
            assert name in texturenet.__all__, name
