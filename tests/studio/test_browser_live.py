"""What the page shows of a material that is learnt or explored: lit as Python lights it."""

import base64
import io
import math

import numpy as np
import pytest
from helpers.pictures import dots
from PIL import Image

import texturenet
from texturenet.io.pictures import to_bytes
from texturenet.materials.shading import LIGHT, flat

pytestmark = pytest.mark.slow
SIDE = 128
SMALL = (
    "descriptor.layers=[relu1_1,pool2] generator.scales=3 generator.widths=[4,6] batch=2 "
    "steps=100000 freeze.samples=2 log.score=false device=cpu"
)
LIGHTEN = """async ([model, side, pointer]) => {
    const {lighting} = await import("./page/lit.js");
    const {load} = await import("./engine/index.js");
    const canvas = document.body.appendChild(document.createElement("canvas"));
    const lamp = await lighting(canvas);
    const texture = await load(`api/net?model=${model}`, {workers: 1});
    await lamp.show(await texture.maps({seed: 3, width: side, height: side}));
    if (!pointer) return canvas.toDataURL();  // in the same turn, while the picture is still there
    const {right, top, height} = canvas.getBoundingClientRect();
    const place = {clientX: right, clientY: top + height / 2};
    canvas.dispatchEvent(new PointerEvent("pointermove", place));
    return new Promise((done) => requestAnimationFrame(() => done(canvas.toDataURL())));
}"""
RIGHT = 0.0, math.degrees(math.atan2(0.75, 1))  # the lamp over the right border
WITHOUT = """const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
    return kind === "webgl2" ? null : get.call(this, kind, ...rest);
};"""


def opened(address):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def begin(page, folder, vgg_file):
    """Learn a small material, whose training lasts longer than the test."""
    files = [folder / "wall_color.png", folder / "wall_height.png"]
    for file, pixels in zip(files, (dots(96), dots(96)[..., 0]), strict=True):
        Image.fromarray(pixels).save(file)
    page.set_input_files("#picker", files)
    page.wait_for_selector(".findings li:not(.soft)")
    page.click("text=Corrections and size")
    page.get_by_label("Training picture, pixels").fill("16")
    page.get_by_label("Shorter side, pixels").fill("96")
    page.get_by_label("More keys").fill(f"descriptor.weights={vgg_file} {SMALL}")
    page.keyboard.press("Tab")
    page.wait_for_selector(".exemplar img")
    page.click("#start")


def end(page):
    page.get_by_role("button", name="Stop and keep").click()
    page.get_by_role("button", name="End it at once").click()
    page.wait_for_selector("[data-job='1'][data-state='cancelled']")


@pytest.mark.parametrize(("pointer", "light"), [(False, LIGHT), (True, RIGHT)])
def test_the_light_is_that_of_python_and_follows_the_pointer(page, pointer, light):
    pixels = opened(page.evaluate(LIGHTEN, ["planks", SIDE, pointer]))[..., :3]
    expected = to_bytes(flat(texturenet.load("planks", "cpu").maps(SIDE, SIDE, 3), light))
    away = np.abs(pixels.astype(int) - expected)
    # Colours of 8 bits and normals of 16 go through the light.
    assert np.quantile(away, 0.99) <= 2
    assert away.mean() < 0.6


def test_a_material_that_is_learnt_is_lit_and_its_colour_can_be_seen(page, vgg_file, tmp_path):
    begin(page, tmp_path, vgg_file)
    page.wait_for_selector("canvas.lit[data-drawn]")
    box = page.locator("canvas.lit").bounding_box()
    picture = Image.open(io.BytesIO(page.screenshot(clip=box))).convert("RGB")
    assert np.asarray(picture).std() > 2, "something is drawn"
    page.locator(".live label", has_text="Colour").click()
    page.wait_for_selector("canvas.plane:not(.lit):visible")
    assert page.locator("canvas.lit").is_hidden()
    end(page)


def test_without_webgl_a_material_that_is_learnt_is_shown_in_its_colour(page, vgg_file, tmp_path):
    page.add_init_script(WITHOUT)
    page.reload()
    begin(page, tmp_path, vgg_file)
    page.wait_for_selector("canvas.plane:not(.lit)[data-drawn]:visible")
    assert page.locator(".live .choices").count() == 0
    end(page)


SHOWN = """([kind, light]) => {
    const canvas = document.querySelector(".view canvas");
    const {right, top, height} = canvas.getBoundingClientRect();
    const place = {clientX: right, clientY: top + height / 2};
    if (light) canvas.dispatchEvent(new PointerEvent(light, place));
    const drawn = document.querySelector(kind);
    return new Promise((done) => requestAnimationFrame(() => done(drawn.toDataURL())));
}"""  # after what the event asked for, in the same frame


def shown(page, light="pointerleave"):
    """The pixels of the view; light: where the pointer goes, None for the colour."""
    page.wait_for_selector(".view canvas[data-missing='0']")
    kind = ".glow" if light else ".view canvas"
    return opened(page.evaluate(SHOWN, [kind, light]))[..., :3].astype(int)


def away(seen, expected):
    return np.abs(seen[: len(expected), : expected.shape[1]] - expected)


@pytest.fixture
def planks(page, address):
    page.goto(f"{address}#explore")
    page.get_by_role("button", name="planks").click()
    page.wait_for_selector(".glow:visible")
    return texturenet.load("planks", "cpu")


def test_a_material_that_is_explored_is_lit_tile_by_tile(page, planks):
    maps = planks.maps(300, 300, 0)  # several tiles
    assert np.quantile(away(shown(page), to_bytes(flat(maps, LIGHT))), 0.99) <= 2
    assert np.quantile(away(shown(page, "pointermove"), to_bytes(flat(maps, RIGHT))), 0.99) <= 2
    page.get_by_role("radio", name="Colour").check(force=True)
    assert page.locator(".glow").is_hidden()
    assert away(shown(page, None), to_bytes(maps["colour"])).max() <= 1
    page.get_by_role("radio", name="Lit").check(force=True)
    page.get_by_label("Repeat as a tile").check(force=True)
    side = planks.coarsest  # the smallest that repeats
    lit = to_bytes(flat(planks.maps(side, side, 0, tile="xy"), LIGHT))
    assert np.quantile(away(shown(page), np.tile(lit, (2, 2, 1))[:500, :700]), 0.99) <= 2


def test_what_is_no_material_is_shown_in_its_colour(page, planks):
    page.get_by_role("button", name="brick", exact=True).click()
    page.wait_for_selector(".glow", state="hidden")
    assert page.get_by_role("radio", name="Lit").is_hidden()
    expected = to_bytes(texturenet.load("brick", "cpu").render(300, 300, 0))
    assert away(shown(page, None), expected).max() <= 1
