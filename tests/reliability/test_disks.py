"""Disks that are full, read-only or gone: whole files or none, one line, the earlier ones kept."""

import csv
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from texturenet.commands.runs import reserved
from texturenet.descriptors import formats
from texturenet.errors import Refused
from texturenet.generator import release
from texturenet.io.untrusted import read_pickle

pytestmark = pytest.mark.usefixtures("elsewhere")


def _mount(*arguments):
    done = subprocess.run(["mount", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a small disk cannot be made here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path):
    """disk(kilobytes) -> a folder with that much room; disk.more(kilobytes) -> the same, larger."""
    place = tmp_path / "small disk é"
    place.mkdir()

    def make(kilobytes):
        _mount("-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", place)
        return place

    make.more = lambda kilobytes: _mount("-o", f"remount,size={kilobytes}k", place)
    make.locked = lambda: _mount("-o", "remount,ro", place)
    yield make
    subprocess.run(["umount", "--lazy", place], capture_output=True)


def pieces(folder):
    return [path for path in folder.rglob("*") if ".aside" in path.name or ".part" in path.name]


def check_whole(folder):
    for file in folder.rglob("*"):
        if file.suffix in (".png", ".gif", ".jpg"):
            Image.open(file).load()
        elif file.suffix == ".ckpt":
            read_pickle(file)
        elif file.suffix == ".csv":
            with open(file, newline="") as rows:
                assert all(None not in row.values() for row in csv.DictReader(rows))


@pytest.fixture
def runs(small, exemplar_file, vgg_file, model):
    painted = [f"exemplar={exemplar_file}", f"descriptor.weights={vgg_file}", "threads=1"]
    painted += ["device=cpu", "scales=1", "steps=3"]
    film = ["film", f"model={model}", "kind=pan", "seconds=0.5", "size=128"]
    sample = ["sample", f"model={model}", "count=4"]
    return {
        "train": (["train", *small], "run"),
        "gatys": (["gatys", *painted], "run"),
        "ranvgg": (
            ["descriptor", f"image={exemplar_file}", "kind=ranvgg", "width=0.02", "evaluations=1"],
            "run",
        ),
        "filters": (["descriptor", "kind=random_filters", "maps=64", "sides=[11]"], "run"),
        "sample": ([*sample, "size=128"], "many"),
        "large": ([*sample, "size=4096", "count=1"], "large.png"),
        "tiff": ([*sample, "size=4096", "count=1"], "large.tif"),
        "deep zoom": ([*sample, "size=600", "count=1"], "wall.dzi"),
        "gif": (film, "film.gif"),
        "mp4": (film, "film.mp4"),
        "frames": (film, "frames"),
    }


KINDS = [
    *("train", "gatys", "ranvgg", "filters", "sample", "large", "tiff", "deep zoom"),
    *("gif", "mp4", "frames"),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_one_line_and_nothing_broken(kind, runs, disk, cli):
    folder, (arguments, out) = disk(40), runs[kind]
    earlier = (folder / "earlier.txt").write_text("kept") and folder / "earlier.txt"
    status, _, err = cli(*arguments, f"out={folder / out}")
    assert status == 2, err
    assert err.count("\n") == 1
    assert "No space left on device" in err or "free" in err, err
    assert not pieces(folder)
    check_whole(folder)
    assert earlier.read_text() == "kept"


@pytest.mark.parametrize("kind", KINDS)
def test_a_read_only_disk_is_one_line(kind, runs, disk, cli):
    folder, (arguments, out) = disk(100_000), runs[kind]
    disk.locked()
    status, _, err = cli(*arguments, f"out={folder / out}")
    assert (status, err.count("\n")) == (2, 1), err
    assert "ead-only" in err


@pytest.mark.parametrize("kind", KINDS)
def test_folders_may_have_spaces_and_letters_of_any_kind(kind, runs, tmp_path, cli):
    arguments, out = runs[kind]
    place = tmp_path / "Ordner mit Lücken, 空白" / out
    status, told, err = cli(*arguments, f"out={place}")
    assert status == 0, err
    assert str(place) in told
    assert place.exists()


def test_a_run_on_a_full_disk_goes_on_when_there_is_room(runs, disk, cli, monkeypatch):
    monkeypatch.setattr("texturenet.commands.train.release.SIDE", 256)  # which fill it
    arguments, _ = runs["train"]
    arguments = [item for item in arguments if not item.startswith("steps")] + ["steps=12"]
    arguments += ["log.checkpoints=2"]
    assert cli(*arguments, "out=whole")[0] == 0
    state = Path("whole/resume.ckpt").stat().st_size
    folder = disk(2 * state // 1000 + 40)  # the first and its successor aside, no more
    status, _, err = cli(*arguments, f"out={folder / 'run'}", "log.previews=5")
    assert (status, err.count("\n")) == (2, 1), err
    kept = folder / "run" / "resume.ckpt"
    assert read_pickle(kept)["global_step"] > 0
    disk.more(20_000)
    assert cli(*arguments, f"resume={kept}", "log.previews=5")[0] == 0
    nets = [release.load(Path(run, "dots.safetensors"))[0] for run in ("whole", kept.parent)]
    assert release.fingerprint(nets[0]) == release.fingerprint(nets[1])


def test_an_earlier_picture_is_kept_when_the_next_does_not_fit(disk, cli, model):
    folder = disk(100)
    target = folder / "a.png"
    assert cli("sample", f"model={model}", "size=64", f"out={target}")[0] == 0
    before = target.read_bytes()
    assert cli("sample", f"model={model}", "size=512", f"out={target}")[0] == 2
    assert target.read_bytes() == before
    assert list(folder.iterdir()) == [target]


def test_a_folder_that_vanishes_is_made_again(cli, small, monkeypatch):
    import shutil

    from texturenet.training.module import TextureTraining

    taken = TextureTraining.training_step

    def step(self, batch, index):
        if self.global_step == 4:
            shutil.rmtree("run")
        return taken(self, batch, index)

    monkeypatch.setattr(TextureTraining, "training_step", step)
    assert cli("train", *small, "out=run", "log.checkpoints=2")[0] == 0
    release.load(Path("run/dots.safetensors"))
    assert Path("run/resume.ckpt").is_file()


def test_a_folder_that_became_a_file_is_one_line(cli, small, monkeypatch):
    import shutil

    from texturenet.training.module import TextureTraining

    taken = TextureTraining.training_step

    def step(self, batch, index):
        if self.global_step == 4:
            shutil.rmtree("run")
            Path("run").write_text("mine")
        return taken(self, batch, index)

    monkeypatch.setattr(TextureTraining, "training_step", step)
    status, _, err = cli("train", *small, "out=run", "log.checkpoints=2")
    assert (status, err.count("\n")) == (2, 1), err
    assert Path("run").read_text() == "mine"


@pytest.mark.parametrize("kind", ["train", "gatys", "ranvgg"])
def test_two_runs_do_not_share_a_folder(kind, runs, cli):
    arguments, _ = runs[kind]
    with reserved(Path("run")):
        status, _, err = cli(*arguments, "out=run")
        assert status == 2
        assert err == "texturenet: another run is writing into run: say another out.\n"
    assert not Path("run").exists()
    assert cli(*arguments, "out=run")[0] == 0
    assert cli(*arguments, "out=run")[0] == 0, "one after the other they may"


def test_a_folder_that_was_there_before_a_refusal_stays(tmp_path):
    (tmp_path / "mine").mkdir()
    for name in ("mine", "new"):
        with pytest.raises(Refused), reserved(tmp_path / name):
            raise Refused("something")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["mine"]


def test_what_killed_runs_left_is_swept_once_it_is_old(tmp_path, model, cli):
    import os

    film = ["film", f"model={model}", "kind=pan", "seconds=0.1", "size=32"]
    dead = 2**22 + 5  # beyond what processes are numbered by
    old, new, alive, mine, mine_too = pieces = [
        tmp_path / name
        for name in (
            *(f".film.{dead}.aside.gif", f".film.{dead + 1}.aside.gif"),
            *(f".film.{os.getppid()}.aside.gif", ".mine", ".essay.aside.txt"),
        )
    ]
    for file in pieces:
        file.write_text("piece")
        os.utime(file, (0, 0) if file != new else None)
    assert cli(*film, f"out={tmp_path / 'film.gif'}")[0] == 0
    assert not old.exists()
    for file in (new, alive, mine, mine_too):
        assert file.exists(), file


def test_a_descriptor_is_whole_or_absent(disk, runs, cli):
    arguments, _ = runs["filters"]
    folder = disk(400)
    assert cli(*arguments, f"out={folder / 'a.safetensors'}")[0] == 0
    assert formats.read(folder / "a.safetensors")
