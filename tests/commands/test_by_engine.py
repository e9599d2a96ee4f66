"""Pictures and films that an engine draws: the bits of those of one process."""

import re
import shutil

import pytest
from helpers.slurms import stand_in
from PIL import Image

from texturenet.commands import by_engine
from texturenet.commands.runs import reserved
from texturenet.io.large.png import PngSheet
from texturenet.io.large.tiff import TiffSheet

pytest.importorskip("tifffile")
pytestmark = pytest.mark.slow


@pytest.fixture
def in_this_process(monkeypatch):
    """Jobs one after the other, here: what an engine does is its own tests' matter."""
    from texturenet.cluster.jobs import Outcome
    from texturenet.cluster.work import perform

    class Here:
        failing = ()

        def run(self, jobs, store, tell):
            for job in reversed(list(jobs)):
                folder = store / job.name
                folder.mkdir(parents=True, exist_ok=True)
                if job.name in self.failing:
                    yield Outcome(job.name, None, "it was told to.")
                    continue
                done = perform(job, folder, lambda facts: None)
                out = folder / "out" if done.error is None else None
                yield Outcome(job.name, done.value, done.error, out)

    here = Here()
    for verb in ("sample", "film"):
        monkeypatch.setattr(f"texturenet.commands.{verb}.chosen_engine", lambda chosen: here)
    return here


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(TiffSheet, "TILE", 32)
    monkeypatch.setattr(TiffSheet, "ACROSS", 2)
    monkeypatch.setattr(PngSheet, "BAND", 24)
    monkeypatch.setattr("texturenet.commands.drawing.STREAMED", 1)
    monkeypatch.setattr(by_engine, "FEWEST", 3)
    monkeypatch.setattr(by_engine, "CHUNK", 2)


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_a_picture_has_the_bytes_of_one_process(
    cli, model, elsewhere, small, in_this_process, tmp_path, suffix
):
    size = ["size=[100,150]", "threads=1", "precision=float32", "seed=4"]
    status, _, error = cli("sample", f"model={model}", *size, f"out=one{suffix}")
    assert status == 0, error
    status, _, error = cli("sample", f"model={model}", *size, f"out=two{suffix}", "engine=local")
    assert status == 0, error
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    assert one.read_bytes() == two.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {one.name, two.name, "models"}


def test_a_film_has_the_bits_of_one_process(
    cli, model, elsewhere, small, in_this_process, tmp_path
):
    film = [f"model={model}", "size=48", "seconds=1", "fps=7", "threads=1", "precision=float32"]
    for out, more in (("one.apng", []), ("two.apng", ["engine=local"])):
        status, _, error = cli("film", *film, f"out={out}", *more)
        assert status == 0, error
    assert (tmp_path / "one.apng").read_bytes() == (tmp_path / "two.apng").read_bytes()
    with Image.open(tmp_path / "two.apng") as film:
        assert film.n_frames == 7
    assert {file.name for file in tmp_path.iterdir()} == {"one.apng", "two.apng", "models"}


def test_by_slurm_a_picture_and_a_film_have_the_bytes_of_one_process(
    cli, model, elsewhere, small, tmp_path, monkeypatch
):
    """The jobs run in this process, for which a part is small."""
    pytest.importorskip("submitit")
    monkeypatch.setattr("texturenet.cluster.slurm_queue.POLL", 0.1)
    slurm = ["engine=slurm", "slurm.cluster=debug", "slurm.wait=true"]
    picture = [f"model={model}", "size=[100,150]", "threads=1", "precision=float32"]
    film = [f"model={model}", "size=48", "seconds=1", "fps=7", "threads=1", "precision=float32"]
    assert cli("sample", *picture, "out=one.tif")[0] == 0
    assert cli("film", *film, "out=one.apng")[0] == 0
    assert cli("sample", *picture, "out=two.tif", *slurm)[::2] == (0, "")
    assert cli("film", *film, "out=two.apng", *slurm)[::2] == (0, "")
    for suffix in ("tif", "apng"):
        one, two = tmp_path / f"one.{suffix}", tmp_path / f"two.{suffix}"
        assert one.read_bytes() == two.read_bytes()


def test_what_slurm_has_is_said_and_is_no_fault(
    cli, model, elsewhere, small, tmp_path, monkeypatch
):
    """And why a part has no result, when the same command submits it again."""
    pytest.importorskip("submitit")
    slurm = stand_in(monkeypatch, tmp_path / "bin")
    for words in (
        ["sample", "size=[100,150]", "out=a.tif"],
        ["film", "size=48", "seconds=1", "fps=7", "out=a.apng"],
    ):
        asked = [words[0], f"model={model}", *words[1:], "engine=slurm"]
        slurm.write("number", "7\n")
        status, output, error = cli(*asked)
        assert (status, error) == (0, "")
        assert re.search(r"0 of \d (parts|chunks of frames) are done, Slurm has the others", output)
        slurm.write("ended", "7_1|OUT_OF_MEMORY|\n")
        output = cli(*asked)[1]
        assert "Slurm says OUT_OF_MEMORY, and it left no result; it is submitted again" in output
        slurm.write("ended", "")
        assert not (tmp_path / asked[-2].removeprefix("out=")).exists()


def test_two_commands_do_not_draw_one_file(cli, model, elsewhere, small, in_this_process, tmp_path):
    words = [f"model={model}", "size=[100,150]", "out=big.tif", "engine=local"]
    with reserved(tmp_path / ".big.tif.jobs"):
        status, _, error = cli("sample", *words)
    assert (status, "another run is writing into" in error) == (2, True)
    assert cli("sample", *words)[0] == 0
    assert not (tmp_path / ".big.tif.jobs").exists()


def test_what_is_done_is_kept_where_a_job_fails(
    cli, model, elsewhere, small, in_this_process, tmp_path
):
    in_this_process.failing = ("part-2-of-3",)
    picture = [f"model={model}", "size=[100,150]", "out=big.tif", "engine=local"]
    status, _, error = cli("sample", *picture)
    assert status == 2
    assert "1 of 3 jobs failed, part-2-of-3: it was told to." in error
    assert not (tmp_path / "big.tif").exists()
    assert (tmp_path / ".big.tif.jobs" / "part-1-of-3" / "out").is_dir()
    in_this_process.failing = ()
    assert cli("sample", *picture)[0] == 0
    shutil.rmtree(tmp_path / "models")
    assert [file.name for file in tmp_path.iterdir()] == ["big.tif"]


@pytest.mark.parametrize("more", ["preset=plain", "part=1/2", "workers=2"])
def test_what_an_engine_does_not_draw_is_refused(cli, model, elsewhere, more):
    status, _, error = cli("sample", f"model={model}", "engine=local", more)
    assert status == 2
    assert more.split("=")[0] in error


@pytest.mark.parametrize("more", ["preset=plain", "report=true"])
def test_films_that_an_engine_does_not_draw_are_refused(cli, model, elsewhere, more):
    status, _, error = cli("film", f"model={model}", "engine=local", more)
    assert status == 2
    assert more.split("=")[0] in error
