"""What comes in to be learnt from: pictures are looked at, everything else leaves nothing."""

import io

import numpy as np
import pytest
from helpers.disks import small_disk
from helpers.pictures import dots
from PIL import Image

from texturenet.studio import sources


def png(pixels):
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


def left(tmp_path):
    return list((tmp_path / "runs" / "studio" / "sources").glob("*"))


def test_a_photograph_is_looked_at_and_shown(window, tmp_path):
    facts = window.upload("my photo (1).PNG", png(dots(96))).json()
    assert (facts["kind"], facts["size"], facts["name"]) == ("photograph", [96, 96], "my_photo__1")
    shown = window.get(f"api/sources/{facts['source']}/view")
    assert Image.open(io.BytesIO(shown.content)).size == (96, 96)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (b"<svg onload=alert(1)>", "is not a picture that can be read"),
        (png(dots(96))[:400], "damaged picture"),
    ],
)
def test_what_is_no_picture_gets_a_sentence_and_leaves_nothing(window, tmp_path, data, words):
    answer = window.upload("a.png", data)
    assert (answer.status_code, words in answer.json()["error"]) == (400, True), answer.text
    assert left(tmp_path) == []


def test_a_file_of_too_many_bytes_is_refused_whatever_the_browser_says(window, monkeypatch):
    monkeypatch.setattr(sources, "MOST_BYTES", 1000)
    data = np.random.default_rng(0).integers(0, 255, (96, 96, 3)).astype(np.uint8)
    told = window.upload("a.png", png(data))
    untold = window.upload("a.png", iter([png(data)]))
    for answer in (told, untold):
        assert (answer.status_code, "more than" in answer.json()["error"]) == (413, True)


def test_a_picture_of_too_many_pixels_is_refused_with_both_numbers(window, monkeypatch, tmp_path):
    monkeypatch.setattr(sources, "MOST_PIXELS", 9000)
    answer = window.upload("a.png", png(dots(96)))
    assert (answer.status_code, "96x96 pixels, more than" in answer.json()["error"]) == (400, True)
    assert left(tmp_path) == []


@pytest.mark.parametrize("name", ["..%2F..%2Fjobs.json", "..%5Cx.png", ".hidden.png", "-rf.png"])
def test_no_name_leads_out_of_its_folder_or_is_read_as_an_option(window, tmp_path, name):
    window.upload(name, png(dots(96)))
    files = [path for path in tmp_path.rglob("*") if path.suffix in (".png", ".json")]
    inside = tmp_path / "runs" / "studio" / "sources"
    assert all(path.is_relative_to(inside) for path in files), files
    assert not any(path.name.startswith("-") for path in files)


@pytest.mark.parametrize(
    ("name", "safe"),
    [("a b.JPG", "a_b.jpg"), ("...", "photograph"), ("x" * 200 + ".png", "x" * 60 + ".png")],
)
def test_names_are_made_safe(name, safe):
    assert sources.safe_name(name) == safe


def test_names_that_differ_only_in_replaced_characters_are_two_files(window, tmp_path):
    source = window.post("api/sources").json()["source"]
    data = [png(dots(96)), png(dots(64))]
    for name, each in zip(("wall color.png", "wall+color.png"), data, strict=True):
        assert window.put(f"api/sources/{source}/files/{name}", each).status_code == 200
    folder = tmp_path / "runs" / "studio" / "sources" / source / "files"
    found = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert found == {"wall_color.png": data[0], "wall_color-2.png": data[1]}


@pytest.mark.parametrize("letter", ["ж", "𝒳"])
def test_a_long_name_is_one_that_a_disk_takes(window, letter):
    answer = window.upload(letter * 60 + ".png", png(dots(96)))
    assert answer.status_code == 200, answer.text


def test_maps_of_a_material_are_told_apart(window):
    source = window.post("api/sources").json()["source"]
    for name in ("wall_color.png", "wall_roughness.png"):
        assert window.put(f"api/sources/{source}/files/{name}", png(dots(96))).status_code == 200
    facts = window.post(f"api/sources/{source}", kind="material").json()
    assert facts["name"] == "wall"
    assert facts["maps"] == {"colour": "wall_color.png", "roughness": "wall_roughness.png"}


def test_maps_without_a_colour_get_the_words_of_the_command(window):
    answer = window.upload("wall_roughness.png", png(dots(96)), "material")
    assert answer.status_code == 400
    assert "colour" in answer.json()["error"]


def test_what_is_asked_of_a_photograph_that_is_gone_is_a_sentence(window):
    for path in ("api/advise", "api/mend", "api/command"):
        answer = window.post(path, verb="train", source="0123456789ab")
        assert "choose it again" in answer.json()["error"], path
    assert window.get("api/sources/../view").status_code in (400, 404)


def test_advice_comes_with_its_remedies_and_they_make_the_exemplar(window):
    pixels = np.full((200, 240, 3), 255, np.uint8)
    pixels[8:168, 8:200] = np.random.default_rng(0).integers(0, 255, (160, 192, 3))
    source = window.upload("framed.png", png(pixels)).json()["source"]
    findings = window.post("api/advise", source=source, values={}).json()["findings"]
    border = next(finding for finding in findings if "border" in finding["text"])
    assert border["changes"] == {"picture.crop": [8, 8, 160, 192]}
    made = window.post("api/mend", source=source, values=border["changes"]).json()
    assert made["size"] == [160, 192]
    assert Image.open(io.BytesIO(window.get(made["picture"]).content)).size == (192, 160)
    both = border["changes"] | {"prepare.corners": [[0, 0], [0, 90], [90, 90], [90, 0]]}
    refused = window.post("api/mend", source=source, values=both).json()["error"]
    assert "exclude each other" in refused


def test_an_exemplar_of_the_project_can_be_taken(window):
    facts = window.post("api/exemplars/gravel").json()
    assert facts["values"] == {"exemplar": "gravel"}
    assert window.post("api/exemplars/none").status_code == 400
    assert window.get("api/exemplars/gravel").headers["content-type"] == "image/png"


def test_a_full_disk_is_a_sentence_and_leaves_nothing_of_the_file(window, tmp_path):
    source = window.post("api/sources").json()["source"]
    with small_disk(500):
        answer = window.put(f"api/sources/{source}/files/a.png", png(dots(96)))
    assert (answer.status_code, "cannot write" in answer.json()["error"]) == (400, True)
    assert list((tmp_path / "runs" / "studio" / "sources" / source / "files").iterdir()) == []
    assert window.upload("b.png", png(dots(96))).status_code == 200, "the studio goes on"
