"""What is made of several nets: orders for tile sets, blends and landscapes."""

import io
import shlex
from urllib.parse import quote

import numpy as np
import pytest
from helpers.palettes import palette_file
from helpers.pictures import dots
from PIL import Image

from texturenet.commands.studio import tools


def png(pixels):
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def painted(*colours):
    """A picture with a row of each colour or number."""
    return png(np.array([[colour] * 9 for colour in colours], np.uint8))


def words(window, **said):
    answer = window.post("api/command", **said)
    assert answer.status_code == 200, answer.text
    return shlex.split(answer.json()["command"])[2:]


def test_a_tile_set_is_ordered_by_names_of_nets(window, tmp_path):
    given = words(window, verb="tileset", models=["meadow:grass", "gravel", "kin_leaves"],
                  values={"side": 32, "variants": 2, "files": False})  # fmt: skip
    assert given[0] == "models=[meadow:grass,gravel,kin_leaves]"
    out = f"{tmp_path}/runs/made/001-tileset-grass_gravel_kin_leaves/"
    assert given[1:] == ["side=32", "variants=2", "files=false", f"out={out}", "threads=1"]


def test_a_blend_has_a_direction_or_a_mask_that_came_in(window, tmp_path):
    models = ["grass", "wood_turns"]
    assert "mask=down" in words(window, verb="blend", models=models, values={"mask": "down"})
    source = window.upload("a mask.png", png(dots(96)), "mask").json()["source"]
    path = f"{tmp_path}/runs/studio/sources/{source}/files/a_mask.png"
    assert f"mask={path}" in words(window, verb="blend", models=models, source=source)


@pytest.mark.parametrize("said", [{"values": {"mask": "/etc/passwd"}}, {"more": "mask=/tmp/a.png"}])
def test_a_mask_is_no_other_file_of_this_machine(window, said):
    answer = window.post("api/jobs", verb="blend", models=["grass", "gravel"], **said)
    assert (answer.status_code, "mask is one of right, down" in answer.text) == (400, True)


def test_a_landscape_has_a_net_for_every_label(window):
    rows = (0x22, 0xAA, 0x44), (0x99, 0x99, 0x99)
    facts = window.upload("land.png", painted(*rows), "labels").json()
    assert [each["label"] for each in facts["labels"]] == ["#22aa44", "#999999"]
    models = {"#22aa44": "grass", "#999999": "meadow:gravel"}
    given = words(window, verb="paint", source=facts["source"], models=models)
    assert given[0] == 'models={"#22aa44":grass,"#999999":meadow:gravel}'
    assert given[1].endswith("files/land.png")


def test_labels_are_numbers_where_a_picture_holds_numbers(window):
    facts = window.upload("land.png", painted(1, 7, 7, 7), "labels").json()
    assert [(each["label"], each["share"]) for each in facts["labels"]] == [
        ("1", 0.25),
        ("7", 0.75),
    ]
    shown = Image.open(io.BytesIO(window.get(f"api/sources/{facts['source']}/view").content))
    assert facts["size"] == [4, 9]
    assert shown.size == (9 * 35, 4 * 35), "each label is seen"
    assert "{1:grass,7:gravel}" in words(
        window, verb="paint", source=facts["source"], models={"1": "grass", "7": "gravel"}
    )[0]  # fmt: skip


def test_a_picture_with_soft_edges_is_told_how_many_labels_there_may_be(window):
    answer = window.upload(
        "land.png", png(np.arange(100, dtype=np.uint8).reshape(10, 10)), "labels"
    )
    assert "has 100 labels, and the studio takes 16" in answer.json()["error"]
    assert "no picture of labels" in window.upload("a.png", b"words", "labels").json()["error"]
    assert "is no map that can be read" in window.upload("a.png", b"words", "mask").json()["error"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"verb": "blend", "models": ["grass", "meadow:grass"]}, "two of these nets are called"),
        ({"verb": "blend", "models": "grass,gravel"}, "choose two at least"),
        ({"verb": "blend", "models": ["grass"]}, "1 given, 2 to 16 needed"),
        ({"verb": "blend", "models": ["grass", "/etc/passwd"]}, "does not lie among"),
        ({"verb": "blend", "models": ["grass", "meadow"]}, "holds several textures"),
        ({"verb": "blend", "models": ["grass", "meadow:sand"]}, "does not lie among"),
        ({"verb": "blend", "models": ["grass", "gravel"], "more": "models=a,b"}, "by the studio"),
        ({"verb": "tileset", "models": ["grass", 3]}, "choose two at least"),
        ({"verb": "tileset", "models": ["a,b,c", "grass"]}, "does not lie among"),
        ({"verb": "paint", "models": {"1": "grass"}}, "no picture of labels was chosen"),
    ],
)
def test_what_cannot_be_made_of_several_is_one_sentence(window, said, words):
    answer = window.post("api/jobs", **said)
    assert (answer.status_code, words in answer.json()["error"]) == (400, True), answer.text
    assert window.states() == {}


def test_a_label_is_a_number_or_a_colour(window):
    source = window.upload("land.png", painted(1, 7), "labels").json()["source"]
    said = {"verb": "paint", "source": source, "models": {"1}, out: /tmp/x, {2": "grass"}}
    assert "is no label" in window.post("api/jobs", **said).json()["error"]


def test_what_came_in_for_one_verb_is_not_taken_by_another(window):
    mask = window.upload("a.png", png(dots(96)), "mask").json()["source"]
    photograph = window.upload("a.png", png(dots(96))).json()["source"]
    refused = window.post("api/jobs", verb="train", source=mask).json()["error"]
    assert refused == "train takes a photograph or a material, and this is a mask."
    said = {"verb": "blend", "models": ["grass", "gravel"], "source": photograph}
    assert "blend takes a mask" in window.post("api/jobs", **said).json()["error"]
    assert "is one of photograph" in window.upload("a.png", png(dots(96)), "film").json()["error"]


def test_textures_of_palettes_and_nets_that_turn_are_listed(window, tmp_path):
    folder = tmp_path / "runs" / "two"
    folder.mkdir(parents=True)
    file, _ = palette_file(folder / "two.safetensors")
    (folder / "broken.safetensors").write_bytes(b"\2\0\0\0\0\0\0\0{}")
    nets = {net["model"]: net for net in window.get("api/library").json()["nets"]}
    assert nets["meadow:grass"] | {"name": "grass", "palette": "meadow"} == nets["meadow:grass"]
    assert (nets["wood_turns"]["turns"], nets["brick"]["turns"]) == (True, False)
    assert nets["kin_grass"]["root"] == nets["kin_leaves"]["root"]
    own = [net for model, net in nets.items() if model.startswith(str(file))]
    assert [net["name"] for net in own] == ["red sand", "moss.2"]
    shown = window.get(f"api/net?model={quote(own[0]['model'])}")
    assert shown.headers["content-disposition"].endswith("red%20sand.safetensors")
    assert "holds several textures" in window.get(f"api/net?model={file}").json()["error"]
    assert "out=" in " ".join(words(window, verb="sample", model=own[1]["model"]))


def test_a_word_of_a_command_line_keeps_labels_that_are_colours():
    made = tools().words("paint", {"models": {"#22aa44": "grass"}, "labels": "a.png"})
    assert made[0] == 'models={"#22aa44":grass}'
