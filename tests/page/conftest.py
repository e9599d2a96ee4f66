"""Pages of small nets, and a Chromium that opens them from the disk."""

import base64
import io
import re
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from helpers.nets import material, random_net, waved
from helpers.steering import steerable
from PIL import Image

from texturenet.generator import release
from texturenet.page import write_page
from texturenet.sampling.steering import steered
from texturenet.sampling.texture import Texture, load

ALLOWED = ("file:", "blob:", "data:")
SHADOW = 60_000  # ms that an action may take on a loaded machine


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """{name: (page, textures)}: small nets that nobody trained, and the real brick."""
    folder = tmp_path_factory.mktemp("pages")
    stone, tartan = material(), waved()
    made = {
        "dots": Texture(random_net(3), {"name": "dots", "law": "uniform"}),
        "heads": Texture(random_net(4, family="bare"), {"name": "heads", "law": "gaussian"}),
        "tartan": tartan,
        "stone": stone,
    }
    found = {}
    for name, texture in made.items():
        file = release.save(folder / f"{name}.safetensors", texture.net, texture.card)
        found[name] = write_page([str(file)], folder / f"{name}.html"), [texture], [file]
    files = [found[name][2][0] for name in ("dots", "tartan", "stone")]
    textures = [found[name][1][0] for name in ("dots", "tartan", "stone")]
    found["gallery"] = write_page([*map(str, files)], folder / "gallery.html"), textures, files
    file = steerable(folder)
    upright = steered(str(file), 0.0, "cpu").without()
    found["grain"] = write_page([str(file)], folder / "grain.html"), [upright], [file]
    found["brick"] = write_page(["brick"], folder / "brick.html"), [load("brick", "cpu")], []
    return found


class Opened:
    """A page that is open, and what was asked of it and of the world."""

    def __init__(self, tab, path, textures, requests, faults):
        self.tab, self.path, self.textures = tab, path, textures
        self.requests, self.faults = requests, faults

    @property
    def texture(self):
        return self.textures[0]

    def drawn(self):
        """Waits until nothing is missing -> itself."""
        self.tab.locator("#plane[aria-busy=false]").wait_for(timeout=SHADOW)
        self.tab.wait_for_timeout(250)  # what is new has faded in
        return self

    def pixels(self):
        """(H,W,3) of the flat canvas."""
        address = self.tab.evaluate("document.querySelector('#plane').toDataURL()")
        data = base64.b64decode(address.partition(",")[2])
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(image.convert("RGB"))

    def screen(self):
        """(H,W,3) of the window without controls."""
        self.tab.keyboard.press("h")
        self.tab.wait_for_timeout(300)
        with Image.open(io.BytesIO(self.tab.screenshot())) as image:
            pixels = np.asarray(image.convert("RGB"))
        self.tab.keyboard.press("h")
        return pixels

    def state(self):
        """{key: text} of the address, once it is up to date."""
        self.tab.wait_for_timeout(550)
        text = self.tab.evaluate("location.hash.slice(1)")
        return dict(part.split("=", 1) for part in text.split("&") if part)

    def said(self):
        said = self.tab.locator("#said.shown")
        said.wait_for(timeout=SHADOW)
        return said.inner_text()


@pytest.fixture
def opened(chromium, pages):
    """opened(name, "seed=3", size=(640,400)) -> Opened. Every request and error is looked at."""
    contexts = []

    def open_page(name, link="", size=(640, 400), before=None, path=None, **more):
        found, textures, _ = pages[name]
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **more)
        contexts.append(context)
        requests, faults = [], []
        context.on("request", lambda request: requests.append(request.url))
        tab = context.new_page()
        tab.set_default_timeout(SHADOW)
        tab.on("pageerror", lambda error: faults.append(str(error)))
        if before:
            tab.add_init_script(before)
        tab.goto(f"{Path(path or found).as_uri()}{'#' + link if link else ''}")
        contexts[-1].opened = Opened(tab, found, textures, requests, faults)
        return contexts[-1].opened

    yield open_page
    for context in contexts:
        outside = [url for url in context.opened.requests if not url.startswith(ALLOWED)]
        faults = context.opened.faults
        context.close()
        assert not outside, "a page asks the world for something"
        assert not faults, faults


def changed(page, folder, change, element="net-0"):
    """Another page with something else packed inside. change: the text it stands as -> another."""
    text = page.read_text()
    found = re.search(rf'(<script type="text/plain" id="{element}">)([^<]*)', text)
    data = change(found[2])
    path = folder / "changed.html"
    path.write_text(text[: found.start(2)] + data + text[found.end(2) :])
    return path


@pytest.fixture
def files(pages):
    return {name: files for name, (_, _, files) in pages.items()}


@contextmanager
def downloaded(opened, folder):
    """The file that an action saves, in a list that is filled at the end."""
    found = []
    with opened.tab.expect_download(timeout=SHADOW) as waiting:
        yield found
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    found.append(path)
