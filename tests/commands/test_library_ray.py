"""Libraries by Ray, on several nodes that this machine imitates."""

import os
import signal
import threading
import time

import pytest
from helpers.killing import start
from helpers.libraries import fingerprints, keys_of, photos_of, table
from helpers.library_work import KILLED, LOST
from helpers.rays import add_node, ray_cluster, remove_node

from texturenet.cluster.on_ray import Driver
from texturenet.commands.library.jobs import WORK

pytest.importorskip("ray")
pytestmark = pytest.mark.slow
NAMES = ["dots", KILLED, LOST, "more"]
SOON = 250  # seconds


@pytest.fixture(scope="module")
def cluster(request):
    with ray_cluster(request.config.rootpath, nodes=2) as made:
        yield made


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return photos_of(tmp_path_factory.mktemp("photos"), NAMES)


@pytest.fixture
def build(photos, vgg_file, cli, monkeypatch, elsewhere):
    def call(out, work, *words):
        monkeypatch.setattr("texturenet.commands.library.jobs.WORK", work)
        keys = [*keys_of(vgg_file), "threads=1", "device=cpu", "ray.every=0.2"]
        return cli("library", f"exemplars={photos}", f"out={out}", *keys, *words)

    return call


@pytest.fixture
def begun(monkeypatch):
    """How often each texture was begun."""
    counts, begin = {}, Driver._start

    def counted(self, running):
        counts[running.job.name] = counts.get(running.job.name, 0) + 1
        begin(self, running)

    monkeypatch.setattr(Driver, "_start", counted)
    return counts


def wait_for(true, seconds=SOON):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nets_are_those_of_local_though_a_worker_is_killed_and_a_node_is_removed(
    cluster, build, begun, tmp_path
):
    textures = tmp_path / "ray" / "textures"

    def remove():
        def kept():
            return next((textures / LOST).glob("work-*/keep/resume.ckpt"), None)

        wait_for(lambda: kept() or (textures / LOST / "out").exists())
        remove_node(cluster, (kept().parent / "node").read_text())

    remover = threading.Thread(target=remove, daemon=True)
    remover.start()
    status, output, error = build("ray", "helpers.library_work:train_in_trouble", "engine=ray")
    remover.join(SOON)
    add_node(cluster)
    assert (status, "4 of 4 released" in output) == (0, True), output + error
    assert begun == {"dots": 1, KILLED: 2, LOST: 2, "more": 1}
    went_on = {name for name in NAMES if (textures / name / "out" / "went_on").exists()}
    assert went_on == {KILLED, LOST}
    status, output, error = build("local", "helpers.library_work:train_small", "local.cores=1")
    assert status == 0, output + error
    assert fingerprints(tmp_path / "ray") == fingerprints(tmp_path / "local")


def test_a_driver_that_is_killed_and_started_again_repeats_nothing(
    cluster, build, begun, photos, vgg_file, tmp_path
):
    words = [
        "library", f"exemplars={photos}", "out=again", *keys_of(vgg_file), "threads=1",
        "device=cpu", "engine=ray", f"ray.address={cluster.address}",
    ]  # fmt: skip
    first = start(tmp_path, words)
    finished = tmp_path / "again" / "textures"
    try:
        wait_for(lambda: [*finished.glob("*/outcome.json")] or not first.is_alive())
    finally:
        os.kill(first.pid, signal.SIGKILL)
        first.join()
    before = {path.parent.name: path.stat().st_ino for path in finished.glob("*/outcome.json")}
    assert 0 < len(before) < len(NAMES), (tmp_path / "errors.txt").read_text()
    status, output, error = build("again", WORK, "engine=ray")
    assert (status, "4 of 4 released" in output) == (0, True), output + error
    assert set(begun) == {*NAMES} - {*before}
    for name, number in before.items():
        assert (finished / name / "outcome.json").stat().st_ino == number
    assert {row["state"] for row in table(tmp_path / "again").values()} == {"released"}
