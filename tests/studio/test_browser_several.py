"""The page: nets of palettes, nets that turn, and what is made of several."""

import numpy as np
import pytest
from PIL import Image

import texturenet
from texturenet.io.pictures import to_bytes

pytestmark = pytest.mark.slow


def choose(page, address, net):
    page.goto(f"{address}#explore")
    page.locator(".nets button").get_by_text(net, exact=True).click()
    page.wait_for_selector(".view canvas[data-missing='0']")


def second(page):
    """The list of nets that may stand beside the one that is explored."""
    return page.locator("label.field", has_text="With").first.locator("select")


def make(page, number):
    """Order what the form says, and wait for it."""
    page.click("#make:not(:disabled)")
    page.wait_for_selector(f"[data-job='{number}'][data-state='done']")


def made(tmp_path, pattern):
    return sorted((tmp_path / "runs" / "made").glob(pattern))


def test_nets_of_a_palette_and_nets_that_turn_are_explored(page, address, tmp_path):
    choose(page, address, "meadow: pebbles")
    drawn = page.evaluate(
        "() => [...document.querySelector('.view canvas').getContext('2d')"
        ".getImageData(0, 0, 64, 64).data]"
    )
    python = to_bytes(texturenet.load("meadow:pebbles", "cpu").render(64, 64))
    away = np.array(drawn).reshape(64, 64, 4)[..., :3] - python.astype(int)
    assert np.abs(away).max() <= 1
    page.wait_for_selector(".nets button[title='meadow:pebbles'] canvas[data-drawn]")

    choose(page, address, "wood_turns")
    assert "can be told direction" in page.inner_text("#explore .lead")
    page.get_by_label("Turned by, degrees").fill("30")
    for side in ("Height, pixels", "Width, pixels"):
        page.get_by_label(side).fill("48")
    page.keyboard.press("Tab")
    page.wait_for_selector("code:has-text('field=30,0')")
    make(page, 1)
    assert Image.open(made(tmp_path, "*wood_turns/*.png")[0]).size == (48, 48)


def test_tiles_of_two_textures_are_a_sheet_and_its_descriptions(page, address, tmp_path):
    choose(page, address, "grass")
    page.check("input[value='tileset']")
    second(page).focus()
    second(page).select_option("brick")
    assert second(page).evaluate("(field) => field === document.activeElement")
    step = int(page.get_by_label("Side, pixels").get_attribute("step"))
    assert step > 1, "brick is regular"
    assert int(page.get_by_label("Side, pixels").input_value()) % step == 0
    second(page).select_option("gravel")
    page.get_by_label("Side, pixels").fill("16")
    page.get_by_label("Variants").fill("1")
    page.keyboard.press("Tab")
    page.wait_for_selector("code:has-text('side=16 variants=1')")
    make(page, 1)
    names = [path.name for path in made(tmp_path, "*-tileset-*/*")]
    assert names == ["grass_gravel.png", "grass_gravel.tres", "grass_gravel.tsx"]
    assert Image.open(made(tmp_path, "*-tileset-*/*.png")[0]).size == (64, 64)


def test_a_blend_follows_a_mask_that_is_chosen(page, address, tmp_path):
    mask = np.zeros((40, 80), np.uint8)
    mask[:, 40:] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    choose(page, address, "grass")
    page.check("input[value='blend']")
    second(page).select_option("gravel")
    page.get_by_label("Height, pixels").fill("64")
    page.get_by_label("Width, pixels").fill("256")
    page.get_by_label("Steps of the mask").fill("0")
    page.locator(".choices label", has_text="A picture").click()
    page.wait_for_selector("#make:disabled", state="attached")  # a mask is missing
    page.set_input_files("#mask-picker", tmp_path / "mask.png")
    page.wait_for_selector(".picked img")
    make(page, 1)
    blend = np.asarray(Image.open(made(tmp_path, "*-blend-*/*.png")[0]))
    for name, columns in (("gravel", slice(0, 100)), ("grass", slice(156, 256))):
        alone = to_bytes(texturenet.load(name, "cpu").render(64, 256))
        assert np.abs(blend.astype(int) - alone)[:, columns].max() <= 1, name


def test_a_landscape_has_the_nets_that_are_chosen_for_its_labels(page, address, tmp_path):
    land = np.zeros((8, 8, 3), np.uint8)
    land[:, 4:] = 0x22, 0xAA, 0x44
    Image.fromarray(land).save(tmp_path / "land.png")
    choose(page, address, "grass")
    page.check("input[value='paint']")
    page.set_input_files("#labels-picker", tmp_path / "land.png")
    page.get_by_label("Label #22aa44, 50 %").select_option("meadow:gravel")
    page.get_by_label("Pixels of each label").fill("12")
    page.keyboard.press("Tab")
    assert "96×96 pixels" in page.inner_text("#explore")
    make(page, 1)
    picture = Image.open(made(tmp_path, "*-paint-grass_gravel/*.png")[0])
    assert picture.size == (96, 96)
    alone = to_bytes(texturenet.load("grass", "cpu").render(96, 96))
    assert np.abs(np.asarray(picture).astype(int) - alone)[:, :8].max() <= 1


def test_a_mask_that_is_none_is_a_sentence(page, address, tmp_path):
    (tmp_path / "mask.png").write_bytes(b"no picture")
    choose(page, address, "grass")
    page.check("input[value='paint']")
    page.set_input_files("#labels-picker", tmp_path / "mask.png")
    page.wait_for_selector(".picked .error")
    assert "no picture of labels" in page.inner_text(".picked .error")
    assert page.locator("#make").is_disabled()  # at once, not when the command has been asked for
