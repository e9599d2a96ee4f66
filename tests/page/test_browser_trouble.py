"""What a page says where something is wrong, and how it looks where windows are small."""

import base64
import re

import numpy as np
import pytest

from texturenet.io.pictures import to_bytes
from texturenet.page.packing import packed

from .conftest import SHADOW, changed
from .test_packing import unpacked

TOUCH = {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-100],
        lambda text: text[:4],
        lambda text: "",
        lambda text: text[:2000] + text[2001:],
        lambda text: packed(unpacked(text)[:-100], 4),
        lambda text: packed(unpacked(text)[:4], 4),
        lambda text: packed(b"", 4),
        lambda text: packed(b"GIF89a" * 90, 4),
    ],
    ids=["cut", "stump", "no text", "letter less", "net cut short", "4 bytes", "none", "picture"],
)
def test_a_net_that_is_damaged_is_one_sentence(opened, pages, tmp_path, change):
    page = opened("dots", path=changed(pages["dots"][0], tmp_path, change), size=(256, 192))
    said = page.said()
    assert re.fullmatch(r".{20,}\.", said)


def test_a_script_that_is_cut_short_is_one_sentence(opened, pages, tmp_path):
    path = changed(pages["dots"][0], tmp_path, lambda text: text[:-100], "script")
    assert "script in this page is damaged" in opened("dots", path=path).said()


def test_without_simd_the_page_says_what_it_needs(opened):
    page = opened("dots", before="WebAssembly.validate = () => false;")
    assert "SIMD" in page.said()


def test_without_streams_that_inflate_the_page_says_what_it_needs(opened):
    page = opened("dots", before="delete window.DecompressionStream")
    assert "cannot unpack the script" in page.said()


def test_without_webassembly_the_page_says_so(opened):
    assert "WebAssembly" in opened("dots", before="delete window.WebAssembly;").said()


def test_without_workers_it_still_draws_and_says_why_it_is_slow(opened):
    page = opened("dots", before="delete window.Worker;", size=(256, 192))
    assert "no workers" in page.said()
    page.drawn()
    assert page.pixels().std() > 5


def test_a_tab_that_slept_draws_what_was_missing(opened):
    asleep = """
        let hidden = false, ahead = 0;
        Object.defineProperty(document, 'hidden', {get: () => hidden});
        const now = performance.now.bind(performance);
        performance.now = () => now() + ahead;
        const post = Worker.prototype.postMessage, kept = [];
        Worker.prototype.postMessage = function (...message) {
            if (hidden) kept.push(() => post.apply(this, message)); else post.apply(this, message);
        };
        const turn = (now) => {
            hidden = now;
            document.dispatchEvent(new Event('visibilitychange'));
        };
        window.sleep = () => turn(true);
        window.wake = () => { ahead = 120000; turn(false); kept.forEach((task) => task()); };
    """
    page = opened("dots", before=asleep).drawn()
    page.tab.evaluate("sleep()")
    page.tab.keyboard.press("d")
    page.tab.wait_for_timeout(500)
    page.tab.evaluate("wake()")
    assert "slept" in page.said()
    page.drawn()


def test_a_link_that_asks_for_what_cannot_be_says_so_and_shows_the_rest(opened):
    page = opened("dots", "seed=99999999999999999999&row=7&tile=9x9")
    said = page.said()
    assert "is no seed" in said
    assert "it must lie from 32 to 4096" in said
    page.drawn()


def test_a_net_is_dropped_on_the_page_and_another_file_refused(opened, files):
    page = opened("dots").drawn()
    drop = """([name, text]) => {
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], name));
        window.dispatchEvent(new DragEvent('drop', {dataTransfer, cancelable: true}));
    }"""
    page.tab.evaluate(drop, ["cat.gif", base64.b64encode(b"GIF89a" * 90).decode()])
    assert page.said().startswith("cat.gif: ")
    assert page.tab.inner_text("#name") == "dots"
    net = base64.b64encode(files["tartan"][0].read_bytes()).decode()
    page.tab.evaluate(drop, ["tartan.safetensors", net])
    page.tab.locator("#name", has_text="tartan").wait_for(timeout=SHADOW)
    assert page.drawn().pixels().std() > 5


def test_a_file_that_cannot_be_read_is_one_sentence(opened):
    page = opened("dots").drawn()
    page.tab.evaluate(
        """() => {
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(["x"], "gone.safetensors"));
            File.prototype.arrayBuffer = () => Promise.reject(new Error("it is gone"));
            dispatchEvent(new DragEvent("drop", {dataTransfer, cancelable: true}));
        }"""
    )
    assert page.said() == "gone.safetensors: it is gone."
    assert page.tab.inner_text("#name") == "dots"


# Workers that are told of a file of so many bytes answer a second later; counts those that live.
SLOW = """(() => {
    const {postMessage, terminate} = Worker.prototype;
    window.living = new Set();
    Worker.prototype.postMessage = function (message) {
        const late = message.file?.length === %d;
        if (message.file) living.add(this);
        setTimeout(() => postMessage.call(this, message), late ? 1000 : 0);
    };
    Worker.prototype.terminate = function () { living.delete(this); terminate.call(this); };
})()"""


def workers_that_open(page):
    """How many a texture has, when it begins to open. (The policy of the page lets playwright wait
    for no expression.)"""
    while not (count := page.tab.evaluate("living.size")):
        page.tab.wait_for_timeout(20)
    return count


def test_of_two_textures_that_are_opened_at_once_the_later_is_shown(opened, files):
    size = files["dots"][0].stat().st_size
    assert size != files["tartan"][0].stat().st_size
    page = opened("gallery", "net=dots", before=SLOW % size, size=(256, 192))
    threads = workers_that_open(page)
    page.tab.evaluate("location.hash = 'net=tartan'")
    page.drawn()
    page.tab.wait_for_timeout(2000)
    page.drawn()
    expected = to_bytes(page.textures[1].render(192, 256, 0, (-96, -128)))
    assert np.abs(page.pixels().astype(int) - expected).max() <= 1
    assert page.tab.evaluate("living.size") == threads
    assert "tartan" in page.tab.get_attribute("#plane", "aria-label")


def test_a_texture_that_comes_late_is_not_shown_over_the_gallery(opened, files):
    size = files["dots"][0].stat().st_size
    page = opened("gallery", "net=dots", before=SLOW % size)
    workers_that_open(page)
    page.tab.evaluate("location.hash = ''")
    page.tab.wait_for_timeout(2500)
    assert page.tab.locator("#gallery").is_visible()
    assert page.tab.locator("#stage").is_hidden()
    page.tab.keyboard.press("d")  # no controls listen
    page.tab.wait_for_timeout(600)
    assert page.tab.evaluate("location.hash") == ""


def test_without_javascript_there_is_a_picture_and_a_sentence(opened):
    page = opened("dots", java_script_enabled=False)
    assert "With JavaScript this page" in page.tab.inner_text("body")


@pytest.mark.parametrize("name", ["dots", "stone"])
def test_on_a_telephone_everything_is_in_reach_of_a_thumb(opened, name):
    page = opened(name, size=(390, 844), **TOUCH)
    page.tab.locator("#plane[aria-busy=false]").wait_for(timeout=SHADOW)
    page.tab.click("#tile")
    assert page.tab.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.tab.locator("#bar button").all():
        box = button.bounding_box()
        assert box["width"] >= 40
        assert box["height"] >= 40
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert box["y"] > 600
    page.tab.click("#save")
    sheet = page.tab.locator("#saving").bounding_box()
    assert sheet["x"] >= 0
    assert sheet["x"] + sheet["width"] <= 390
    assert sheet["y"] >= 0
    assert sheet["y"] + sheet["height"] <= 844


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_controls_are_legible_over_any_texture(opened, scheme):
    """4.5 to 1 (WCAG 2.2, 1.4.3), whatever lies under the nine tenths of paper."""
    page = opened("dots", color_scheme=scheme)
    colours = page.tab.evaluate(
        """() => ['--paper', '--ink', '--soft'].map((name) => {
            const probe = document.createElement('i'); probe.style.color = `var(${name})`;
            document.body.append(probe); return getComputedStyle(probe).color })"""
    )
    paper, ink, soft = ([int(n) for n in re.findall(r"\d+", text)[:3]] for text in colours)
    for under in (0, 255):
        seen = [0.9 * value + 0.1 * under for value in paper]
        assert contrast(ink, seen) > 7
        assert contrast(soft, seen) > 4.5


def contrast(one, other):
    def luminance(colour):
        parts = [v / 255 for v in colour]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)
