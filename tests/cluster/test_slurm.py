"""Jobs by submitit, whose processes on this machine stand for a cluster."""

import json
import signal
import time

import psutil
import pytest

from texturenet.cluster import on_slurm
from texturenet.cluster.jobs import Job, engine_of
from texturenet.cluster.local import Local
from texturenet.cluster.parcel import sums_of
from texturenet.cluster.store import place_of
from texturenet.errors import Refused

submitit = pytest.importorskip("submitit")
WORK = "helpers.cluster_work:square"


@pytest.fixture(autouse=True)
def quick(monkeypatch, request):
    monkeypatch.setattr(on_slurm, "POLL", 0.05)
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


def test_jobs_become_arrays_with_what_slurm_is_to_know(tmp_path, monkeypatch):
    """sbatch is stood in for: the file that it is given is read."""
    sbatch = tmp_path / "bin" / "sbatch"
    sbatch.parent.mkdir()
    for name in ("sbatch", "srun"):
        (sbatch.parent / name).write_text(
            f'#!/bin/sh\ncp "$1" {tmp_path}/given.sh\necho Submitted batch job 7\n'
        )
        (sbatch.parent / name).chmod(0o755)
    (sbatch.parent / "sacct").write_text(
        "#!/bin/sh\necho 'JobID|State|NodeList'\necho '7_0|PENDING|'\n"
        "echo '7_1|CANCELLED by 1000|'\n"
    )
    (sbatch.parent / "sacct").chmod(0o755)
    monkeypatch.setenv("PATH", f"{sbatch.parent}:/usr/bin:/bin")
    jobs = [Job(name, WORK, {"number": 1}, cpus=3, gpus=0.5) for name in "ab"]
    options = {"partition": "gpu", "minutes": 7, "parallel": 5, "sbatch": {"account": "us"}}
    assert run(tmp_path / "store", jobs, **options) == {}
    text = (tmp_path / "given.sh").read_text()
    for line in (
        "--array=0-1%2", "--partition=gpu", "--time=7", "--cpus-per-task=3", "--gpus-per-node=1",
        "--account=us", "--signal=USR2@90", "--open-mode=append",
    ):  # fmt: skip
        assert f"#SBATCH {line}\n" in text
    places = [place_of(each, tmp_path / "store") for each in jobs]
    assert [on_slurm.state_of(place) for place in places] == ["PENDING", "CANCELLED"]
    assert on_slurm.outcome_of(places[0]) is None
    assert on_slurm.outcome_of(places[1]).error == "Slurm says CANCELLED, and it left no result"


def test_without_slurm_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Refused, match="Start it on a machine that has sbatch"):
        run(tmp_path / "store", [job()])


def test_parameters_that_submitit_does_not_know_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(submitit.SlurmExecutor, "affinity", lambda *_: 1)
    with pytest.raises(Refused, match="does not take these jobs"):
        run(tmp_path / "store", [job()], sbatch={"acount": "us"})
