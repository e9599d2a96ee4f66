"""The text of a page: what stands in it, and which nets it refuses."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from helpers.nets import LAYOUT, WAVES, material, random_net, waved

from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.page import assemble, nets
from texturenet.page.facts import card_rows
from texturenet.sampling.texture import load

from .test_packing import unpacked

ROOT = Path(__file__).resolve().parents[2]


class Elements(HTMLParser):
    """[(name, attributes, text)] of a page."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.open = True
        self.found.append([tag, dict(attrs), ""])

    def handle_data(self, data):
        if self.open:
            self.found[-1][2] += data

    def handle_endtag(self, tag):
        self.open = False


@pytest.fixture(scope="module")
def brick():
    return assemble.page_of(["brick"])


def scripts(page):
    return {
        attributes.get("id", attributes.get("type")): text
        for tag, attributes, text in Elements(page).found
        if tag == "script"
    }


def test_a_page_is_little_more_than_its_net(brick):
    assert len(brick.encode()) - len(scripts(brick)["net-0"]) < 95_000
    assert len(brick.encode()) < 600_000


def test_the_engine_stands_in_the_page_once(brick):
    plain = (assemble.engine().parent / assemble.PLAIN).read_text()
    build = unpacked(scripts(brick)["engine"])
    assert hashlib.sha256(build).hexdigest() in (ROOT / "engine" / "builds.sha256").read_text()
    assert base64.b64encode(build).decode() in plain
    assert plain[200:300] not in brick


def test_nothing_is_fetched_and_only_two_scripts_run(brick):
    elements = Elements(brick).found
    policy = next(
        attributes["content"]
        for tag, attributes, _ in elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    own = scripts(brick)["module"].encode(), unpacked(scripts(brick)["script"])
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in own]
    named = " ".join(f"'sha256-{digest}'" for digest in digests)
    assert f"script-src {named} 'wasm-unsafe-eval'" in policy
    assert "default-src 'none'" in policy
    assert "connect-src" not in policy
    assert "http" not in policy
    for tag, attributes, _ in elements:
        for name in ("src", "href", "action", "srcset", "data"):
            address = attributes.get(name) or ""
            assert address.startswith(("#", "data:")) or not address, (tag, address)
    assert not re.search(r"url\((?![\"']?data:)", brick)


def test_no_inline_handler_is_left_for_the_policy_to_block(brick):
    for tag, attributes, _ in Elements(brick).found:
        assert not [name for name in attributes if name.startswith("on")], tag


def test_every_button_and_field_has_a_name(brick):
    for tag, attributes, text in Elements(brick).found:
        if tag == "button":
            assert attributes.get("aria-label") or text.strip(), attributes
        if tag == "canvas":
            assert attributes["role"] == "application"


def test_without_javascript_there_is_a_picture_and_a_sentence(brick):
    still = brick[brick.index("<noscript>") :]
    assert 'url("data:image/jpeg;base64,' in still
    assert "a seamless tile of a learnt texture" in still


def test_text_of_a_card_ends_no_script(tmp_path):
    evil = {"name": "x", "licence": "</script><script>alert(1)</script>", "origin": "<!--"}
    card = {"name": "dots", "law": "uniform", "exemplar": evil}
    path = release.save(tmp_path / "evil.safetensors", random_net(3), card)
    page = assemble.page_of([str(path)])
    assert page.count("</script>") == 5
    rows = dict(json.loads(scripts(page)["facts"])["nets"][0]["card"])
    assert (rows["Licence"], rows["Origin"]) == (evil["licence"], "<!--")


def test_several_nets_stand_in_one_page_each_once(model, tmp_path):
    other = release.save(tmp_path / "o.safetensors", waved().net, waved().card)
    page = assemble.page_of([str(model), str(other)])
    facts = json.loads(scripts(page)["facts"])
    assert [net["name"] for net in facts["nets"]] == ["dots", "tartan"]
    assert "Endless textures" in page
    with pytest.raises(Refused, match="two of these nets are called 'dots'"):
        assemble.page_of([str(model), str(model)])
    with pytest.raises(Refused, match="one net at least"):
        assemble.page_of([])


def test_a_material_tells_its_maps_and_a_colour_net_none(model, tmp_path):
    stone = material()
    path = release.save(tmp_path / "stone.safetensors", stone.net, stone.card)
    both = json.loads(scripts(assemble.page_of([str(model), str(path)]))["facts"])["nets"]
    assert both[0]["kinds"] == []
    assert both[1]["kinds"] == [*LAYOUT.kinds, "metallic"]
    assert re.fullmatch("#[0-9a-f]{6}", both[1]["mean"])


def test_the_card_says_what_is_known_and_no_more(model):
    bare = dict(card_rows(load(str(model), device="cpu"), 1000))
    assert bare["Tiles"] == "sides are multiples of 4 pixels"
    assert not {"Licence", "Merit", "Trained"} & set(bare)
    brick = dict(card_rows(load("brick", device="cpu"), 300_000))
    assert brick["Licence"] == "CC0-1.0"
    assert "4 waves" in brick["Noise"]
    texture = waved()
    down, right = texture.waves.periods
    assert WAVES.periods == (down, right)
    assert str(down) in dict(card_rows(texture, 1))["Tiles"]


def test_what_is_too_large_or_of_another_format_is_refused(model, monkeypatch, tmp_path):
    monkeypatch.setattr(nets, "LARGEST", 100)
    with pytest.raises(Refused, match="a page holds nets of"):
        assemble.page_of([str(model)])
    other = tmp_path / "port.pth"
    other.write_bytes(b"")
    with pytest.raises(Refused, match="older format"):
        assemble.page_of([str(other)])


def test_a_disk_that_is_full_leaves_the_page_that_was_there(model, tmp_path, monkeypatch):
    out = tmp_path / "page.html"
    out.write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refused, match="No space left"):
        assemble.write_page([str(model)], out)
    assert out.read_text() == "before"
