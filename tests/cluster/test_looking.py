"""A function called every so many seconds while something else is at work."""

import time

import pytest

from texturenet.cluster.looking import looking


def test_it_looks_until_the_body_ends_and_not_after():
    looks = []
    with looking(lambda: looks.append(0), 0.005):
        deadline = time.monotonic() + 10
        while len(looks) < 3 and time.monotonic() < deadline:
            time.sleep(0.005)
    count = len(looks)
    time.sleep(0.05)
    assert (count >= 3, len(looks)) == (True, count)


def test_it_ends_with_a_body_that_fails():
    looks = []
    with pytest.raises(ZeroDivisionError), looking(lambda: looks.append(0), 0.005):
        raise ZeroDivisionError
    time.sleep(0.05)
    assert looks == []


def test_a_look_that_has_begun_is_waited_for():
    done = []

    def slowly():
        time.sleep(0.1)
        done.append(True)

    with looking(slowly, 0.001):
        time.sleep(0.05)
    assert done
