"""The page of a study: what it shows, in which order, and that no name becomes markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch
from helpers.pictures import dots
from jinja2 import UndefinedError
from PIL import Image

from texturenet.commands.study import page
from texturenet.commands.study.notebook import Notebook
from texturenet.commands.study.page import write_page
from texturenet.io.exemplars import load_picture

pytestmark = pytest.mark.usefixtures("elsewhere")

ODD = "<b>dots</b> & \"spots' {{ 7*7 }} ü ☃ </style><script>"
ERRORS = {"unseen filters": 0.12345, "trained": 0.2}


class Page(HTMLParser):
    """texts: of the page, in order; images: their paths; tags: all that there are."""

    def __init__(self, path):
        super().__init__()
        self.texts, self.images, self.links, self.tags, self.open = [], [], [], set(), []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "img":
            self.images.append(dict(attributes)["src"])
        elif tag != "meta":
            self.open.append(tag)
            self.links += [value for key, value in attributes if key == "href"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append(" ".join(data.split()))


@pytest.fixture
def picture():
    Image.fromarray(dots(128)).save("dots.png")
    return replace(load_picture("dots.png"), name=ODD)


@pytest.fixture
def notes():
    return Notebook(Path("s"), {})


def note(notes, subject, title, *kinds):
    """Results as experiments have them."""
    small = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0))
    facts = {"seconds": 61.4, "title": title}
    errors = {"errors": ERRORS}
    layers = {"relu1_1": 95.0, "pool2": 21.0}
    curves = {name: [1.0, 0.05] for name in layers}
    known = {
        "build": (facts | {"seconds": 0.0}, {}),
        "reconstruct": (
            facts | {"curves": curves, "decibels": layers},
            dict.fromkeys(("original", *layers), small),
        ),
        "gatys": (facts | errors | {"curves": {"all": [2.0, 1.0]}}, {"texture": small}),
        "net": (facts | errors, {"sample_0": small, "sample_1": small}),
    }
    for kind in kinds:
        notes.note(f"{kind}_{subject}", *known[kind])


def written(notes, picture, *subjects):
    shown = Page(write_page(notes.folder, notes, picture, subjects))
    assert shown.open == []
    for path in (*shown.images, *shown.links):
        assert (notes.folder / path).is_file(), path
    return shown


@pytest.mark.usefixtures("blank_figures")
def test_a_page_shows_what_there_is(notes, picture):
    note(notes, "trained", "trained (a.pth)", "build", "reconstruct", "gatys", "net")
    note(notes, "filters", "random filters", "build", "gatys")
    shown = written(notes, picture, "trained", "filters")
    start = shown.texts.index("descriptor")
    heads = [
        "descriptor", "build: time", "reconstruct: time", "gatys: time", "net: time",
        "best reconstruction", "gatys, by trained", "gatys, by unseen filters", "net, by trained",
        "net, by unseen filters",
    ]  # fmt: skip
    assert shown.texts[start : start + 10] == heads
    assert shown.texts[start + 10 : start + 20] == [
        "trained (a.pth)", "none", "61 s", "61 s", "61 s", "over 90 dB", "0.2000", "0.1235",
        "0.2000", "0.1235",
    ]  # fmt: skip
    assert shown.texts[start + 20 : start + 25] == [
        "random filters", "none", "61 s", "0.2000", "0.1235",
    ]  # fmt: skip
    assert shown.texts[shown.texts.index("the original") :] == [
        "the original",
        "relu1_1: 0.05, over 90 dB",
        "pool2: 0.05, 21.0 dB",
        "Texture by optimising one picture",
        "the exemplar",
        "trained (a.pth) (unseen filters 0.1235, trained 0.2000)",
        "random filters (unseen filters 0.1235, trained 0.2000)",
        "Texture by a net that was trained against it",
        "the exemplar",
        "trained (a.pth) (unseen filters 0.1235, trained 0.2000)",
        "trained (a.pth), another seed",
    ]
    assert shown.images == [
        "exemplar.png",
        *(f"pictures/reconstruct_trained_{name}.png" for name in ("original", "relu1_1", "pool2")),
        "reconstruct.png",
        "exemplar.png", "pictures/gatys_trained_texture.png", "pictures/gatys_filters_texture.png",
        "gatys.png",
        "exemplar.png", "pictures/net_trained_sample_0.png", "pictures/net_trained_sample_1.png",
    ]  # fmt: skip
    assert shown.links == ["sheet.png"]


def test_names_are_text_and_never_markup(notes, picture):
    note(notes, "trained", f"trained ({ODD})", "build", "reconstruct", "gatys", "net")
    shown = written(notes, picture, "trained")
    assert f"Descriptors of {ODD}" in shown.texts
    assert f"trained ({ODD})" in shown.texts
    assert f"trained ({ODD}), another seed" in shown.texts
    assert shown.tags.isdisjoint({"b", "script"})


def test_a_page_of_nothing_is_whole(notes, picture):
    shown = written(notes, picture, "trained", "filters")
    assert shown.images == ["exemplar.png"]
    assert shown.links == []
    assert not re.search("Texture by|A picture out of", " ".join(shown.texts))


@pytest.mark.usefixtures("blank_figures")
def test_rows_stand_in_the_order_of_the_descriptors(notes, picture):
    for subject in ("filters", "ranvgg", "trained"):
        note(notes, subject, subject.upper(), "build")
    texts = written(notes, picture, "trained", "ranvgg", "filters").texts
    assert texts.index("TRAINED") < texts.index("RANVGG") < texts.index("FILTERS")


def test_data_that_the_template_lacks_are_an_error():
    with pytest.raises(UndefinedError):
        page._template().render(name="dots")
