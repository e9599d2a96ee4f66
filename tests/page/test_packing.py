"""A net's file as text, and the same net with weights of 16 bits."""

import base64
import json
import re
import zlib

import numpy as np
import pytest
import torch
from helpers.nets import random_net

from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.io.pictures import to_bytes
from texturenet.page.assemble import page_of
from texturenet.page.packing import SAFE, file_of, packed, packed_net
from texturenet.sampling.texture import Texture, load


def unpacked(text):
    """The inverse of `packed`, as web/packing.js has it."""
    back = {replaced: letter for letter, replaced in SAFE.items()}
    laid = zlib.decompress(base64.b85decode(text.translate(back)))
    width, data = laid[0], laid[1:]
    start = min(len(data), 8 + int.from_bytes(data[:8], "little"))
    count = (len(data) - start) // width
    planes = np.frombuffer(data, np.uint8, count * width, start).reshape(width, count)
    return data[:start] + planes.T.tobytes() + data[start + count * width :]


def net_in(page):
    return unpacked(re.search(r'id="net-0">([^<]*)<', page)[1])


def test_any_bytes_come_back_whatever_their_number():
    generator = np.random.default_rng(0)
    for length in (*range(20), 1001):
        data = generator.integers(0, 256, length, dtype=np.uint8).tobytes()
        for width in (2, 4):
            assert unpacked(packed(data, width)) == data
            assert unpacked(packed(bytes(8) + data, width)) == bytes(8) + data


def test_the_text_has_nothing_that_html_reads_as_its_own():
    text = packed(release.find("weave").read_bytes(), 4)
    assert not set(text) & set("<>&'\"\\ \n\r\0")
    assert text.isascii()


def test_the_text_takes_little_more_than_the_file():
    data = release.find("leaves").read_bytes()
    assert len(packed_net(data)) < 1.1 * len(data)
    assert len(packed_net(data)) < 0.95 * len(packed(data, 1)), "numbers of two bytes"


def test_the_exact_file_stands_in_the_page():
    assert file_of("brick", "exact") == release.find("brick").read_bytes()
    assert net_in(page_of(["brick"])) == release.find("brick").read_bytes()


def test_half_is_the_same_net_rounded_to_the_nearest(model, tmp_path):
    page = page_of([str(model)], "half")
    path = tmp_path / "half.safetensors"
    path.write_bytes(net_in(page))
    (exact, card), (half, rounded) = release.load(model), release.load(path)
    assert model.stat().st_size - path.stat().st_size > 1.9 * sum(
        weight.numel() for weight in exact.weights().values()
    )
    assert card == rounded
    for name, weight in exact.weights().items():
        assert torch.equal(half.weights()[name], weight.half().float())
    facts = json.loads(re.search(r'id="facts">(.*?)</script>', page, re.DOTALL)[1])["nets"][0]
    assert facts["fingerprint"] == release.fingerprint(half) != release.fingerprint(exact)
    rows = dict(facts["card"])
    assert rows["Weights"].startswith("rounded to 16 bits")
    assert f"{path.stat().st_size / 1000:.0f} kB" in rows["Net"]


def test_of_a_net_of_sixteen_bits_half_is_the_exact_file():
    assert file_of("brick", "half") == file_of("brick", "exact")
    facts = re.search(r'id="facts">(.*?)</script>', page_of(["brick"], "half"), re.DOTALL)[1]
    assert "Weights" not in dict(json.loads(facts)["nets"][0]["card"])


def test_pixels_of_half_weights_differ_by_little(model, tmp_path):
    path = tmp_path / "half.safetensors"
    path.write_bytes(file_of(str(model), "half"))
    exact, half = load(str(model), "cpu"), load(str(path), "cpu")
    one, other = (to_bytes(texture.render(96, 96, 3)).astype(int) for texture in (exact, half))
    away = np.abs(one - other)
    assert 0 < away.max() <= 3
    assert (away > 0).mean() < 0.2


def test_a_page_of_exact_weights_says_nothing_of_them(model):
    facts = re.search(r'id="facts">(.*?)</script>', page_of([str(model)]), re.DOTALL)[1]
    assert "Weights" not in dict(json.loads(facts)["nets"][0]["card"])


def test_weights_beyond_sixteen_bits_are_refused(tmp_path):
    net = random_net(3)
    weights = net.weights()
    weights["output.bias"] = weights["output.bias"] + 7e4
    large = Texture(type(net)(net.architecture, weights), {"name": "large", "law": "uniform"})
    path = release.save(tmp_path / "large.safetensors", large.net, large.card)
    with pytest.raises(Refused, match=r"output\.bias .* reaches 7000\d; float16 ends at 65504"):
        page_of([str(path)], "half")
    assert page_of([str(path)])
