"""ES modules in one script: what is understood, and what is refused."""

import shutil
import subprocess

import pytest

from texturenet.errors import Refused
from texturenet.page.bundle import bundle


@pytest.fixture
def modules(tmp_path):
    def write(**texts):
        for name, text in texts.items():
            (tmp_path / f"{name}.js").write_text(text)
        return bundle(tmp_path / "main.js", {"far": tmp_path / "far.js"})

    return write


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_script_does_what_the_modules_do(modules, tmp_path):
    script = modules(
        main=(
            'import {one, two as zwei} from "./a.js";\n'
            "import * as far from 'far';\n"
            "import {\n  Thing,\n  again,\n} from './b.js';\n"
            "console.log(one, zwei(), far.$, new Thing().say(), again);\n"
        ),
        a="const hidden = 1;\nexport const one = hidden;\nexport async function* ways() {}\n"
        "export function two() { return 2; }\n",
        b='export {one as again} from "./a.js";\nconst hidden = 3;\n'
        "class Inner { say() { return hidden; } }\nexport {Inner as Thing};\n",
        far="export let $ = 'far';\n",
    )
    (tmp_path / "whole.mjs").write_text(script)
    done = subprocess.run(["node", tmp_path / "whole.mjs"], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "2", "far", "3", "1"], done.stderr
    assert script.count("const hidden = 1") == 1


@pytest.mark.parametrize(
    ("main", "said"),
    [
        ("import {gone} from './a.js';", "gone, which a.js does not export"),
        ("import {a} from './nowhere.js';", "nowhere.js cannot be read"),
        ("import a from './a.js';", "cannot take in"),
        ("export default 3;", "cannot take in"),
        ("import {b} from './circle.js';", "imports itself"),
    ],
)
def test_what_a_page_could_not_run_is_refused(modules, main, said):
    with pytest.raises(Refused, match=said):
        modules(main=main, a="export const a = 1;", circle="import {a} from './main.js';")
