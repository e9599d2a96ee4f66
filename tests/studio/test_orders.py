"""What a page may order: nothing that writes elsewhere, or that the studio itself decides."""

import pytest

from texturenet.commands.studio import tools
from texturenet.errors import Refused


@pytest.fixture
def training(window):
    """training(**said) -> the answer to an order to learn an exemplar of the project."""
    source = window.post("api/exemplars/gravel").json()["source"]
    return lambda **said: window.post("api/jobs", verb="train", source=source, **said)


@pytest.mark.parametrize(
    "suffix", ["/../../escaped.mp4", "/x.mp4", ".exe", "", ["/../.."], ".MP4/"]
)
def test_a_film_has_one_of_the_known_suffixes(window, tmp_path, suffix):
    said = {"verb": "film", "model": "brick", "values": {"suffix": suffix}}
    for path in ("api/jobs", "api/command"):
        answer = window.post(path, **said)
        assert (answer.status_code, "suffix is" in answer.json()["error"]) == (400, True)
    assert window.states() == {}
    more = window.post("api/jobs", verb="film", model="brick", more="suffix=/../../a.mp4")
    assert "suffix is" in more.json()["error"]


def test_each_of_the_pages_suffixes_is_one_of_them(window):
    for suffix in (".mp4", ".webm", ".gif", ".webp"):
        said = {"verb": "film", "model": "brick", "values": {"suffix": suffix}}
        assert f"brick_loop{suffix}" in window.post("api/command", **said).json()["command"]


def test_what_would_be_written_elsewhere_is_refused(window, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runs").mkdir(exist_ok=True)
    (tmp_path / "runs" / "made").symlink_to(tmp_path / "elsewhere")
    answer = window.post("api/jobs", verb="sample", model="brick", values={"seed": 1})
    assert (answer.status_code, "does not lie under" in answer.json()["error"]) == (400, True)
    assert (window.states(), list((tmp_path / "elsewhere").iterdir())) == ({}, [])


DISGUISED = [
    {"more": "descriptor={download:true}"},
    {"more": "log={moments:0}"},
    {"more": "'log={previews: 5, moments: 0}'"},
    {"more": "descriptor=\"'{download:true}'\""},
    {"more": "'descriptor=\"{download: true}\"'"},
    {"values": {"descriptor": {"download": True}}},
    {"values": {"descriptor": {"download": "true"}}},
    {"values": {"descriptor": "{download:true}"}},
    {"values": {"log": {"moments": 0}}},
]


@pytest.mark.parametrize("said", DISGUISED)
def test_a_mapping_does_not_hide_a_key_of_the_studio(window, training, said):
    answer = training(**said)
    assert (answer.status_code, "is given by the studio" in answer.json()["error"]) == (400, True)
    assert window.states() == {}


@pytest.mark.parametrize("said", [{"values": {"log": None}}, {"values": {"descriptor": [1]}}])
def test_a_group_that_holds_a_key_of_the_studio_is_no_value(training, said):
    assert "is a group of keys" in training(**said).json()["error"]


def test_a_text_inside_a_mapping_becomes_no_other_key(training):
    answer = training(values={"descriptor": {"weights": "vgg16_torchvision,download:true"}})
    assert "descriptor.weights=vgg16_torchvision,download:true" in answer.json().get("words", [])


def test_other_keys_may_come_in_a_mapping_and_a_descriptor_by_its_name(training):
    job = training(more="'log={previews: 5}' descriptor=random_filters loss.gram=2").json()
    words = {"log.previews=5", "descriptor=random_filters", "loss.gram=2", "log.moments=10"}
    assert words <= set(job["words"])


def test_a_key_with_an_equals_sign_becomes_no_other_key(training):
    values = {"loss.layer_weights.a=1": 1.0, "loss.layer_weights.a=2": 2.0}
    assert "would be read as another" in training(values=values).json()["error"]


def test_words_are_those_that_the_command_reads_in_the_same_way():
    words = tools().words("sample", {"model": "brick", "origin": [1, 2], "preset": None})
    assert words == ["model=brick", "origin=[1,2]", "preset=null"]
    with pytest.raises(Refused, match="would be read as another"):
        tools().words("sample", {"model": "brick", "out": "''a''"})


def test_after_a_damaged_list_nothing_is_written_over(opened, tmp_path):
    path = tmp_path / "runs" / "studio" / "jobs.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    before = tmp_path / "runs" / "made" / "001-sample-brick"
    before.mkdir(parents=True)
    window = opened()
    said = {"verb": "sample", "model": "brick", "values": {"seed": 1}}
    folders = [window.post("api/jobs", **said).json()["folder"] for _ in range(2)]
    names = [folder.rsplit("/", 1)[1] for folder in folders]
    assert names == ["001-sample-brick-2", "002-sample-brick"]
