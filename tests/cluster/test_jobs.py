"""Jobs, parcels of files, and the store."""

import json

import pytest

from texturenet.cluster import parcel
from texturenet.cluster.jobs import Job, engine_of, work_of
from texturenet.cluster.parcel import Damaged
from texturenet.cluster.store import place_left, place_of
from texturenet.errors import Refused


def job(**changes):
    given = {"name": "a", "work": "m:f", "given": {"n": 1}, "files": {"x": b"1"}}
    return Job(**{**given, **changes})


@pytest.mark.parametrize("name", ["", "../a", "a/b", ".a", "-a", "a" * 101, "a ", "a."])
def test_a_name_that_no_folder_can_have_is_refused(name):
    with pytest.raises(Refused, match="a job is called"):
        job(name=name)


@pytest.mark.parametrize(
    "change", [{"work": "m:g"}, {"given": {"n": 2}}, {"files": {"x": b"2"}}, {"files": {}}]
)
def test_a_mark_is_of_all_that_a_result_depends_on(change):
    assert job(**change).mark != job().mark
    assert job(cpus=4, gpus=1.0).mark == job().mark


def test_the_order_of_facts_does_not_change_a_mark():
    assert job(given={"a": 1, "b": 2}).mark == job(given={"b": 2, "a": 1}).mark


def test_other_engines_and_functions_that_are_not_there_are_refused():
    with pytest.raises(Refused, match="Did you mean local"):
        engine_of("locl")
    with pytest.raises(Refused, match="no worker can find"):
        work_of("texturenet.cluster.jobs:nothing")


def test_a_parcel_gives_the_same_files_and_no_others(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    parcel.lay({"a": b"1", "deep/b": b""}, here)
    parcel.lay({"old": b"2"}, there)
    parcel.unpack(parcel.pack(here), there)
    assert parcel.sums_of(there) == parcel.sums_of(here)
    assert parcel.files_of(there) == ["a", "deep/b"]


def test_a_damaged_parcel_changes_nothing(tmp_path):
    sent = parcel.packed({"a": b"new", "b": b"new"})
    sent["b"] = (b"nex", sent["b"][1])
    parcel.lay({"a": b"old"}, tmp_path)
    with pytest.raises(Damaged, match="b came back damaged"):
        parcel.unpack(sent, tmp_path)
    assert (tmp_path / "a").read_bytes() == b"old"


@pytest.mark.parametrize("path", ["../a", "/a", "b/../../a"])
def test_no_parcel_writes_outside_its_folder(tmp_path, path):
    with pytest.raises(Damaged, match="outside"):
        parcel.unpack(parcel.packed({path: b""}), tmp_path / "folder")
    assert not (tmp_path / "a").exists()


def test_what_was_taken_is_finished_until_anything_of_it_changes(tmp_path):
    place = place_of(job(), tmp_path)
    place.begin()
    outcome = place.take({"n": 1}, parcel.packed({"r": b"result"}))
    assert outcome == place.finished()
    assert (outcome.out / "r").read_bytes() == b"result"
    assert place_of(job(given={"n": 2}), tmp_path).finished() is None
    (outcome.out / "r").write_bytes(b"changed")
    assert place.finished() is None


def test_what_is_kept_stays_for_the_same_job_and_not_for_another(tmp_path):
    place = place_of(job(), tmp_path)
    place.begin()
    place.keep_files(parcel.packed({"resume": b"state"}))
    place.begin()
    assert place.kept()["resume"][0] == b"state"
    other = place_of(job(given={"n": 2}), tmp_path)
    other.begin()
    assert other.kept() == {}


def test_files_that_changed_after_they_were_written_are_not_settled(tmp_path):
    place = place_of(job(), tmp_path)
    place.begin()
    parcel.lay({"r": b"result"}, place.work / "out")
    with pytest.raises(Damaged, match="r is not what was written"):
        place.settle({}, {"r": parcel.packed({"r": b"other"})["r"][1]})
    assert place.finished() is None


def test_why_a_job_failed_is_noted_until_it_begins_again(tmp_path):
    place = place_of(job(), tmp_path)
    place.begin()
    parcel.lay({"resume": b"step 9"}, place.keep)
    place.fail("no reason")
    assert place_left("a", tmp_path).failed().error == "no reason"
    place.begin()
    assert place.failed() is None
    assert list(place.kept()) == ["resume"]  # what it goes on from
    assert place_left("b", tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"mark": 1}'])
def test_a_damaged_outcome_is_none(tmp_path, text):
    place = place_of(job(), tmp_path)
    place.begin()
    place.take({}, {})
    (place.folder / "outcome.json").write_text(text)
    assert place.finished() is None
    assert place.value() is None
    (place.folder / "failed.json").write_text(text)
    assert place.failed() is None


def test_no_clock_is_read(tmp_path, monkeypatch):
    """A store is read alike by machines whose clocks differ."""
    import os

    place = place_of(job(), tmp_path)
    place.begin()
    place.take({"n": 1}, parcel.packed({"r": b"result"}))
    for path in tmp_path.rglob("*"):
        os.utime(path, (2**33, 2**33))  # the year 2242
    assert place.finished().value == {"n": 1}
    os.utime(place.folder / "outcome.json", (0, 0))
    assert place.finished().value == {"n": 1}
    assert json.loads((place.folder / "outcome.json").read_text()).keys() == {
        "mark", "value", "files",
    }  # fmt: skip
