"""Several processes that make parts: in order, and ended at once whatever they are at."""

import multiprocessing
import signal
import time
from concurrent.futures.process import BrokenProcessPool

import pytest
from helpers import makers

from texturenet.errors import Refused
from texturenet.io.large.sheet import Part
from texturenet.sampling import processes
from texturenet.sampling.processes import in_processes

pytestmark = pytest.mark.slow


def parts(count):
    return (Part(row, 0, 1, 1) for row in range(count))


def test_parts_come_in_order_each_once_from_no_more_processes_than_asked_for():
    made = list(in_processes(makers.named, parts(40), 2))
    assert [part.row for part, _ in made] == list(range(40))
    assert [int(data[0]) for _, data in made] == list(range(40))
    assert 1 <= len({data[1] for _, data in made}) <= 2
    assert multiprocessing.active_children() == []


def test_no_more_processes_are_started_than_there_are_parts():
    steps = in_processes(makers.named, parts(1), 5)
    next(steps)
    assert len(multiprocessing.active_children()) == 1
    assert list(steps) == []


def test_few_parts_are_taken_ahead():
    taken = []
    steps = in_processes(makers.named, (taken.append(p) or p for p in parts(100)), 2)
    next(steps)
    time.sleep(0.2)
    assert len(taken) <= 6
    steps.close()


def test_closing_ends_processes_that_are_in_the_middle_of_an_answer():
    """They once left half a message in a pipe, for the rest of which the parent waited."""
    for delay in (0.0, 0.005, 0.02):
        steps = in_processes(makers.large, parts(10**6), 3)
        for _ in range(2):
            next(steps)
        time.sleep(delay)
        began = time.monotonic()
        steps.close()
        assert time.monotonic() - began < 30
        assert multiprocessing.active_children() == []


def test_what_a_process_refuses_arrives_with_where_it_was():
    with pytest.raises(Refused, match="part 2 cannot be made") as refusal:
        list(in_processes(makers.refusing, parts(9), 2))
    assert "makers.py" in refusal.value.__notes__[0]
    assert multiprocessing.active_children() == []


def test_a_process_that_is_killed_is_told():
    with pytest.raises(BrokenProcessPool):
        list(in_processes(makers.dying, parts(9), 2))
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("number", processes.SIGNALS)
def test_a_signal_while_a_process_starts_or_ends_comes_afterwards(number):
    seen = []
    before = signal.signal(number, lambda *_: seen.append("handled"))
    try:
        with processes._signals_held():
            signal.raise_signal(number)
            seen.append("in the block")
    finally:
        signal.signal(number, before)
    assert seen == ["in the block", "handled"]


def fail_in_the_block():
    with processes._signals_held():
        signal.raise_signal(signal.SIGTERM)
        raise OSError("no room")


def test_a_signal_that_came_is_not_lost_where_the_block_fails():
    seen = []
    before = signal.signal(signal.SIGTERM, lambda *_: seen.append("handled"))
    try:
        with pytest.raises(OSError, match="no room"):
            fail_in_the_block()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == ["handled"]
