"""Compilers and interpreters of other languages, where they are at hand."""

import os
import shutil
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs" / "noise"
NEEDS = "TEXTURENET_NEEDS"  # names, with commas, whose absence is a failure: node,c++,c#,gdscript


def tool(name, *programs):
    """The first of the programs that is here; else the test is skipped, or fails where it must not
    be missing."""
    for program in programs:
        if path := shutil.which(program):
            return path
    why = f"none of {', '.join(programs)} is installed"
    if name in os.environ.get(NEEDS, "").split(","):
        pytest.fail(f"{why}, and {NEEDS} asks for {name}")
    return pytest.skip(why)
