"""Pages in Firefox, opened from the disk: the same pixels as Python. Marionette drives it."""

import base64
import io
import time

import numpy as np
import pytest
from helpers.firefox import PATIENCE
from PIL import Image

from texturenet.io.pictures import to_bytes


def opened(session, path, link):
    """Opens a page and waits until it is drawn."""
    session.navigate("about:blank")  # another link alone would not load it again
    session.navigate(f"{path.as_uri()}#{link}")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        busy = session.execute_script(
            "return document.querySelector('#plane')?.getAttribute('aria-busy')"
        )
        if busy == "false":
            time.sleep(1)  # what is new has faded in
            return
        time.sleep(0.1)
    pytest.fail("the page was not drawn")


def pixels(session):
    address = session.execute_script("return document.querySelector('#plane').toDataURL()")
    with Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))) as image:
        return np.asarray(image.convert("RGB")).astype(int)


@pytest.mark.parametrize(("name", "seed"), [("brick", 2**64 - 5), ("tartan", 3), ("heads", 4)])
def test_a_page_is_drawn_as_python_draws_it(firefox, pages, name, seed):
    path, (texture,), _ = pages[name]
    session, _ = firefox
    row, column = 2**40 - 200, -(2**40) + 320
    opened(session, path, f"seed={seed}&row={row}&column={column}")
    found = pixels(session)
    height, width = found.shape[:2]
    origin = row - height // 2, column - width // 2
    away = np.abs(found - to_bytes(texture.render(height, width, seed, origin)))
    assert away.max() <= 1
    assert (away > 0).mean() <= 0.001


def test_a_picture_is_saved(firefox, pages):
    path, (texture,), _ = pages["dots"]
    session, folder = firefox
    opened(session, path, "seed=2")
    session.execute_script("document.querySelector('#save').click()")
    session.execute_script(
        """
        for (const [name, value] of [["wide", 80], ["high", 60]]) {
            const field = document.querySelector(`#${name}`);
            field.value = value;
            field.dispatchEvent(new Event("input", {bubbles: true}));
        }
        """
    )
    session.find_element("css selector", "#make").click()
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        time.sleep(0.2)
        found = [file for file in folder.glob("*.png") if file.stat().st_size]
        if found and not list(folder.glob("*.part")):
            break
    with Image.open(found[0]) as image:
        away = np.asarray(image).astype(int) - to_bytes(texture.render(60, 80, 2, (-30, -40)))
    assert np.abs(away).max() <= 1
