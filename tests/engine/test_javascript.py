"""The JavaScript module in Node: its own tests, and windows that Python drew."""

import json
import os
import re
import shutil
import subprocess

import numpy as np
import pytest

from .cases import cases, drawn
from .conftest import ENGINE, need

JS = ENGINE.parent / "js"


def options_of(case):
    """A case as `render` takes it; numbers that JSON would round are text."""
    plain = ("width", "height", "scale")
    options = {name: getattr(case, name) for name in plain}
    options |= {name: str(getattr(case, name)) for name in ("seed", "row", "column")}
    options["tile"] = dict(zip(("height", "width"), case.tile, strict=True))
    for name in ("border", "other"):
        if (value := getattr(case, name)) is not None:
            options[name] = str(value)
    if case.time is not None:
        options |= {"time": case.time} | ({"rates": case.rates} if case.rates else {})
    return options


@pytest.fixture(scope="module")
def fixtures(files, textures, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fixtures")
    listed = []
    for number, case in enumerate(cases()):
        made = drawn(textures[case.net], case)
        kinds = list(made) if case.maps else None
        if kinds:
            for kind, values in made.items():
                (folder / f"{number}.{kind}").write_bytes(values.astype("<f4").tobytes())
        else:
            (folder / f"{number}.rgb").write_bytes(np.ascontiguousarray(made).tobytes())
        told = {"title": str(case), "net": case.net, "options": options_of(case), "maps": kinds}
        listed.append(told)
    nets = {name: str(path) for name, path in files.items()}
    (folder / "cases.json").write_text(json.dumps({"nets": nets, "cases": listed}))
    return folder


def test_windows_are_those_of_the_sampler(fixtures):
    run("fixtures.test.mjs", TEXTURENET_FIXTURES=str(fixtures))


def test_the_module_orders_refuses_and_ends_its_work():
    run("texture.test.mjs")


def run(name, **more):
    need("node", "node")
    command = ["node", "--test", "--test-reporter=tap", str(JS / "test" / name)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | more, timeout=250
    )
    told = done.stdout.splitlines()
    failed = "\n".join(line for line in told if "not ok" in line or "error:" in line)
    assert done.returncode == 0, failed + done.stdout[-3000:] + done.stderr[-1000:]
    assert "# pass 0" not in done.stdout


def test_types_and_code_name_the_same_options():
    code = (JS / "src" / "options.js").read_text()
    known = code[code.index("const KNOWN = [") :].split("]")[0]
    types = (JS / "index.d.ts").read_text()
    view = types[types.index("interface ViewOptions") :].split("\n}")[0]
    declared = set(re.findall(r"^  (\w+)\??:", view, re.MULTILINE))
    for name in known.split("'")[1::2]:
        assert name in declared


def test_the_package_holds_what_it_names():
    package = json.loads((JS / "package.json").read_text())
    assert not package.get("dependencies")
    for name in [*package["files"], package["types"]]:
        assert (JS / name).exists(), name
    if shutil.which("npm"):
        done = subprocess.run(
            ["npm", "pack", "--dry-run", "--json", "--offline"],
            cwd=JS, capture_output=True, text=True, check=True,
        )  # fmt: skip
        packed = {entry["path"] for entry in json.loads(done.stdout)[0]["files"]}
        assert {"index.js", "index.d.ts", "src/plain.js", "src/engine.js"} <= packed
        assert not any(path.startswith("test/") for path in packed)
