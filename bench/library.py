"""Libraries: how soon the page of many opens, and what a driver does for each texture.

    python bench/library.py page [entries=10000]
    python bench/library.py plan [count=2000]
    python bench/library.py lists [rows=10000]

`page` makes up a library of so many textures, half of which have a score, and opens its page in
Chromium: seconds to write table and page, megabytes of the data; ms until the first screen stands;
the longest frame while all of it goes by; elements of the page then.

`plan` prints processor milliseconds of the driver for each texture: to check its options, and to
read, hash and pack a photograph of 3 MB. `lists` prints what reading a list of so many rows takes.
What engines cost: bench/engines.py.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from texturenet.commands.library.jobs import job_of, options_of
from texturenet.commands.library.lists import sources_of
from texturenet.library import catalogue, page
from texturenet.library.sources import Source

WINDOW = {"width": 1280, "height": 800}
# Scrolls from end to end, and notes the longest frame.
SCROLL = """() => new Promise((resolve) => {
    const list = document.querySelector('#list'), frames = 100;
    let before = performance.now(), longest = 0, frame = 0;
    const step = (now) => {
        longest = Math.max(longest, now - before);
        before = now;
        list.scrollTop = list.scrollHeight * frame / frames;
        if (frame++ < frames) return requestAnimationFrame(step);
        resolve([longest, document.querySelectorAll('.item').length]);
    };
    requestAnimationFrame(step);
})"""


def main(arguments):
    what, *pairs = arguments or ["page"]
    given = dict(pair.split("=", 1) for pair in pairs)
    {"page": of_page, "plan": of_plan, "lists": of_lists}[what](**given)


def of_page(entries="10000", keep=None):
    """keep: a folder that stays."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(keep or made)
        rows = invented(int(entries))
        thumbs(rows, folder)
        started = time.perf_counter()
        catalogue.write(rows, folder / catalogue.FILE)
        middle = time.perf_counter()
        path = page.write(rows, folder)
        ended = time.perf_counter()
        size = (folder / page.DATA).stat().st_size / 1e6
        print(
            f"{entries} entries: table {middle - started:.2f} s, "
            f"page {ended - middle:.2f} s, data {size:.1f} MB"
        )
        table = (folder / catalogue.FILE).stat().st_size / 1e6
        print(f"table {table:.1f} MB")
        opened(path)


def opened(path):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        times, first = [], []
        for _ in range(3):
            tab = browser.new_page(viewport=WINDOW)
            tab.goto(path.resolve().as_uri(), wait_until="commit")
            tab.wait_for_selector("body[data-ready]")
            times.append(tab.evaluate("performance.now()"))
            tab.wait_for_function(
                "[...document.images].every(i => i.complete && i.naturalWidth > 0)"
            )
            first.append(tab.evaluate("performance.now()"))
            longest, elements = tab.evaluate(SCROLL)
            began = time.perf_counter()
            tab.fill("#text", "texture 77")
            tab.wait_for_function("document.querySelector('#counts').textContent.includes('shown')")
            filtered = time.perf_counter() - began
            tab.close()
        browser.close()
    print(f"list after {statistics.median(times):.0f} ms, at most {max(times):.0f}")
    print(f"with its pictures {statistics.median(first):.0f} ms, at most {max(first):.0f}")
    print(f"longest frame of scrolling {longest:.0f} ms, {elements} elements")
    print(f"searched in {1000 * filtered:.0f} ms")


def invented(count):
    rows = []
    for number in range(count):
        row = dict.fromkeys(catalogue.COLUMNS)
        name = f"texture {number:05}"
        files = ["log.txt", "loss.png", f"{name}.safetensors", f"{name}_sheet.png", "thumb.jpg"]
        row |= {
            "name": name, "state": "failed" if number % 97 == 5 else "released",
            "exemplar": f"IMG_{number}", "licence": "CC0" if number % 3 else "unknown",
            "sha256": f"{number:064x}", "height": 1024, "width": 768, "maps": "colour",
            "steps": 2000, "seconds": 300.0, "error": 0.05 + number % 91 / 1000,
            "parameters": 90000,
            "merit": 0.3 + number % 89 / 300 if number % 2 else None, "bytes": 370000,
            "score": {"patches": 0.5}, "fingerprint": f"{number:064x}", "options": {},
            "advice": ["light is uneven across it"] if number % 4 == 0 else [],
            "reason": "it is no picture" if number % 97 == 5 else None,
            "files": [f"textures/{name}/out/{file}" for file in files],
        }  # fmt: skip
        rows.append(row)
    return rows


def thumbs(rows, folder):
    """Pictures of 128 pixels, as `library` makes them, sixteen of them different."""
    rng = np.random.default_rng(0)
    grain, colours = rng.normal(128, 30, (16, 128, 128, 3)), rng.normal(0, 40, (16, 1, 1, 3))
    pictures, kinds = (grain + colours).clip(0, 255).astype("uint8"), []
    made = folder / "thumb.jpg"
    for row in rows:
        number = int(row["name"].split()[1])
        out = folder / "textures" / row["name"] / "out"
        out.mkdir(parents=True, exist_ok=True)
        if number < 16:
            Image.fromarray(pictures[number]).save(made, quality=92)
            kinds.append(made.read_bytes())
        (out / "thumb.jpg").write_bytes(kinds[number % 16])


def of_plan(count="2000"):
    with tempfile.TemporaryDirectory() as made:
        photo = Path(made) / "photo.jpg"
        photo.write_bytes(np.random.default_rng(0).bytes(3_000_000))
        sources = [Source(f"t{n}", "exemplar", str(photo)) for n in range(int(count))]
        options_of(sources[0], {})  # what it imports
        began = time.process_time()
        for source in sources:
            options_of(source, {"steps": 300})
        checked = time.process_time()
        for source in sources[:200]:
            assert job_of(source, {}, False, 1, 0.0).mark
        ended = time.process_time()
    print(f"options {1000 * (checked - began) / len(sources):.2f} ms each")
    print(f"job {1000 * (ended - checked) / len(sources[:200]):.1f} ms each")


def of_lists(rows="10000"):
    lines = [f"photo{number}.jpg" for number in range(int(rows))]
    texts = {
        "txt": "\n".join(lines),
        "csv": "exemplar,seed\n" + "\n".join(f"{line},3" for line in lines),
        "yaml": "\n".join(f"- {{exemplar: {line}, seed: 3}}" for line in lines),
    }
    with tempfile.TemporaryDirectory() as made:
        for suffix, text in texts.items():
            path = Path(made) / f"list.{suffix}"
            path.write_text(text)
            began = time.process_time()
            assert len(sources_of(str(path))) == len(lines)
            print(f"{suffix}: {time.process_time() - began:.1f} s of a processor")


if __name__ == "__main__":
    main(sys.argv[1:])
