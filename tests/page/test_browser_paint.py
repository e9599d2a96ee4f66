"""A page that paints, in Chromium: a hand, keys, files, and the pixels of Python's blend."""

import json

import numpy as np
import pytest
import torch
from helpers.nets import random_net
from PIL import Image

from texturenet.blending.blend import blend
from texturenet.blending.masks import raster
from texturenet.generator import release
from texturenet.io.pictures import to_bytes
from texturenet.page import mask_files, write_page
from texturenet.sampling.texture import Texture

from .conftest import SHADOW, downloaded

SIZE = 560, 640  # of the window: height, width
CORNER = -280, -320
SPREAD = 32


def net(name, seed, mean):
    """A small net with some contrast about a mean."""
    made = random_net(3, step=3, seed=seed, family="mixed")
    plain = Texture(made, {"name": name, "law": "uniform"})
    drawn = plain.window(plain.plane((1, 1), 0), (64, 64), (0, 0))[0]
    scale, weights = 0.12 / drawn.std((1, 2)), dict(made.weights())
    weights["output.weight"] = weights["output.weight"] * scale.view(3, 1, 1, 1)
    weights["output.bias"] = (weights["output.bias"] - drawn.mean((1, 2))) * scale + mean
    return Texture(type(made)(made.architecture, weights), plain.card)


@pytest.fixture(scope="module")
def painting(tmp_path_factory):
    """{number of nets: (page, textures)}."""
    folder = tmp_path_factory.mktemp("painting")
    made = [net("moss", 1, 0.3), net("sand", 2, 0.6), net("rock", 3, 0.45), net("clay", 4, 0.7)]
    files = [
        str(release.save(folder / f"{one.card['name']}.safetensors", one.net, one.card))
        for one in made
    ]
    textures = [Texture(*release.load(file)) for file in files]
    return {
        count: (write_page(files[:count], folder / f"{count}.html", use="paint"), textures[:count])
        for count in (2, 3, 4)
    }


@pytest.fixture
def page(opened, painting):
    """page(2) -> Opened, drawn."""

    def open_page(count=2, link="", **more):
        path, textures = painting[count]
        more = {"size": SIZE[::-1]} | more
        found = opened("dots", link, path=path, **more).drawn()
        found.textures = textures
        return found

    return open_page


def stroke(page, *points):
    mouse = page.tab.mouse
    mouse.move(*points[0])
    mouse.down()
    for point in points[1:]:
        mouse.move(*point, steps=4)
    mouse.up()
    page.tab.wait_for_timeout(100)
    page.drawn()


def saved_mask(page, folder):
    """The file that the page saves, and where its upper left lies."""
    with downloaded(page, folder) as found:
        page.tab.click("#mask-save")
    with Image.open(found[0]) as image:
        told = json.loads(image.text["texturenet-mask"])
        return found[0], np.asarray(image), told["origin"]


def laid(page, files):
    """Loads a mask, until it is there."""
    page.tab.set_input_files("#mask-file", files)
    page.tab.locator("#said", has_text="The mask lies at").wait_for(timeout=SHADOW)
    page.tab.wait_for_timeout(200)


def expected(page, values, origin, seed=0, corner=CORNER):
    """Python's blend with the pixels of a saved mask."""
    planes = torch.from_numpy(values.copy()).float() / 255
    if len(page.textures) == 2:
        masks = [raster("mask", planes, origin=origin), None]
    else:
        masks = [raster("mask", planes[..., i], origin=origin) for i in range(3)]
    both = blend(dict(zip(page.textures, masks, strict=True)), spread=SPREAD)
    return to_bytes(both.render(*SIZE, seed, corner)).astype(int)


def same(page, values, origin, **more):
    away = np.abs(page.pixels().astype(int) - expected(page, values, origin, **more))
    assert away.max() <= 2, f"{(away > 2).mean():.4f} of the values are further"
    assert (away > 0).mean() < 0.01


def test_what_a_hand_paints_is_the_blend_of_python(page, tmp_path):
    page = page(2, "seed=5")
    before = page.pixels()
    stroke(page, (120, 90), (300, 200), (420, 60))
    after = page.pixels()
    assert (before != after).any(-1).mean() > 0.05
    assert np.array_equal(before[420:], after[420:])  # far from the stroke nothing changed
    _, values, origin = saved_mask(page, tmp_path)
    assert values.ndim == 2
    assert values.min() == 0
    assert (values[0] == 255).all()
    same(page, values, origin, seed=5)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_page_can_begin_with_a_mask(opened, painting, tmp_path, count):
    _, textures = painting[count]
    values = np.zeros((96, 160, 3), np.uint8)
    values[..., 0] = 255  # around it is the first, as beyond it
    values[8:88, 80:152] = [0, 255, 0]
    if count == 3:
        values[48:88, 80:152] = [0, 51, 204]
    others = [0 * values[..., 0]] * 2
    pictures = {2: [values[..., 0]], 3: [values], 4: [values[..., 0], values[..., 1], *others]}
    files = [tmp_path / f"{i}.png" for i in range(len(pictures[count]))]
    for file, picture in zip(files, pictures[count], strict=True):
        Image.fromarray(picture).save(file)
    nets = [
        str(release.save(tmp_path / f"{one.card['name']}.safetensors", one.net, one.card))
        for one in textures
    ]
    masks, notes = mask_files(files, [one.card["name"] for one in textures])
    assert notes == []
    path = write_page(nets, tmp_path / "page.html", use="paint", masks=masks)
    page = opened("dots", path=path, size=SIZE[::-1]).drawn()
    page.tab.locator("#undo:enabled").wait_for(timeout=SHADOW)
    page.tab.wait_for_timeout(200)
    page.drawn()
    page.textures = textures[:2] if count == 4 else textures  # of four the others are not seen
    same(page, values if count == 3 else values[..., 0], (-48, -80))
    assert page.tab.inner_text("#said") == ""


def test_three_textures_are_saved_as_colours_and_loaded_again(page, tmp_path):
    page = page(3)
    stroke(page, (100, 100), (250, 120))
    page.tab.keyboard.press("2")
    stroke(page, (220, 60), (240, 220))
    file, values, origin = saved_mask(page, tmp_path)
    assert values.shape[-1] == 3
    same(page, values, origin)
    painted = page.pixels()
    page.tab.click("#clear")
    page.tab.wait_for_timeout(100)
    assert not np.array_equal(page.drawn().pixels(), painted)
    laid(page, file)
    assert np.array_equal(page.drawn().pixels(), painted)


def test_four_textures_are_saved_in_four_files(page, tmp_path):
    page = page(4)
    for key, x in (("1", 100), ("2", 200), ("3", 300)):
        page.tab.keyboard.press(key)
        stroke(page, (x, 80), (x, 150))
    painted, files = page.pixels(), []
    page.tab.on("download", lambda one: files.append(one))
    page.tab.click("#mask-save")
    page.tab.wait_for_timeout(1500)
    paths = []
    for one in files:
        paths.append(tmp_path / one.suggested_filename)
        one.save_as(paths[-1])
    assert len(paths) == 4
    assert sum(np.asarray(Image.open(path)).astype(int) for path in paths).max() == 255
    page.tab.click("#clear")
    laid(page, paths[::-1])
    assert np.array_equal(page.drawn().pixels(), painted)


def test_strokes_are_taken_back_and_done_again(page):
    page = page()
    empty = page.pixels()
    assert page.tab.locator("#undo").is_disabled()
    stroke(page, (120, 90), (300, 200))
    first = page.pixels()
    stroke(page, (400, 90), (500, 200))
    second = page.pixels()
    page.tab.click("#undo")
    page.tab.wait_for_timeout(100)
    assert np.array_equal(page.drawn().pixels(), first)
    page.tab.keyboard.press("Control+z")
    page.tab.wait_for_timeout(100)
    assert np.array_equal(page.drawn().pixels(), empty)
    for _ in range(2):
        page.tab.keyboard.press("Control+Shift+z")
    page.tab.wait_for_timeout(100)
    assert np.array_equal(page.drawn().pixels(), second)


def test_keys_paint_and_erase(page):
    page = page()
    empty = page.pixels()
    page.tab.locator("#plane").focus()
    page.tab.keyboard.down(" ")
    page.tab.keyboard.press("ArrowRight")
    page.tab.keyboard.up(" ")
    page.tab.wait_for_timeout(800)
    assert page.tab.locator("#undo").is_enabled()
    page.tab.keyboard.press("0")
    page.tab.wait_for_timeout(100)
    painted = page.drawn().pixels()
    assert (painted != empty).any(-1).mean() > 0.005
    page.tab.keyboard.press("e")
    for _ in range(9):
        page.tab.keyboard.press("]")
    page.tab.keyboard.down(" ")
    page.tab.wait_for_timeout(100)
    page.tab.keyboard.up(" ")
    page.tab.wait_for_timeout(100)
    assert np.array_equal(page.drawn().pixels(), empty)
    assert page.tab.locator("#clear").is_disabled()


def test_without_the_brush_a_hand_moves_the_plane(page):
    page = page()
    page.tab.keyboard.press("b")
    mouse = page.tab.mouse
    mouse.move(300, 200)
    mouse.down()
    mouse.move(263, 149, steps=3)
    page.tab.wait_for_timeout(150)
    mouse.up()
    assert {"row": "51", "column": "37"}.items() <= page.state().items()
    assert page.tab.locator("#undo").is_disabled()
    page.tab.keyboard.press("b")
    mouse.move(300, 200)
    mouse.down(button="middle")
    mouse.move(310, 200, steps=3)
    page.tab.wait_for_timeout(150)
    mouse.up(button="middle")
    assert page.state()["column"] == "27"


def test_two_fingers_move_and_one_paints(page):
    page = page(size=(390, 700), has_touch=True)
    send = page.tab.context.new_cdp_session(page.tab).send

    def touch(kind, *points):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (150, 300))
    touch("touchMove", (200, 320))
    touch("touchStart", (200, 320), (260, 320))  # the stroke was none
    touch("touchMove", (140, 320), (320, 320))
    touch("touchEnd")
    assert float(page.state()["zoom"]) > 2
    assert page.tab.locator("#clear").is_disabled()
    touch("touchStart", (150, 300))
    touch("touchMove", (200, 320))
    touch("touchEnd")
    page.tab.locator("#undo:not([disabled])").wait_for(timeout=SHADOW)


def test_the_picture_is_saved_as_it_is_seen(page, tmp_path):
    page = page()
    stroke(page, (120, 90), (300, 200), (420, 60))
    page.tab.keyboard.press("s")
    page.tab.fill("#wide", "640")
    page.tab.fill("#high", "560")
    with downloaded(page, tmp_path) as found:
        page.tab.click("#make")
    with Image.open(found[0]) as image:
        assert np.abs(np.asarray(image).astype(int) - page.pixels()).max() <= 1


def test_zoomed_out_a_stroke_is_seen(page):
    page = page(2, "zoom=0.5")
    before = page.pixels()
    stroke(page, (200, 100), (300, 200))
    assert (before != page.pixels()).any(-1).mean() > 0.01


def test_a_link_says_that_it_holds_no_mask(page):
    page = page()
    page.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stroke(page, (120, 90), (300, 200))
    page.tab.keyboard.press("c")
    assert "The mask is not in it" in page.said()


def test_what_is_no_mask_is_refused(page, tmp_path):
    page = page()
    page.tab.set_input_files(
        "#mask-file", {"name": "a.png", "mimeType": "image/png", "buffer": b"no"}
    )
    assert "a.png is no picture" in page.said()
    Image.new("L", (30, 20), 0).save(tmp_path / "any.png")
    laid(page, tmp_path / "any.png")
    assert page.tab.locator("#clear").is_enabled()


def test_controls_have_names_and_values_in_words(page):
    page = page()
    for locator in page.tab.locator("#paint :is(button, input)").all():
        named = locator.evaluate(
            "one => one.getAttribute('aria-label') || one.closest('label')?.textContent.trim()"
        )
        assert named
    assert page.tab.get_attribute("#radius", "aria-valuetext") == "96 pixels across"
    assert page.tab.locator("#tile").is_hidden()
    assert page.tab.locator("#loop").is_hidden()
    page.tab.keyboard.press("t")
    assert "tile" not in page.state()
