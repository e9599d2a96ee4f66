"""Folders of runs: one for each, also for two that begin at once; names that cannot be written."""

import re
import threading

import pytest

from texturenet.commands import checks, runs
from texturenet.errors import Refused
from texturenet.generator import release

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_runs_that_ask_at_once_get_a_folder_each():
    barrier, folders = threading.Barrier(8), []

    def ask():
        barrier.wait()
        folders.append(runs.free_folder("bricks"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = sorted(folder.name for folder in folders)
    assert names == sorted(["bricks", *(f"bricks-{number}" for number in range(2, 9))])


def test_a_folder_made_for_a_run_that_is_refused_goes_away():
    folder = runs.free_folder("bricks")
    with pytest.raises(Refused), runs.reserved(folder):
        raise Refused("no")
    assert not folder.exists()


def test_a_folder_of_the_users_stays(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    with pytest.raises(Refused), runs.reserved(mine):
        raise Refused("no")
    assert mine.is_dir()


@pytest.mark.parametrize("out", ["-", "/dev/null"])
def test_what_is_neither_file_nor_folder_is_no_output(cli, model, out):
    status, _, err = cli("sample", f"model={model}", "size=16", f"out={out}")
    assert (status, err.count("\n")) == (2, 1)
    assert "out is" in err


def test_sizes_and_paths_of_options(tmp_path):
    assert checks.size_of(5) == (5, 5)
    assert checks.size_of([3, 4]) == (3, 4)
    assert checks.output_path("out", str(tmp_path / "a.png")) == tmp_path / "a.png"


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["sample", "-m", "size=16", "out=x.png", "seed=0,1"], "x.png"),
        (["sample", "-m", "size=[16,24],[24,16]"], "dots_0.png"),
        (
            ["sample", "-m", "size=48", "tile=xy", "matching=true", "count=3", "seed=0,1"],
            "dots_[12].png",
        ),
        (["film", "-m", "size=16", "seconds=0.1", "out=x.gif", "kind=loop,pan"], "x.gif"),
        (
            ["film", "-m", "size=16", "seconds=0.1", "out=x.gif,x.webp", "report=true"],
            "x.csv",
        ),
    ],
)
def test_jobs_that_would_write_one_file_are_refused_before_the_first(cli, model, words, name):
    from pathlib import Path

    verb, *rest = words
    status, _, err = cli(verb, f"model={model}", *rest)
    assert status == 2
    assert re.search(f"2 of these 2 jobs would write {name}", err), err
    assert [path.name for path in Path().iterdir()] == ["models"]


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        ("train", ["exemplar=brick", "steps=3,4"]),
        ("gatys", ["exemplar=brick", "steps=3,4"]),
        ("descriptor", ["image=brick", "kind=ranvgg,singlevgg"]),
    ],
)
def test_jobs_that_would_resume_in_one_folder_are_refused_before_the_first(cli, verb, given):
    status, _, err = cli(verb, "-m", *given, "resume=rs/resume.ckpt")
    assert (status, "2 of these 2 jobs would write rs" in err) == (2, True), err
    status, _, err = cli(verb, "-m", *given[:1], "resume=rs/resume.ckpt,other/resume.ckpt")
    assert "would write" not in err


def test_of_the_net_that_names_the_files_only_the_card_is_read(cli, model, monkeypatch):
    monkeypatch.setattr(release, "load", lambda path: pytest.fail("its weights were read"))
    for verb, out in (("sample", "x.png"), ("film", "x.gif")):
        status, _, err = cli(verb, "-m", f"model={model}", "size=16", f"out={out}", "seed=0,1")
        assert (status, "2 of these 2 jobs" in err) == (2, True), err


@pytest.mark.parametrize("kind", ["link", "file"])
def test_runs_that_can_be_no_folder_is_refused(cli, small, tmp_path, kind):
    runs_folder = tmp_path / "runs"
    runs_folder.symlink_to("nowhere") if kind == "link" else runs_folder.write_text("")
    with pytest.raises(Refused, match="cannot write to runs"):
        runs.free_folder("bricks")
    status, _, err = cli("train", *small)
    assert (status, "cannot write to runs" in err) == (2, True), err


def test_jobs_with_files_of_their_own_are_done(cli, model):
    from pathlib import Path

    status, _, err = cli("sample", "-m", f"model={model}", "size=16", "seed=0,1")
    assert status == 0, err
    assert {path.name for path in Path().glob("*.png")} == {"dots_0.png", "dots_1.png"}


@pytest.mark.parametrize("name", ["~stone.png", "a b.png"])
def test_files_of_odd_names_are_exemplars_too(cli, name):
    from pathlib import Path

    import numpy as np
    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 255, (160, 160, 3)).astype(np.uint8)
    Image.fromarray(pixels).save("plain.png")
    Path("plain.png").rename(name)
    status, out, err = cli("advise", f"exemplar={name}")
    assert status == 0, err
    assert "to train so" in out


def test_an_empty_word_is_refused(cli):
    for verb, key in (("advise", "exemplar"), ("sample", "model")):
        status, _, err = cli(verb, f"{key}=")
        assert (status, err) == (2, f"texturenet: {key} is empty: say {key}=VALUE.\n")
