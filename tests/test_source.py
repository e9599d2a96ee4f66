"""The source: every module says what it is, functions are short, the science does not print."""

import ast
import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "texturenet"
MODULES = sorted(PACKAGE.rglob("*.py"))
SCIENCE = [path for path in MODULES if PACKAGE / "commands" not in path.parents]


def named(path):
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_modules_have_a_docstring_and_short_functions(path):
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and node.body[1:] else node.body[0]
            assert node.end_lineno - first.lineno < 40, node.name


@pytest.mark.parametrize("path", SCIENCE, ids=named)
def test_the_science_does_not_print(path):
    assert not re.search(r"^\s*print\(", path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_layers_are_named_never_numbered_attributes(path):
    assert not re.search(r"self\.[a-z]+\d_\d", path.read_text())
