"""Jobs in processes of this machine, and what may happen to them."""

import os
import signal
import time
from contextlib import closing

import pytest
from helpers.disks import small_disk
from helpers.killing import CONTEXT

from texturenet.cluster.jobs import Job
from texturenet.cluster.local import Asked, Local, Room
from texturenet.cluster.parcel import sums_of
from texturenet.cluster.store import place_of
from texturenet.errors import Refused

WORK = "helpers.cluster_work:square"


def jobs(count=4, **what):
    """what: {name: what it does}."""
    given = {f"j{n}": {"number": n, "what": what.get(f"j{n}")} for n in range(count)}
    return [Job(name, WORK, facts, {"a.txt": b"text"}) for name, facts in given.items()]


def run(store, all_jobs, told=None, **options):
    tell = (lambda name, facts: told.append((name, facts))) if told is not None else _nobody
    found = Local(**{"cores": 2, **options}).run(all_jobs, store, tell)
    return {outcome.job: outcome for outcome in found}


def _nobody(name, facts):
    pass


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Of six jobs one raises, one refuses, one is killed once and one always."""
    store, told = tmp_path_factory.mktemp("store"), []
    what = {"j1": "raises", "j2": "refuses", "j3": "dies once", "j4": "dies"}
    return store, run(store, jobs(6, **what), told), told


def test_each_gives_its_value_and_its_files(ran):
    outcome = ran[1]["j5"]
    assert outcome.value == {"square": 25, "begun": 0, "threads": 1}
    assert (outcome.out / "deep" / "square.txt").read_text() == "25 text"


def test_what_works_tell_is_heard(ran):
    assert ("j5", {"step": 0}) in ran[2]


def test_one_that_fails_says_why_and_leaves_the_rest_unhurt(ran):
    outcomes = ran[1]
    assert outcomes["j1"].error == "RuntimeError: a reason"
    assert outcomes["j2"].error == "it is 3, and must be 4: say 4."
    assert {name for name, each in outcomes.items() if each.error is None} == {"j0", "j3", "j5"}


def test_one_whose_process_is_killed_goes_on_from_what_it_kept(ran):
    assert ran[1]["j3"].value["begun"] == 1


def test_one_that_is_killed_every_time_is_given_up(ran):
    assert ran[1]["j4"].error == "given up after 3 tries: its process was ended"


def test_what_is_finished_is_not_run_again(ran):
    store, outcomes, _ = ran
    told = []
    again = run(store, [job for job in jobs(6, j3="dies once") if job.name in "j0 j3 j5"], told)
    assert not told
    assert again == {name: outcomes[name] for name in again}


def test_a_damaged_file_is_made_again(tmp_path):
    before = run(tmp_path, jobs(1))["j0"]
    (before.out / "deep" / "square.txt").write_text("other")
    told = []
    assert run(tmp_path, jobs(1), told)["j0"] == before
    assert told
    assert (before.out / "deep" / "square.txt").read_text() == "0 text"


def test_workers_end_when_nobody_wants_more(tmp_path):
    waiting = [Job("w", WORK, {"number": 1, "what": "waits", "until": str(tmp_path / "never")})]
    found = Local(cores=2).run([*jobs(1), *waiting], tmp_path, _nobody)
    with closing(found):
        next(found)
    import multiprocessing

    assert not [each for each in multiprocessing.active_children() if "Spawn" in str(each)]


def drive(store, until):
    """A driver, to be killed: one job is quick, one waits."""
    waiting = {"number": 7, "what": "waits", "until": str(until)}
    each = [*jobs(1), Job("w", WORK, waiting)]
    list(Local(cores=2).run(each, store, _nobody))


def test_a_driver_that_is_killed_and_started_again_repeats_nothing(tmp_path):
    store, until = tmp_path / "store", tmp_path / "until"
    driver = CONTEXT.Process(target=drive, args=(store, until))
    driver.start()
    deadline = time.monotonic() + 120
    waiting = Job("w", WORK, {"number": 7, "what": "waits", "until": str(until)})
    count = place_of(waiting, store).keep / "count"
    while not ((store / "j0" / "outcome.json").exists() and count.exists()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(driver.pid, signal.SIGKILL)
    driver.join()
    until.touch()
    told = []
    again = run(store, [*jobs(1), waiting], told)
    assert again["w"].value["begun"] == 1
    assert [name for name, _ in told] == ["w"]


def test_a_full_disk_of_the_driver_is_refused_and_what_is_finished_stays(tmp_path):
    before = run(tmp_path, jobs(1))
    with small_disk(20), pytest.raises(Refused, match=r"cannot write .*File too large"):
        run(tmp_path, jobs(2))
    assert run(tmp_path, jobs(2))["j0"] == before["j0"]


def test_cores_and_gpus_are_shared_out_and_no_more():
    room = Room(cores=4, gpus=2)
    one = room.taken_by(Job("a", WORK, cpus=1, gpus=0.5))
    others = [room.taken_by(Job(name, WORK, cpus=1, gpus=0.5)) for name in "bcd"]
    assert sorted([one.gpu, *(each.gpu for each in others)]) == [0, 0, 1, 1]
    assert room.taken_by(Job("e", WORK)) is None
    room.given_back(one)
    assert room.taken_by(Job("f", WORK, gpus=1.0)) is None
    assert room.taken_by(Job("g", WORK, cpus=9)) is None  # which waits for all four


def test_a_job_that_asks_for_more_than_there_is_has_all_of_it():
    assert Room(cores=2, gpus=0).taken_by(Job("a", WORK, cpus=8, gpus=1.0)) == Asked(2)


def test_files_of_two_runs_are_the_same_bytes(tmp_path):
    run(tmp_path / "a", jobs(2))
    run(tmp_path / "b", jobs(2), cores=1)
    assert sums_of(tmp_path / "a") == sums_of(tmp_path / "b")
