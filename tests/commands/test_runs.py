"""Folders of runs: one for each, also for two that begin at once; names that cannot be written."""

import threading

import pytest

from texturenet.commands import checks, runs
from texturenet.errors import Refused

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
        (["film", "-m", "size=16", "seconds=0.1", "out=x.gif", "kind=loop,pan"], "x.gif"),
    ],
)
def test_jobs_that_would_write_one_file_are_refused_before_the_first(cli, model, words, name):
    from pathlib import Path

    verb, *rest = words
    status, _, err = cli(verb, f"model={model}", *rest)
    assert status == 2
    assert f"2 of these 2 jobs would write {name}" in err
    assert not list(Path().glob("*.png")) + list(Path().glob("*.gif"))


def test_jobs_with_files_of_their_own_are_done(cli, model):
    from pathlib import Path

    status, _, err = cli("sample", "-m", f"model={model}", "size=16", "seed=0,1")
    assert status == 0, err
    assert {path.name for path in Path().glob("*.png")} == {"dots_0.png", "dots_1.png"}


@pytest.mark.parametrize("name", ["~stone.png", "null", "a b.png"])
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
