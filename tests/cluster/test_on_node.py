"""What a node sends to the driver, without Ray."""

import threading
import time

import pytest

from texturenet.cluster import on_node
from texturenet.cluster.on_node import copied


@pytest.fixture
def sent():
    return []


def watched(folder, sent, work):
    """What a work keeps while it is watched every few milliseconds."""
    folder.mkdir(exist_ok=True)
    with copied(folder, 0.005, lambda kind, parcel: sent.append(parcel)):
        work()
        deadline = time.monotonic() + 10
        while not sent and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(0.05)


def test_what_is_written_at_once_is_sent_once(tmp_path, sent, monkeypatch):
    started = threading.Thread.start

    def slowly(thread):
        (tmp_path / "keep" / "count").write_text("1")  # before the thread looks
        started(thread)

    monkeypatch.setattr(threading.Thread, "start", slowly)
    watched(tmp_path / "keep", sent, lambda: None)
    assert [parcel["count"][0] for parcel in sent] == [b"1"]


def test_what_was_there_before_is_not_sent_back(tmp_path, sent):
    (tmp_path / "count").write_text("1")
    with copied(tmp_path, 0.005, lambda kind, parcel: sent.append(parcel)):
        time.sleep(0.1)
    assert sent == []


def test_a_file_that_goes_while_it_is_read_does_not_end_the_watch(tmp_path, sent, monkeypatch):
    pack, failed = on_node.pack, []

    def once(folder):
        if not failed:
            failed.append(folder)
            raise FileNotFoundError(folder / "gone")
        return pack(folder)

    monkeypatch.setattr(on_node, "pack", once)
    watched(tmp_path / "keep", sent, lambda: (tmp_path / "keep" / "count").write_text("1"))
    assert failed
    assert [parcel["count"][0] for parcel in sent] == [b"1"]
