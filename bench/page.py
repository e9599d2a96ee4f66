"""The web page in Chromium: its size, how soon it is drawn, holes while it moves, memory.

    python bench/page.py [models=brick,leaves,bricks] [seconds=20] [memory=0] [weights=exact]
    python bench/page.py sizes [models=brick,leaves,bricks]

For each model, a page opened from the disk in a window of 1024x640:

    kB         of the HTML file
    first      ms until the first piece of the picture is shown, from the start of the page
    view       ms until all of the window is
    hole       ms that the piece that was missing longest was so, while the plane goes by at 500
               pixels a second for `seconds`
    late       share of the frames of that time that came later than 50 ms
    Mpx/s      megapixels a second that the workers drew in the first view

With memory=600, the first model's page then goes by for 600 seconds, and the memory of Chromium's
processes (MB, that of shared pages counted once for each) and of the page's objects is printed
every tenth of that time.

`sizes` opens no browser. It prints how large nets and their pages are.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from texturenet.generator import release
from texturenet.page import page_of, write_page

SIZE = {"width": 1024, "height": 640}
SPEED = 500  # pixels a second
LONG = 600_000  # ms
# Moves the plane as a hand does, by events, and notes holes and late frames.
DRIVE = """([speed, seconds]) => new Promise((resolve) => {
    const plane = document.querySelector('#plane'), start = performance.now();
    const send = (kind, x, y) => plane.dispatchEvent(new PointerEvent(kind, {
        pointerId: 1, clientX: x, clientY: y, bubbles: true, button: 0}));
    plane.setPointerCapture = () => {};
    let before = start, late = 0, frames = 0, hole = 0;
    send('pointerdown', 0, 300);
    const step = (now) => {
        const gone = now - start;
        send('pointermove', -speed * gone / 1000, 300);
        hole = Math.max(hole, +plane.dataset.oldest || 0);
        frames += 1;
        late += now - before > 50;
        before = now;
        if (gone < 1000 * seconds) return requestAnimationFrame(step);
        send('pointercancel', 0, 300);
        resolve({hole, late: late / frames, frames});
    };
    requestAnimationFrame(step);
})"""


def processor():
    """The processor's kind, as Linux tells it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))


def arguments():
    """{"models": ..., "seconds": ..., "memory": ..., "weights": ...}"""
    given = {"models": "brick,leaves,bricks", "seconds": "20", "memory": "0", "weights": "exact"}
    return given | dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)


def opened(browser, page):
    """A tab in which all of the window is drawn -> (tab, ms until then)."""
    tab = browser.new_page(viewport=SIZE)
    tab.set_default_timeout(LONG)
    tab.goto(Path(page).as_uri())
    tab.locator("#plane[aria-busy=false]").wait_for()
    return tab, tab.evaluate("performance.now()")


def measured(browser, page, seconds):
    """The row of one page."""
    tab, view = opened(browser, page)
    first = int(tab.get_attribute("#plane", "data-first"))
    moved = tab.evaluate(DRIVE, [SPEED, seconds])
    tab.close()
    speed = SIZE["width"] * SIZE["height"] / 1000 / max(1, view - first)
    kilobytes = page.stat().st_size / 1000
    whole = "".join(f"{value:9.0f}" for value in (kilobytes, first, view, moved["hole"]))
    return f"{whole}{moved['late']:9.3f}{speed:9.2f}"


def megabytes():
    """Of all processes of the browser."""
    family = psutil.Process().children(recursive=True)
    return sum(process.memory_info().rss for process in family) / 1e6


def memory(browser, page, seconds):
    """What the processes take while the plane goes by."""
    tab, _ = opened(browser, page)
    session = tab.context.new_cdp_session(tab)
    for tenth in range(11):
        session.send("HeapProfiler.collectGarbage")
        objects = tab.evaluate("performance.memory.usedJSHeapSize") / 1e6
        print(f"{tenth * seconds / 10:6.0f} s {megabytes():8.0f} MB {objects:8.1f} MB of objects")
        if tenth < 10:
            tab.evaluate(DRIVE, [SPEED, seconds / 10])


def sizes(models):
    """Of nets and their pages."""
    print(f"{'':10}{'net kB':>9}{'page kB':>9}")
    for name in models:
        data, page = release.find(name).stat().st_size, len(page_of([name]).encode())
        print(f"{name:10}{data / 1000:9.0f}{page / 1000:9.0f}")


def main():
    chosen = arguments()
    models = chosen["models"].split(",")
    if "sizes" in sys.argv[1:]:
        return sizes(models)
    return browsed(chosen, models)


def browsed(chosen, models):
    """The rows of all pages."""
    busy = os.getloadavg()[0]
    print(f"{processor()}, {psutil.cpu_count()} logical cores; {busy:.1f} other processes at work")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        print(f"Chromium {browser.version}; {renderer(browser)}")
        heads = "".join(f"{head:>9}" for head in ("kB", "first", "view", "hole", "late", "Mpx/s"))
        print(f"{'':10}{heads}")
        pages = {
            name: write_page([name], Path(folder) / f"{name}.html", chosen["weights"])
            for name in models
        }
        for name, page in pages.items():
            print(f"{name:10}{measured(browser, page, float(chosen['seconds']))}", flush=True)
        if float(chosen["memory"]):
            memory(browser, pages[models[0]], float(chosen["memory"]))
        browser.close()


def renderer(browser):
    """What WebGL2 draws with here: a chip, or software."""
    tab = browser.new_page()
    name = tab.evaluate(
        """() => { const gl = document.createElement('canvas').getContext('webgl2');
            const more = gl?.getExtension('WEBGL_debug_renderer_info');
            const name = more ? more.UNMASKED_RENDERER_WEBGL : gl?.RENDERER;
            return gl ? gl.getParameter(name) : 'no' }"""
    )
    webgpu = tab.evaluate("Boolean(navigator.gpu)")
    tab.close()
    return f"WebGL2: {name}; WebGPU: {'yes' if webgpu else 'no'}"


if __name__ == "__main__":
    main()
