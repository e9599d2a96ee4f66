"""Jobs by Ray, on several nodes that this machine imitates."""

import os
import signal
import threading
import time

import pytest
from helpers.disks import small_disk
from helpers.rays import add_node, ray_cluster

from texturenet.cluster import on_ray
from texturenet.cluster.jobs import Job, engine_of
from texturenet.cluster.local import Local
from texturenet.cluster.parcel import sums_of
from texturenet.cluster.store import place_of
from texturenet.errors import Refused

ray = pytest.importorskip("ray")
pytestmark = pytest.mark.slow
WORK = "helpers.cluster_work:square"


@pytest.fixture(scope="module")
def cluster(request):
    with ray_cluster(request.config.rootpath) as made:
        yield made


def jobs(count=4, **facts):
    given = {f"j{n}": {"number": n, **facts.get(f"j{n}", {})} for n in range(count)}
    return [Job(name, WORK, facts, {"a.txt": b"text"}) for name, facts in given.items()]


def run(store, all_jobs, told=None, **options):
    tell = (lambda name, facts: told.append((name, facts))) if told is not None else _nobody
    found = engine_of("ray", **{"every": 0.3, **options}).run(all_jobs, store, tell)
    return {outcome.job: outcome for outcome in found}


def _nobody(name, facts):
    pass


def test_results_are_those_of_local_and_failures_leave_the_rest_unhurt(cluster, tmp_path):
    dying = {"what": "dies once", "store": str(tmp_path / "ray" / "j2")}
    each = jobs(4, j1={"what": "raises"}, j2=dying)
    told = []
    ours = run(tmp_path / "ray", each, told)
    theirs = {
        outcome.job: outcome for outcome in Local(cores=1).run(each, tmp_path / "local", _nobody)
    }
    assert ours["j1"].error == theirs["j1"].error == "RuntimeError: a reason"
    for name in ("j0", "j2", "j3"):
        assert ours[name].value == theirs[name].value
        assert sums_of(ours[name].out) == sums_of(theirs[name].out)
    assert ours["j2"].value["begun"] == 1  # from what had travelled to the driver
    assert "j2" in {name for name, _ in told}
    made = (ours["j0"].out / "deep").stat().st_ino
    assert run(tmp_path / "ray", [each[0]]) == {"j0": ours["j0"]}
    assert (ours["j0"].out / "deep").stat().st_ino == made


def test_one_on_a_node_that_is_removed_goes_on_on_another(cluster, tmp_path):
    node = add_node(cluster)
    until = tmp_path / "until"
    given = {"what": "waits", "until": str(until)}
    waiting = [Job(f"w{n}", WORK, {"number": n, **given}) for n in range(2)]

    def remove():
        counts = [place_of(job, tmp_path / "store").keep / "count" for job in waiting]
        while not all(count.exists() for count in counts):
            time.sleep(0.1)
        cluster.remove_node(node, allow_graceful=False)
        until.touch()

    thread = threading.Thread(target=remove)
    thread.start()
    outcomes = run(tmp_path / "store", waiting)
    thread.join()
    assert sorted(outcome.value["begun"] for outcome in outcomes.values()) == [0, 1]


def test_one_that_always_dies_is_given_up_though_what_it_keeps_grows(cluster, tmp_path):
    """It counts how often it was begun, and that travels; but it gets no further."""
    dying = Job("d", WORK, {"number": 1, "what": "dies", "store": str(tmp_path / "d")})
    assert "given up after 2 tries" in run(tmp_path, [dying], tries=2)["d"].error
    assert place_of(dying, tmp_path).kept()["count"][0] == b"2"


def test_more_than_any_node_has_is_refused_at_once(cluster, tmp_path):
    with pytest.raises(Refused, match=r"a asks for 9 cores and 0 GPUs, .* one has 1 and 0: say"):
        run(tmp_path, [Job("a", WORK, {"number": 1}, cpus=9)])


def test_a_damaged_result_is_made_again(cluster, tmp_path, monkeypatch):
    received, damaged = on_ray.received, []

    def once(module, task):
        done, parcel = received(module, task)
        if not damaged:
            ((path, (data, sum)),) = parcel.items()
            parcel[path] = (bytes([data[0] ^ 1]) + data[1:], sum)
            damaged.append(path)
        return done, parcel

    monkeypatch.setattr(on_ray, "received", once)
    outcome = run(tmp_path, jobs(1))["j0"]
    assert damaged == ["deep/square.txt"]
    assert (outcome.out / "deep" / "square.txt").read_text() == "0 text"


def test_a_full_disk_of_the_driver_is_refused_and_what_is_finished_stays(cluster, tmp_path):
    """It is full when a result has come: the mark of a job still finds room, its outcome none."""
    before = run(tmp_path, jobs(1))
    with (
        small_disk(100),
        pytest.raises(Refused, match=r"cannot write .*outcome\.json.*File too large"),
    ):
        run(tmp_path, jobs(2))
    assert (tmp_path / "j1" / "out" / "deep" / "square.txt").read_text() == "1 text"
    made = (before["j0"].out / "deep").stat().st_ino
    again = run(tmp_path, jobs(2))
    assert again["j0"] == before["j0"]
    assert again["j1"].error is None
    assert (before["j0"].out / "deep").stat().st_ino == made


DRIVER = """
import sys
from pathlib import Path
from texturenet.cluster.jobs import Job, engine_of
if __name__ == "__main__":
    store, until, address = sys.argv[1:]
    given = {"number": 7, "what": "waits", "until": until}
    jobs = [Job("j", "helpers.cluster_work:square", {"number": 1}),
            Job("w", "helpers.cluster_work:square", given)]
    engine = engine_of("ray", address=address, every=0.3)
    for job in jobs:  # one core does them in any order
        list(engine.run([job], Path(store), lambda name, facts: None))
"""


def test_a_driver_that_is_killed_and_started_again_repeats_nothing(cluster, tmp_path):
    import subprocess
    import sys

    (tmp_path / "driver.py").write_text(DRIVER)
    store, until = tmp_path / "store", tmp_path / "until"
    words = [sys.executable, "driver.py", str(store), str(until), cluster.address]
    driver = subprocess.Popen(words, cwd=tmp_path)
    waiting = Job("w", WORK, {"number": 7, "what": "waits", "until": str(until)})
    kept = place_of(waiting, store).keep / "count"
    try:
        deadline = time.monotonic() + 200
        while not ((store / "j" / "outcome.json").exists() and kept.exists()):
            assert driver.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        os.kill(driver.pid, signal.SIGKILL)
        driver.wait()
    until.touch()
    made = (store / "j" / "out" / "deep").stat().st_ino
    again = run(store, [Job("j", WORK, {"number": 1}), waiting])
    assert again["w"].value["begun"] == 1
    assert (store / "j" / "out" / "deep").stat().st_ino == made


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999999"])
def test_a_cluster_that_is_not_there_is_refused_at_once(address, tmp_path, monkeypatch):
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    before = dict(os.environ)
    with pytest.raises(Refused, match=rf"no cluster of Ray at ray\.address={address}"):
        list(engine_of("ray", address=address).run([], tmp_path, _nobody))
    assert os.environ.get("RAY_AUTH_MODE") == before.get("RAY_AUTH_MODE")
