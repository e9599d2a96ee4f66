"""The screenshots of docs/page.md: python docs/page.py [name ..]

Chromium opens pages of released nets from the disk, and shows them as a user sees them.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from texturenet.page import write_page

PICTURES = Path(__file__).parent / "pictures"
LONG = 120_000  # ms
MOST = 150_000  # bytes of a picture
TELEPHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True}
DESK = {"viewport": {"width": 1400, "height": 900}}
IN_SIGHT = 8  # pictures of the gallery
GALLERY = "brick,bricks,cobbles,grass,gravel,knit,leather,leaves,pebbles,redbrick,terrazzo,weave"
# {name: (models, what follows # in the address, window, theme, keys that are pressed, its width)}
SHOTS = {
    "page_plane": ("leaves", "", DESK, "light", "", 760),
    "page_telephone": ("knit", "seed=1618&tile=256x256", TELEPHONE, "dark", "", 390),
    "page_material": ("bricks", "view=ball", DESK, "dark", "", 900),
    "page_saving": ("gravel", "", TELEPHONE, "light", "s", 390),
    "page_paint": ("leaves,pebbles", "seed=4", DESK, "light", "", 900),
    "page_gallery": (GALLERY, "", DESK, "light", "", 760),
}
# {name: strokes of a brush, each of points (right, down) as shares of the window}: pages that paint
STROKES = {
    "page_paint": [
        [(0.0, 0.62), (0.2, 0.46), (0.45, 0.5), (0.65, 0.3), (0.999, 0.22)],
        [(0.18, 0.16), (0.26, 0.2)],
    ]
}


def shot(browser, page, models, link, window, theme, keys, strokes=()):
    """What a window shows once everything is drawn."""
    context = browser.new_context(color_scheme=theme, **window)
    tab = context.new_page()
    tab.set_default_timeout(LONG)
    tab.goto(f"{Path(page).as_uri()}#{link}")
    tab.locator("#plane[aria-busy=false], #shelf canvas[data-drawn]").last.wait_for()
    for points in strokes:
        _stroke(
            tab,
            [
                (x * window["viewport"]["width"], y * window["viewport"]["height"])
                for x, y in points
            ],
        )
    if "," in models and not strokes:
        tab.locator("#shelf canvas[data-drawn]").nth(IN_SIGHT - 1).wait_for()
    for key in keys:
        tab.keyboard.press(key)
    tab.wait_for_timeout(800)
    data = tab.screenshot()
    context.close()
    return Image.open(io.BytesIO(data)).convert("RGB")


def _stroke(tab, points):
    """One stroke of the brush, until it is seen."""
    tab.mouse.move(*points[0])
    tab.mouse.down()
    for point in points[1:]:
        tab.mouse.move(*point, steps=8)
    tab.mouse.up()
    tab.wait_for_timeout(200)
    tab.locator("#plane[aria-busy=false]").wait_for()


def save(image, name, width):
    """As good a JPEG as has at most so many bytes."""
    small = image.resize((width, round(image.height * width / image.width)), Image.LANCZOS)
    for quality in range(90, 30, -4):
        data = io.BytesIO()
        small.save(data, "JPEG", quality=quality, optimize=True)
        if data.tell() <= MOST:
            break
    (PICTURES / f"{name}.jpg").write_bytes(data.getvalue())
    print(f"{name}.jpg: {small.width}x{small.height}, quality {quality}, {data.tell()} bytes")


def main():
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name in sys.argv[1:] or SHOTS:
            models, link, window, theme, keys, width = SHOTS[name]
            use = "paint" if name in STROKES else "explore"
            page = write_page(models.split(","), Path(folder) / f"{name}.html", use=use)
            strokes = STROKES.get(name, ())
            save(shot(browser, page, models, link, window, theme, keys, strokes), name, width)
        browser.close()


if __name__ == "__main__":
    main()
