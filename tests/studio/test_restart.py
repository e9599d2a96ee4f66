"""A studio that is started while a job of the one before still saves."""

import time

import pytest

SAVING = """
import os, sys, time
from pathlib import Path
place = Path(next(word[4:] for word in sys.argv if word.startswith("out="))).parents[1]
with open(place / "running", "a") as file:
    print(os.getpid(), file=file)
while os.read(0, 64):
    pass
while not (place / "go on").exists():
    time.sleep(0.02)
"""


def test_after_a_restart_no_job_begins_while_one_of_before_saves(opened, job_script, tmp_path):
    """As at Ctrl-C, after which a training still releases its net."""
    pytest.importorskip("fcntl")
    (tmp_path / "job.py").write_text(SAVING)
    (tmp_path / "runs").mkdir()
    first = opened()
    saving, waiting = first.order(1), first.order(1)
    first.wait(saving, "running")
    running = tmp_path / "runs" / "running"
    while not running.exists():
        time.sleep(0.02)
    first.client.__exit__(None, None, None)
    again = opened()
    time.sleep(0.5)
    states = again.states()
    assert (states[saving] in ("running", "stopping"), states[waiting]) == (True, "queued")
    assert len(running.read_text().split()) == 1
    (tmp_path / "runs" / "go on").touch()
    assert "studio ended" in again.wait(saving, "interrupted")["said"]
    again.wait(waiting, "running")


def test_a_job_that_no_list_names_any_more_is_waited_for_as_well(opened, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    logs = tmp_path / "runs" / "studio" / "jobs" / "1"
    logs.mkdir(parents=True)
    with open(logs / "log.txt", "w") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        window = opened()
        number = window.order(1)
        time.sleep(0.3)
        assert window.states() == {number: "queued"}
    window.wait(number, "done")
