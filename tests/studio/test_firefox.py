"""The studio in Firefox: a photograph that comes in, advice, and a net that is explored."""

import time

import numpy as np
import pytest
from helpers.firefox import PATIENCE
from helpers.pictures import dots
from PIL import Image

import texturenet
from texturenet.io.pictures import to_bytes

pytestmark = pytest.mark.slow
PIXELS = """const pen = document.querySelector('.view canvas').getContext('2d');
return [...pen.getImageData(0, 0, 64, 64).data];"""


def when(session, selector, use):
    """Waits until something of the page is there and `use` of it gives something true. The page
    may draw its lists anew at any time; what is then stale is looked for again."""
    from marionette_driver.errors import StaleElementException

    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if any(use(found) for found in session.find_elements("css selector", selector)[:1]):
                return
        except StaleElementException:
            pass
        time.sleep(0.1)
    pytest.fail(f"{selector} is not there")


def wait(session, selector, text=""):
    when(session, selector, lambda found: text in found.text)


def click(session, selector):
    when(session, selector, lambda found: found.click() or True)


def test_a_photograph_is_advised_on_and_a_net_is_explored(firefox, address, tmp_path):
    session, _ = firefox
    Image.fromarray(dots(192)).save(tmp_path / "spots.png")
    session.navigate(address)
    chosen = str(tmp_path / "spots.png")
    when(session, "#picker", lambda found: found.send_keys(chosen) or True)
    wait(session, ".findings li:not(.soft)")
    wait(session, "#learn h2", "Learn spots")
    wait(session, ".exemplar img")

    session.navigate(f"{address}#explore")
    click(session, ".nets button[title='gravel']")
    wait(session, "#explore h2", "gravel")
    wait(session, ".view canvas[data-missing='0']")
    drawn = np.array(session.execute_script(PIXELS)).reshape(64, 64, 4)
    python = to_bytes(texturenet.load("gravel", "cpu").render(64, 64))
    assert np.abs(drawn[..., :3] - python.astype(int)).max() <= 1
