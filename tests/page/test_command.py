"""`texturenet page`: the file it writes, and what it refuses in one line."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.nets import waved
from helpers.options import SCHEMAS, leaves
from PIL import Image

from texturenet.generator import release

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_every_option_of_page_changes_something(cli, model):
    assert {"model", "use", "mask", "out", "weights", "threads"} == set(leaves(SCHEMAS["page"]))
    status, said, _ = cli("page", f"model={model}")
    assert status == 0
    assert "dots.html" in said
    assert "1 net" in said
    first = Path("dots.html").read_text()
    assert cli("page", f"model={model}", "out=there/a.html")[0] == 0
    assert Path("there/a.html").read_text() == first
    assert cli("page", f"model={model}", "out=half.html", "weights=half")[0] == 0
    assert "rounded to 16 bits" in Path("half.html").read_text()
    assert cli("page", "model=brick", "out=there/")[0] == 0
    assert Path("there/brick.html").read_text() != first
    try:
        assert cli("page", f"model={model}", "threads=2")[0] == 0
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_several_models_are_one_gallery(cli, model, tmp_path):
    other = release.save(tmp_path / "tartan.safetensors", waved().net, waved().card)
    status, said, _ = cli("page", f"model={model},{other}")
    assert status == 0
    assert "textures.html" in said
    assert "2 nets" in said
    assert 'id="net-1"' in Path("textures.html").read_text()


@pytest.fixture
def other(model):
    """A second net, of the first one's shape."""
    net = release.load(model)[0]
    weights = {name: tensor * 1.1 for name, tensor in net.weights().items()}
    card = {"name": "more", "law": "uniform"}
    return release.save(Path("more.safetensors"), type(net)(net.architecture, weights), card)


def test_two_models_are_painted_on_one_page(cli, model, other):
    status, said, _ = cli("page", f"model={model},{other}", "use=paint")
    assert status == 0
    assert "dots_more.html" in said
    text = Path("dots_more.html").read_text()
    assert 'id="palette"' in text
    assert 'id="at"' not in text


def test_a_mask_that_is_painted_already_comes_along(cli, model, other):
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save("mask.png")
    two = [f"model={model},{other}", "use=paint"]
    assert cli("page", *two, "mask=mask.png")[0] == 0
    facts = re.search(r'id="facts">(.*?)</script>', Path("dots_more.html").read_text(), re.DOTALL)
    (mask,) = json.loads(facts[1])["masks"]
    with Image.open(io.BytesIO(base64.b64decode(mask))) as picture:
        assert picture.size == (8, 8)
        assert np.asarray(picture).min() == 255
    for words, said in (
        ([f"model={model}", "mask=mask.png"], "mask= is of use=paint, not of use=explore"),
        ([*two, "mask=nothing.png"], "cannot read nothing.png"),
        ([*two, "mask=mask.png,mask.png,mask.png"], "3 masks for 2 models"),
    ):
        status, _, error = cli("page", *words)
        assert (status, error.count("\n")) == (2, 1)
        assert said in error


def test_what_a_blend_in_javascript_needs_is_a_file(cli, model, other):
    assert cli("page", f"model={model},{other}", "use=paint", "out=both.json")[0] == 0
    measures = json.loads(Path("both.json").read_text())
    assert set(measures) == {"softness", "spread", "strength", "nets"}
    assert [net["name"] for net in measures["nets"]] == ["dots", "more"]
    assert all(len(net["table"]) == 256 and net["slope"] > 0 for net in measures["nets"])


def test_a_page_that_morphs_holds_the_nets_between(cli, model, other):
    status, said, _ = cli("page", f"model={model},{other}", "use=morph")
    assert status == 0
    assert "not known to be kin" in said
    text = Path("dots_more.html").read_text()
    assert 'id="net-4"' in text
    assert 'id="net-5"' not in text
    assert "dots to more" in text
    assert 'id="palette"' not in text


def test_a_file_with_a_comma_in_its_name_is_one_model(cli, model):
    Path("a,b.safetensors").write_bytes(model.read_bytes())
    assert cli("page", "model=a,b.safetensors")[0] == 0
    assert Path("dots.html").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["model=nothing"], "there is no model 'nothing'"),
        (["model=brick,"], "a name is missing beside a comma"),
        (["model=brick,brick"], "two of these nets are called 'brick'"),
        (["model=brick", "out=brick.pdf"], "brick.pdf is no page"),
        (["model=brick", "out=-"], "nothing is written to standard output"),
        (["model=cut.safetensors"], "it is damaged or truncated"),
        (["model=brick", "use=paint"], "a page paints with 2 to 4 nets, not 1"),
        (["model=brick", "use=morph"], "a page morphs 2 or 3 nets, not 1"),
        (["model=brick,weave", "use=morph"], "weave"),
        (["model=brick,leaves", "out=a.json"], "a.json is no page"),
    ],
)
def test_what_cannot_be_a_page_is_refused_in_one_line(cli, model, words, said):
    Path("cut.safetensors").write_bytes(model.read_bytes()[:-50])
    status, _, wrong = cli("page", *words)
    assert (status, wrong.count("\n")) == (2, 1)
    assert said in wrong
    assert not list(Path().glob("*.html"))
