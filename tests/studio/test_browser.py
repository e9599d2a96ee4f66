"""The page in a browser: from a photograph that is chosen to files that are taken away."""

from urllib.parse import urlsplit

import pytest
from helpers.pictures import dots
from PIL import Image

from texturenet.commands.studio import opening

pytestmark = pytest.mark.slow


def local(url):
    return urlsplit(url.removeprefix("blob:")).hostname == "127.0.0.1" or url.startswith("data:")


def test_from_a_photograph_to_a_download(page, address, vgg_file, tmp_path):
    photograph = tmp_path / "spots.png"
    Image.fromarray(dots(96)).save(photograph)
    page.set_input_files("#picker", photograph)
    page.wait_for_selector(".findings li:not(.soft)")
    page.click("text=Corrections and size")
    page.get_by_label("Training picture, pixels").fill("16")
    page.get_by_label("Shorter side, pixels").fill("96")
    page.get_by_label("More keys").fill(
        f"descriptor.weights={vgg_file} descriptor.layers=[relu1_1,pool2] generator.scales=3 "
        "generator.widths=[4,6] batch=2 steps=30 freeze.samples=2 log.score=false device=cpu"
    )
    page.keyboard.press("Tab")
    page.wait_for_selector(".exemplar img")
    page.click("#start")

    page.wait_for_selector("[data-job='1'][data-state='done']")
    page.reload()  # the state is the server's
    assert page.locator("[data-job='1'] strong").inner_text() == "Learn spots"

    page.goto(f"{address}#explore")
    page.get_by_role("button", name="spots").click()
    page.wait_for_selector(".view canvas[data-missing='0']")
    # What the page draws is what Python drew, to one level of colour.
    drawn = page.evaluate(
        "() => [...document.querySelector('.view canvas').getContext('2d')"
        ".getImageData(0, 0, 64, 64).data]"
    )
    python = Image.open(tmp_path / "runs" / "spots" / "spots_0.png").crop((0, 0, 64, 64))
    expected = python.convert("RGBA").tobytes()
    assert max(abs(a - b) for a, b in zip(drawn, expected, strict=True)) <= 1

    page.check("input[value='tile']")
    page.get_by_label("Height, pixels").fill("60")
    page.keyboard.press("Tab")
    side = int(page.get_by_label("Height, pixels").input_value())  # what the net can repeat at
    page.click("#make")
    page.wait_for_selector("[data-job='2'][data-state='done']")
    page.goto(f"{address}#made")
    group = page.locator("[data-folder='made/002-sample-spots']")
    with page.expect_download() as download:
        group.get_by_text("Download").first.click()
    assert Image.open(download.value.path()).size[1] == side
    assert all(local(url) for url in page.asked), page.asked


def test_a_file_of_this_machine_leads_to_the_page(chromium, address, tmp_path):
    """What the command opens, so that no list of processes has the address."""
    with chromium.new_context() as context:
        tab = context.new_page()
        with opening(tmp_path / "open.html", address) as path:
            tab.goto(path.absolute().as_uri())
            tab.wait_for_url(address)
            tab.wait_for_selector("#picker", state="attached")
        assert not path.exists()


def test_an_error_is_a_sentence_and_the_page_goes_on(page, tmp_path):
    words = tmp_path / "words.png"
    words.write_text("no picture")
    page.set_input_files("#picker", words)
    page.wait_for_selector("#learn .error:not(:empty)")
    assert "is not a picture that can be read" in page.inner_text("#learn .error")
    page.get_by_role("button", name="gravel").click()
    page.wait_for_selector(".findings")


def test_a_part_is_chosen_by_keys_and_shown_in_the_command(page):
    page.get_by_role("button", name="gravel").click()
    page.check("input[value='crop']")
    grip = page.locator(".grip").first
    grip.focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=picture.crop=[61,52,400,409]")


def test_a_phone_needs_no_sideways_scrolling(chromium, address):
    with chromium.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        for part in ("learn", "explore", "made"):
            page.goto(f"{address}#{part}")
            page.wait_for_timeout(300)
            assert page.evaluate("() => document.documentElement.scrollWidth") <= 390, part
