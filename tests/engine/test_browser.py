"""The module in Chromium, in a page opened from a file: the same bits as in Node."""

import base64
import re
import subprocess

import pytest

from .conftest import ENGINE, need

JS = ENGINE.parent / "js"
ORDER = (
    "src/plain",
    "src/engine",
    "src/workers",
    "src/pool",
    "src/options",
    "src/card",
    "src/texture",
)
WANTED = "{seed: 2n ** 64n - 5n, row: -3, column: 2n ** 39n, width: 150, height: 140, time: 0.3}"
PAGE = """<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<script type="module">
{code}
const bytes = Uint8Array.from(atob('{file}'), (letter) => letter.charCodeAt(0));
async function told() {{
  const texture = await load(bytes, {{workers: 2}});
  const picture = await texture.render({wanted});
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', picture.data));
  return {{
    hash: [...hash].map((b) => b.toString(16).padStart(2, '0')).join(''),
    workers: texture.workers, kind: picture.constructor.name,
  }};
}}
window.result = told().catch((error) => ({{error: error.message}}));
</script>"""
OPEN = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; worker-src blob:"
CLOSED = OPEN.replace("worker-src blob:", "worker-src 'none'")


def one_script():
    """All modules in one: imports are one line each, and what is exported has one name."""
    code = "".join((JS / f"{name}.js").read_text() for name in (*ORDER, "index"))
    return re.sub(r"^import .*$|^export \{.*$|^export ", "", code, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def hash_in_node(files):
    need("node", "node")
    program = f"""
        import {{load}} from {str(JS / "index.js")!r};
        import {{readFileSync}} from 'node:fs';
        import {{createHash}} from 'node:crypto';
        const texture = await load(readFileSync(process.argv[1]), {{workers: 1}});
        const {{data}} = await texture.render({WANTED});
        console.log(createHash('sha256').update(data).digest('hex'));
    """
    command = ["node", "--input-type=module", "-e", program, files["redbrick"]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def seen(chromium, folder, policy, file):
    """What a page with this module says of a picture, and the requests that it made."""
    data = base64.b64encode(file).decode()
    page = folder / "page.html"
    page.write_text(PAGE.format(policy=policy, code=one_script(), file=data, wanted=WANTED))
    with chromium.new_context() as context:
        requests = []
        tab = context.new_page()
        context.on("request", lambda request: requests.append(request.url))
        tab.goto(page.as_uri())
        found = tab.evaluate("window.result")
        asked = [url for url in requests if not url.startswith(("file:", "blob:"))]
    return found, asked


@pytest.mark.parametrize(("policy", "workers"), [(OPEN, 2), (CLOSED, 0)])
def test_a_page_from_a_file_draws_the_bits_of_node(
    chromium, hash_in_node, files, tmp_path, policy, workers
):
    found, asked = seen(chromium, tmp_path, policy, files["redbrick"].read_bytes())
    assert found == {"hash": hash_in_node, "workers": workers, "kind": "ImageData"}
    assert not asked


def test_a_page_says_why_a_file_is_refused(chromium, files, tmp_path):
    found, _ = seen(chromium, tmp_path, OPEN, files["redbrick"].read_bytes()[:5000])
    assert "truncated" in found["error"]
