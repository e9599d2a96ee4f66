"""The page's modules in Node, where no browser is needed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from texturenet.studio.files import PAGE

HERE = Path(__file__).parent / "scripts"


def test_facts_about_modules(tmp_path):
    node = shutil.which("node")
    if node is None:
        if "node" in os.environ.get("TEXTURENET_NEEDS", ""):
            pytest.fail("node is not installed")
        pytest.skip("node is not installed")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(PAGE, tmp_path / "page")
    shutil.copytree(HERE, tmp_path / "tests")
    tests = sorted(map(str, (tmp_path / "tests").glob("*.test.mjs")))
    done = subprocess.run([node, "--test", *tests], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
