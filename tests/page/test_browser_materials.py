"""Materials in Chromium: the light and the maps of Python's lit pictures. And galleries."""

import numpy as np
import pytest

from texturenet.io.pictures import to_bytes
from texturenet.materials.normals import coded
from texturenet.materials.shading import LIGHT, flat

from .conftest import SHADOW

SIZE, CORNER = (256, 384), (-128, -192)


@pytest.fixture(scope="module")
def maps(pages):
    return pages["stone"][1][0].maps(*SIZE, 2, CORNER)


def away(pixels, expected):
    return np.abs(pixels.astype(int) - to_bytes(expected).astype(int))


def test_a_material_is_lit_as_python_lights_it(opened, maps):
    page = opened("stone", "seed=2", size=SIZE[::-1]).drawn()
    difference = away(page.screen(), flat(maps, LIGHT))
    # Colours of 8 bits and normals of 16 go through the light.
    assert np.quantile(difference, 0.99) <= 2
    assert difference.mean() < 0.6


def test_the_lamp_follows_the_pointer(opened):
    page = opened("stone", "seed=2", size=SIZE[::-1]).drawn()
    before = page.screen().astype(int)
    page.tab.mouse.move(380, 60)
    page.tab.wait_for_timeout(300)
    assert np.abs(page.screen() - before).mean() > 2


@pytest.mark.parametrize(
    "view", ["colour", "normal", "height", "roughness", "occlusion", "metallic"]
)
def test_each_map_is_shown_as_it_is(opened, maps, view):
    page = opened("stone", f"seed=2&view={view}", size=SIZE[::-1]).drawn()
    expected = coded(maps[view]) if view == "normal" else maps[view].expand(3, -1, -1)
    difference = away(page.screen(), expected)
    assert np.quantile(difference, 0.999) <= 1


def test_the_ball_is_round_and_turns(opened):
    page = opened("stone", "view=ball", size=(700, 600)).drawn()
    shown = page.screen()
    assert tuple(shown[300, 4]) == tuple(shown[20, 690])  # the ground
    assert shown[250:350, 250:450].std() > 2
    page.tab.mouse.move(350, 300)
    page.tab.mouse.down()
    page.tab.mouse.move(420, 320)
    page.tab.mouse.up()
    page.tab.wait_for_timeout(300)
    assert np.abs(page.screen().astype(int) - shown).mean() > 0.5


def test_views_are_chosen_by_hand_and_by_key(opened):
    page = opened("stone", size=(900, 500)).drawn()
    page.tab.get_by_role("radio", name="Normal").check()
    assert page.state()["view"] == "normal"
    page.tab.keyboard.press("m")
    assert page.state()["view"] == "height"
    assert page.tab.locator("#views input").count() == 2 + 6


def test_without_webgl_a_material_shows_its_colour_and_says_so(opened, maps):
    hidden = """const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
            return kind === 'webgl2' ? null : get.call(this, kind, ...rest) };"""
    page = opened("stone", "seed=2", size=SIZE[::-1], before=hidden)
    assert "no WebGL2" in page.said()
    assert away(page.drawn().pixels(), maps["colour"]).max() <= 1


def test_a_gallery_draws_its_pictures_and_opens_one(opened):
    page = opened("gallery", size=(1000, 700))
    page.tab.locator("#shelf canvas[data-drawn]").nth(2).wait_for(timeout=SHADOW)
    page.tab.locator("#shelf a", has_text="tartan").click()
    page.drawn()
    assert page.state()["net"] == "tartan"
    expected = page.textures[1].render(700, 1000, 0, (-350, -500))
    assert away(page.pixels(), expected).max() <= 1
    page.tab.keyboard.press("Escape")
    page.tab.locator("#gallery").wait_for()
    page.tab.locator("#shelf a", has_text="stone").click()
    page.drawn()
    assert page.tab.locator("#views").is_visible()
    page.tab.go_back()
    page.tab.locator("#gallery").wait_for()
