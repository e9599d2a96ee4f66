"""A page that morphs, in Chromium: every net of the way, what lies between, and its film."""

import numpy as np
import pytest
from helpers.nets import material
from PIL import Image

from texturenet.generator import release
from texturenet.io.pictures import to_bytes
from texturenet.page import write_page
from texturenet.sampling.between import row

from .conftest import downloaded
from .test_browser_paint import net

SIZE = 560, 640
CORNER = -280, -320


@pytest.fixture(scope="module")
def ways(tmp_path_factory):
    """{name: (page, the row of its nets)}."""
    folder = tmp_path_factory.mktemp("ways")
    flat = [net("moss", 1, 0.3), net("sand", 2, 0.6)]
    solid = [material(seed=seed) for seed in (1, 2)]
    made = {}
    for name, textures in (("flat", flat), ("solid", solid)):
        files = []
        for i, one in enumerate(textures):
            card = one.card | {"name": f"{one.card['name']}{i}"}
            files.append(str(release.save(folder / f"{name}{i}.safetensors", one.net, card)))
        made[name] = write_page(files, folder / f"{name}.html", use="morph"), row(files, "cpu")
    return made


@pytest.fixture
def page(opened, ways):
    def open_page(name="flat", link="", **more):
        path, way = ways[name]
        more = {"size": SIZE[::-1]} | more
        found = opened("dots", link, path=path, **more).drawn()
        found.way = way
        return found

    return open_page


def drawn(way, at, seed=0):
    net = way.mixture(at)
    return to_bytes(net.drawn(net.still(net.plane(SIZE, seed), seed), SIZE, CORNER)).astype(float)


def away(page, expected):
    return np.abs(page.pixels() - expected).max()


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_at_a_net_the_pixels_are_those_of_morph(page, at):
    page = page(link=f"seed=3&at={at}")
    assert away(page, drawn(page.way, at, 3)) <= 1


def test_between_two_nets_both_are_seen_by_their_shares(page):
    page = page(link="at=0.6")
    expected = 0.6 * drawn(page.way, 0.5) + 0.4 * drawn(page.way, 0.75)
    assert away(page, expected) <= 2


def test_the_slider_says_where_it_is_and_the_link_too(page):
    page = page()
    page.tab.fill("#at", "0.25")
    assert page.tab.inner_text("#share-of") == "75 % moss0, 25 % sand1"
    assert page.tab.get_attribute("#at", "aria-valuetext") == "75 % moss0, 25 % sand1"
    assert page.state()["at"] == "0.25"
    page.tab.wait_for_timeout(100)
    assert away(page.drawn(), drawn(page.way, 0.25)) <= 1


def test_it_plays_and_pauses(page):
    page = page()
    page.tab.keyboard.press("p")
    assert page.tab.get_attribute("#play", "aria-pressed") == "true"
    page.tab.wait_for_timeout(1500)
    page.tab.keyboard.press("p")
    at = float(page.tab.input_value("#at"))
    assert at > 0
    page.tab.wait_for_timeout(300)
    assert float(page.tab.input_value("#at")) == at
    page.tab.keyboard.press(".")
    assert float(page.tab.input_value("#at")) == pytest.approx(min(1, at + 0.05), abs=0.006)


def test_the_picture_is_saved_as_it_is_seen(page, tmp_path):
    page = page(link="at=0.4")
    page.tab.keyboard.press("s")
    with downloaded(page, tmp_path) as found:
        page.tab.click("#make")
    with Image.open(found[0]) as image:
        assert np.abs(np.asarray(image).astype(int) - page.pixels()).max() <= 2


def test_a_tile_of_a_way_is_seamless(page):
    page = page(link="at=0.5&tile=128x128")
    net = page.way.mixture(0.5)
    tile = net.drawn(net.still(net.plane((128, 128), 0, "xy"), 0), (128, 128), (0, 0))
    whole = page.pixels()[280 - 256 : 280 - 128, 320 - 128 : 320].astype(int)
    assert np.abs(whole - to_bytes(tile).astype(int)).max() <= 1


def test_materials_morph_too(page):
    page = page("solid", "at=0.5&view=colour")
    first = page.screen()
    page.tab.fill("#at", "1")
    page.tab.wait_for_timeout(200)
    page.drawn()
    assert np.abs(page.screen().astype(int) - first).mean() > 1
