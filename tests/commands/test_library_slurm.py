"""Libraries by Slurm, which is stood in for."""

import pytest
from helpers.libraries import keys_of, photos_of, table
from helpers.slurms import stand_in

from texturenet.cluster import on_slurm
from texturenet.cluster.store import place_left
from texturenet.library.plan import store_of

pytest.importorskip("submitit")


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    return stand_in(monkeypatch, tmp_path / "bin")


@pytest.fixture
def library(cli, tmp_path, vgg_file, elsewhere):
    """library(more, ...) -> (status, output, error), of two photographs."""
    photos_of(tmp_path / "photos", "ab")
    words = ["library", "exemplars=photos", "out=lib", *keys_of(vgg_file)]
    return lambda *more: cli(*words, "engine=slurm", *more)


@pytest.mark.slow
def test_it_makes_what_is_submitted_and_the_next_call_finds_it(library, tmp_path, monkeypatch):
    monkeypatch.setattr("texturenet.commands.train.release.SIDE", 48)
    status, output, error = library("slurm.cluster=debug")
    assert (status, error) == (0, "")
    assert "Slurm has 2" in output
    status, output, error = library("slurm.cluster=debug")
    assert (status, "2 of 2 released" in output) == (0, True), error
    assert {row["state"] for row in table(tmp_path / "lib").values()} == {"released"}


def test_status_tells_what_slurm_says(library, slurm, cli, tmp_path):
    assert library()[0] == 0
    slurm.write("queue", "7_0 RUNNING\n")
    slurm.write("ended", "7_1|OUT_OF_MEMORY|\n")
    status, output, _ = cli("library", "status", "lib")
    assert (status, "Slurm: 1 running" in output) == (0, True)
    assert "failed: b: Slurm says OUT_OF_MEMORY, and it left no result" in output
    rows = table(tmp_path / "lib")
    assert [row["state"] for row in rows.values()] == ["waiting", "failed"]
    place_left("a", store_of(tmp_path / "lib")).fail("noted of an earlier try")
    slurm.write("ended", "")
    output = cli("library", "status", "lib")[1]
    assert "Slurm: 1 running" in output


def test_another_engine_beside_jobs_of_slurm_is_refused(library, slurm, tmp_path):
    assert library()[0] == 0
    slurm.write("queue", "7_0 RUNNING\n7_1 PENDING\n")
    status, _, error = library("engine=local")
    assert status == 2
    assert "Slurm has 2 jobs of this library, a for one" in error
    assert "`scancel 7` first" in error
    slurm.write("queue", "")
    assert on_slurm.living_in(store_of(tmp_path / "lib")) == {}


def test_other_options_cancel_what_was_submitted(library, slurm):
    assert library()[0] == 0
    slurm.write("queue", "7_0 RUNNING\n7_1 PENDING\n")
    assert library("steps=40")[0] == 0
    assert slurm.read("cancelled") == "7_0\n7_1\n"
    assert slurm.read("number") == "9\n"
    slurm.write("queue", "8_0 RUNNING\n8_1 PENDING\n")
    assert library("steps=40", "log.previews=3")[0] == 0
    assert slurm.read("number") == "9\n"
