"""The queue: one job at a time, what is told of it, and what a restart leaves."""

import asyncio
import json
import os
import subprocess
import sys
import time

import pytest
from helpers.disks import small_disk
from helpers.studio import TOKEN, in_a_loop

from texturenet.studio.events import WAITING, Events
from texturenet.studio.jobs import Jobs
from texturenet.studio.runner import outcome


def test_one_job_runs_and_the_others_wait_in_order(window):
    first, second, third = (window.order(seed) for seed in (2, 1, 1))
    window.wait(first, "running")
    assert window.states() == {first: "running", second: "queued", third: "queued"}
    window.post(f"api/jobs/{third}/stop")
    assert window.states()[third] == "cancelled"
    window.post(f"api/jobs/{first}/stop")
    assert window.wait(first, "stopped")["said"] == "It was stopped, and what it had is kept."
    assert window.wait(second, "done")["progress"]["total"] == 2


def test_the_command_line_is_that_of_the_terminal(window):
    job = window.wait(window.order(1), "done")
    out = f"{window.runner.jobs.path.parents[1]}/made/001-sample-brick/"
    assert job["command"] == f"texturenet sample model=brick seed=1 out={out} threads=1"
    assert window.get("api/jobs/1/log").json()["lines"] == ["it begins"]
    assert json.loads(window.get("api/jobs/1/steps").text)["what"] == "drawing"


def test_a_refusal_is_the_jobs_sentence(window):
    assert window.wait(window.order(3), "failed")["said"] == (
        "Size is 0: it must lie between 1 and 9."
    )


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_killed_process_is_told_and_the_next_job_runs(window):
    killed, after = window.order(4), window.order(1)
    assert "signal 9" in window.wait(killed, "failed")["said"]
    window.wait(after, "done")


def test_a_job_can_be_ended_at_once(window):
    number = window.order(2)
    window.wait(number, "running")
    window.post(f"api/jobs/{number}/kill")
    assert "ended at once" in window.wait(number, "cancelled")["said"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"verb": "study"}, "the studio has no 'study'"),
        ({"model": "../../etc/passwd"}, "does not lie among what was made"),
        ({"model": "none"}, "does not lie among what was made"),
        ({"values": {"out": "/tmp/x"}}, "out is given by the studio"),
        ({"more": "out=/tmp/x"}, "out is given by the studio"),
        ({"more": "sede=1"}, "Did you mean seed?"),
        ({"more": "seed"}, "not of the form key=value"),
        ({"more": "seed='1"}, "a quote that does not end"),
        ({"values": {"seed": str(2**64)}}, "seed is 18446744073709551616"),
        ({"values": {"size": "[1,2,3]"}}, "size is [1, 2, 3]"),
    ],
)
def test_what_no_command_would_do_is_refused_before_it_waits(window, said, words):
    answer = window.post("api/jobs", **{"verb": "sample", "model": "brick", **said})
    assert (answer.status_code, words in answer.json()["error"]) == (400, True), answer.text
    assert window.states() == {}


def test_a_download_of_weights_cannot_be_ordered(window):
    source = window.post("api/exemplars/gravel").json()["source"]
    said = {"verb": "train", "source": source, "more": "descriptor.download=true"}
    assert "is given by the studio" in window.post("api/jobs", **said).json()["error"]


def test_two_trainings_of_one_name_get_folders_of_their_own(window):
    source = window.post("api/exemplars/gravel").json()["source"]
    said = {"verb": "train", "source": source, "more": "seed=2"}
    folders = [window.post("api/jobs", **said).json()["folder"] for _ in range(2)]
    assert [folder.rsplit("/", 1)[1] for folder in folders] == ["gravel", "gravel-2"]


def test_the_queue_survives_a_restart_and_what_ran_is_interrupted(opened, tmp_path):
    first = opened()
    running, waiting = first.order(2), first.order(1)
    first.wait(running, "running")
    first.client.__exit__(None, None, None)
    second = opened()
    assert "studio" in second.wait(running, "interrupted")["said"]
    second.wait(waiting, "done")


def test_a_job_of_a_studio_that_was_killed_is_waited_for(opened, tmp_path):
    """It still saves, and has the lock of its log."""
    pytest.importorskip("fcntl")
    logs = tmp_path / "runs" / "studio" / "jobs" / "1"
    logs.mkdir(parents=True)
    hold = "import fcntl,sys;f=open(sys.argv[1],'w');fcntl.flock(f,2);print('x',flush=True);input()"
    words = [sys.executable, "-c", hold, str(logs / "log.txt")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.read(1)
        jobs = Jobs(tmp_path / "runs" / "studio" / "jobs.json")
        jobs.add("sample", ["seed=1"], "before", str(tmp_path), 0).state = "running"
        jobs.add("sample", ["seed=1"], "after", str(tmp_path), 0)
        again = opened()
        time.sleep(0.3)
        assert again.states() == {1: "running", 2: "queued"}
        other.communicate(b"\n")
    again.wait(1, "interrupted")
    again.wait(2, "done")


def test_a_damaged_list_is_set_aside_and_told(opened, tmp_path):
    path = tmp_path / "runs" / "studio" / "jobs.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"next": 3, "jobs": [{"number": 1}]}')
    assert "jobs.damaged.json" in opened().get("api/state").json()["trouble"]
    assert path.with_name("jobs.damaged.json").is_file()


def test_a_full_disk_is_told_and_nothing_is_lost(tmp_path):
    jobs = Jobs(tmp_path / "jobs.json")
    jobs.add("sample", ["seed=1"], "one", "a", 0)
    with small_disk(200):
        jobs.add("sample", ["seed=2"], "two", "b", 0)
    assert "was not saved" in jobs.trouble
    assert len(list(Jobs(tmp_path / "jobs.json"))) == 1, "the list of before is whole"
    jobs.save()
    assert (jobs.trouble, len(list(Jobs(tmp_path / "jobs.json")))) == ("", 2)


def test_a_training_that_was_ended_early_goes_on_in_its_folder(window, tmp_path):
    source = window.post("api/exemplars/gravel").json()["source"]
    said = {"verb": "train", "source": source, "more": "seed=2"}
    number = window.post("api/jobs", **said).json()["number"]
    window.wait(number, "running")
    window.post(f"api/jobs/{number}/stop")
    assert not window.wait(number, "stopped")["resumable"]
    assert "nothing that could" in window.post(f"api/jobs/{number}/resume").json()["error"]
    folder = tmp_path / "runs" / "gravel"
    folder.mkdir()
    (folder / "resume.ckpt").touch()
    resumed = window.post(f"api/jobs/{number}/resume").json()
    assert resumed["words"][-1] == f"resume={folder / 'resume.ckpt'}"
    assert f"out={folder}" in resumed["words"]
    window.wait(resumed["number"], "running")


def test_all_pages_hear_the_same_from_the_state_on(window):
    """Two browsers at once."""
    app, told = window.client.app, {}

    async def listen(name):
        told[name] = b""

        async def send(message):
            told[name] += message.get("body", b"")

        headers = [(b"host", b"127.0.0.1:4321")]
        path = f"/{TOKEN}/api/events"
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers,
                 "query_string": b"", "http_version": "1.1", "scheme": "http"}  # fmt: skip
        await app(scope, asyncio.Event().wait, send)

    async def both():
        pages = [asyncio.create_task(listen(name)) for name in "ab"]
        await asyncio.sleep(0.1)
        window.runner.events.send("job", {"number": 7})
        await asyncio.sleep(0.1)
        for page in pages:
            page.cancel()

    in_a_loop(both())
    assert told["a"] == told["b"]
    state, job = told["a"].decode().split("\n\n")[:2]
    assert state.startswith("event: state\ndata: ")
    assert job == 'event: job\ndata: {"number": 7}'


def test_a_page_that_lags_is_sent_away_and_does_not_hold_the_others_up():
    async def lag():
        events = Events()
        page = events.listen(dict)
        await anext(page)
        for number in range(WAITING + 5):
            events.send("job", {"number": number})
        assert not events.pages
        return [text async for text in page]

    assert len(in_a_loop(lag())) == WAITING - 1


@pytest.mark.parametrize(
    ("status", "log", "state", "words"),
    [
        (0, [], "done", ""),
        (130, [], "stopped", "kept"),
        (-15, [], "failed", "signal 15"),
        (137, [], "failed", "signal 9"),
        (2, ["x", "texturenet: no room."], "failed", "No room."),
        (1, ["Traceback", "ValueError: odd"], "failed", "It failed: ValueError: odd"),
        (1, [], "failed", "nothing was said"),
    ],
)
def test_how_a_job_ended_is_one_sentence(status, log, state, words):
    found, said = outcome(status, False, log)
    assert (found, words in said) == (state, True)


def test_jobs_are_forgotten_only_when_they_do_not_run(window):
    number = window.order(2)
    window.wait(number, "running")
    assert window.post(f"api/jobs/{number}/forget").status_code == 400
    window.post(f"api/jobs/{number}/stop")
    window.wait(number, "stopped")
    window.post(f"api/jobs/{number}/forget")
    assert window.states() == {}
    assert "taken off" in window.post(f"api/jobs/{number}/stop").json()["error"]


def test_the_process_is_nice_and_ends_with_the_studio(tmp_path):
    """The worker itself: what runs after its standard input has ended gets SIGINT once."""
    probe = tmp_path / "texturenet"
    probe.mkdir()
    (probe / "__init__.py").touch()
    (probe / "__main__.py").write_text(
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n    print(os.nice(0), sys.argv, flush=True)\n    time.sleep(60)\n"
        "except KeyboardInterrupt:\n    print('saved')\n"
    )
    from texturenet.studio import worker

    words = [sys.executable, worker.__file__, "7", "train", "a=b"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    nice = os.nice(0) + 7
    with subprocess.Popen(
        words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == f"{nice} ['texturenet', 'train', 'a=b']\n"
        process.stdin.close()
        assert process.stdout.read() == "saved\n"
