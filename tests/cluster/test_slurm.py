"""Jobs by submitit, whose processes on this machine stand for a cluster."""

import json
import signal
import subprocess
import time

import psutil
import pytest
from helpers.slurms import stand_in

from texturenet.cluster import on_slurm, slurm_queue
from texturenet.cluster.jobs import Job, engine_of
from texturenet.cluster.local import Local
from texturenet.cluster.parcel import sums_of
from texturenet.cluster.store import place_of
from texturenet.errors import Refused

submitit = pytest.importorskip("submitit")
WORK = "helpers.cluster_work:square"


@pytest.fixture(autouse=True)
def quick(monkeypatch, request):
    monkeypatch.setattr(slurm_queue, "POLL", 0.05)
    monkeypatch.setenv("PYTHONPATH", str(request.config.rootpath / "tests"))


def job(name="a", **given):
    return Job(name, WORK, {"number": 3, **given}, {"a.txt": b"text"})


def run(store, jobs, **options):
    found = engine_of("slurm", **options).run(jobs, store, lambda name, facts: None)
    return {outcome.job: outcome for outcome in found}


def test_in_this_process_it_is_what_local_makes(tmp_path):
    jobs = [job(), job("b", what="raises")]
    ours = run(tmp_path / "slurm", jobs, cluster="debug", wait=True)
    assert ours["b"].error == "RuntimeError: a reason"
    theirs = list(Local(cores=1).run(jobs[:1], tmp_path / "local", lambda name, facts: None))
    assert ours["a"].value == theirs[0].value
    assert sums_of(ours["a"].out) == sums_of(theirs[0].out)


@pytest.mark.slow
def test_one_that_is_preempted_goes_on_and_is_not_submitted_twice(tmp_path):
    until = tmp_path / "until"
    waiting = job(what="waits", until=str(until))
    assert run(tmp_path / "store", [waiting], cluster="local") == {}  # returns at once
    place = place_of(waiting, tmp_path / "store")
    wait_for(lambda: (place.keep / "count").exists())
    assert on_slurm.state_of(place) == "RUNNING"
    assert on_slurm.outcome_of(place) is None
    number = (place.folder / "submitted.json").read_text()
    assert run(tmp_path / "store", [waiting], cluster="local") == {}
    assert (place.folder / "submitted.json").read_text() == number
    (task,) = psutil.Process(int(json.loads(number)["id"])).children()
    task.send_signal(signal.SIGUSR2)  # what Slurm sends, before it takes the node away
    wait_for(lambda: (place.keep / "count").read_text() == "2")
    until.touch()
    wait_for(lambda: on_slurm.outcome_of(place))
    assert run(tmp_path / "store", [waiting], cluster="local")["a"].value["begun"] == 1


@pytest.mark.slow
def test_one_that_is_killed_is_noted_and_submitted_again_when_it_is_asked_for(tmp_path):
    jobs = [job(what="dies once")]
    first = run(tmp_path, jobs, cluster="local", wait=True)
    assert first["a"].error == "Slurm says FINISHED, and it left no result"
    assert run(tmp_path, jobs, cluster="local", wait=True)["a"].value["begun"] == 1


def wait_for(true, seconds=120):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Stood in for, see helpers.slurms."""
    return stand_in(monkeypatch, tmp_path / "bin")


def test_jobs_become_arrays_with_what_slurm_is_to_know(tmp_path, cluster):
    jobs = [Job(name, WORK, {"number": 1}, cpus=3, gpus=0.5) for name in "ab"]
    options = {"partition": "gpu", "minutes": 7, "parallel": 5, "sbatch": {"account": "us"}}
    assert run(tmp_path / "store", jobs, **options) == {}
    for line in (
        "--array=0-1%2", "--partition=gpu", "--time=7", "--cpus-per-task=3", "--gpus-per-node=1",
        "--account=us", "--signal=USR2@90", "--open-mode=append",
    ):  # fmt: skip
        assert f"#SBATCH {line}\n" in cluster.read("given.sh")
    cluster.write("queue", "7_0 PENDING\n")
    cluster.write("ended", "7_1|CANCELLED by 1000|\n")
    places = [place_of(each, tmp_path / "store") for each in jobs]
    assert [on_slurm.state_of(place) for place in places] == ["PENDING", "CANCELLED"]
    assert on_slurm.living_in(tmp_path / "store") == {"a": "7_0"}
    assert on_slurm.outcome_of(places[0]) is None
    assert on_slurm.outcome_of(places[1]).error == "Slurm says CANCELLED, and it left no result"


def test_one_that_was_preempted_waits_in_the_queue_whatever_was_noted_of_it(tmp_path, cluster):
    """sacct says PREEMPTED of it for ever; squeue, that it is there again."""
    place = place_of(job(), tmp_path / "store")
    run(tmp_path / "store", [job()])
    cluster.write("ended", "7|PREEMPTED|\n")
    cluster.write("queue", "7 PENDING\n")
    place.fail("Slurm says NODE_FAIL, and it left no result")
    assert on_slurm.outcome_of(place) is None
    assert run(tmp_path / "store", [job()]) == {}
    assert cluster.read("number") == "8\n"  # nothing was submitted again


def test_one_that_accounting_knows_nothing_of_does_not_live_for_ever(tmp_path, cluster):
    run(tmp_path / "store", [job()])
    found = on_slurm.outcome_of(place_of(job(), tmp_path / "store"))
    assert found.error == "Slurm says UNKNOWN, and it left no result"


def test_where_squeue_does_not_answer_jobs_are_not_given_up(tmp_path, cluster):
    run(tmp_path / "store", [job()])
    cluster.write("down", "")
    assert on_slurm.outcome_of(place_of(job(), tmp_path / "store")) is None
    assert run(tmp_path / "store", [job()]) == {}
    assert cluster.read("number") == "8\n"


@pytest.mark.parametrize("slow", [False, True])
def test_squeue_is_asked_once_for_all_jobs(slow, tmp_path, cluster, monkeypatch):
    """Also where its answer takes longer than it is good for."""
    jobs = [Job(f"j{number}", WORK, {"number": number}) for number in range(9)]
    run(tmp_path / "store", jobs)
    monkeypatch.setattr(slurm_queue, "POLL", 0.2 if slow else 60.0)
    cluster.write("queue", "".join(f"7_{number} PENDING\n" for number in range(9)))
    if slow:
        cluster.write("slow", "")
    cluster.write("asked", "")
    slurm_queue.QUEUE.forget()
    assert len(on_slurm.living_in(tmp_path / "store")) == 9
    assert cluster.read("asked") == ".\n"


def test_of_what_has_ended_nobody_is_asked(tmp_path, cluster, monkeypatch):
    """So a library that Slurm made can be gone on with where there is none."""
    run(tmp_path / "store", [job()])
    on_slurm.Task(job(), place_of(job(), tmp_path / "store"))()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert on_slurm.living_in(tmp_path / "store") == {}


def test_a_process_whose_number_came_back_is_left_alone(tmp_path):
    with subprocess.Popen(["sleep", "60"]) as stranger:
        noted = slurm_queue.Submission(str(stranger.pid), "local", "mark")
        assert not noted.lives()
        noted.cancel()
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.slow
def test_one_that_runs_here_is_ended_when_its_options_change(tmp_path):
    waiting = job(what="waits", until=str(tmp_path / "never"))
    run(tmp_path / "store", [waiting], cluster="local")
    place = place_of(waiting, tmp_path / "store")
    wait_for(lambda: (place.keep / "count").exists())
    process = psutil.Process(int(json.loads((place.folder / "submitted.json").read_text())["id"]))
    slurm_queue.HANDLES.clear()  # as in another call
    run(tmp_path / "store", [job(number=4)], cluster="local", wait=True)
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)


def test_one_of_other_options_is_cancelled_and_leaves_nothing(tmp_path, cluster):
    """Its task may be at work still: what it makes is not taken for the new one's."""
    old, new = job(), job(number=4)
    run(tmp_path / "store", [old])
    task = on_slurm.Task(old, place_of(old, tmp_path / "store"))
    cluster.write("queue", "7 RUNNING\n")
    run(tmp_path / "store", [new])
    assert cluster.read("cancelled") == "7\n"
    task()
    place = place_of(new, tmp_path / "store")
    assert (place.finished(), place.failed(), place.kept()) == (None, None, {})
    assert place_of(old, tmp_path / "store").finished() is None
    assert place.work != task.place.work
    on_slurm.Task(new, place)()
    assert place.finished().value["square"] == 16


def test_a_task_whose_options_change_while_it_works_leaves_nothing(tmp_path, monkeypatch):
    old, new = job(), job(number=4)
    place = place_of(old, tmp_path)
    place.begin()
    perform = on_slurm.perform

    def meanwhile(*given):
        done = perform(*given)
        place_of(new, tmp_path).begin()
        return done

    monkeypatch.setattr(on_slurm, "perform", meanwhile)
    on_slurm.Task(old, place)()
    assert [path.name for path in tmp_path.glob("a/*.json")] == []


def test_why_one_left_no_result_is_told_when_it_is_submitted_again(tmp_path, cluster):
    run(tmp_path / "store", [job()])
    cluster.write("ended", "7|OUT_OF_MEMORY|\n")
    told = []
    engine = engine_of("slurm")
    list(engine.run([job()], tmp_path / "store", lambda name, facts: told.append((name, facts))))
    assert told == [("a", {"again": "Slurm says OUT_OF_MEMORY, and it left no result"})]
    assert cluster.read("number") == "9\n"


def test_without_slurm_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="Start it on a machine that has sbatch"):
        run(tmp_path / "store", [job()])


def test_parameters_that_submitit_does_not_know_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(submitit.SlurmExecutor, "affinity", lambda *_: 1)
    with pytest.raises(Refused, match="does not take these jobs"):
        run(tmp_path / "store", [job()], sbatch={"acount": "us"})
