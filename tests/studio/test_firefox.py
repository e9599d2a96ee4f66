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


def wait(session, selector, text=""):
    """Until something of the page is there and says a text -> the element."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = session.find_elements("css selector", selector)
        if found and text in found[0].text:
            return found[0]
        time.sleep(0.1)
    raise AssertionError(f"{selector} is not there")


def test_a_photograph_is_advised_on_and_a_net_is_explored(firefox, address, tmp_path):
    session, _ = firefox
    Image.fromarray(dots(192)).save(tmp_path / "spots.png")
    session.navigate(address)
    wait(session, "#picker").send_keys(str(tmp_path / "spots.png"))
    wait(session, ".findings li:not(.soft)")
    wait(session, "#learn h2", "Learn spots")
    wait(session, ".exemplar img")

    session.navigate(f"{address}#explore")
    wait(session, ".nets button[title='gravel']").click()
    wait(session, "#explore h2", "gravel")
    wait(session, ".view canvas[data-missing='0']")
    drawn = np.array(session.execute_script(PIXELS)).reshape(64, 64, 4)
    python = to_bytes(texturenet.load("gravel", "cpu").render(64, 64))
    assert np.abs(drawn[..., :3] - python.astype(int)).max() <= 1
