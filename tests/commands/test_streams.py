"""What is shown never decides about the work: readers that leave, disks that are full."""

import errno
import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from texturenet.commands import terminal
from texturenet.commands.streams import LenientStream

COMMAND = [sys.executable, "-m", "texturenet"]


def test_a_stream_goes_on_after_its_reader_has_left():
    read, write = os.pipe()
    os.close(read)
    stream = LenientStream(os.fdopen(write, "w", buffering=1))
    for _ in range(3):
        stream.write("a line\n")
    stream.flush()
    assert isinstance(stream.error, BrokenPipeError)
    stream.stream.close()  # what was buffered went nowhere: this does not raise either


def test_another_stream_is_left_as_it_is():
    stream = LenientStream(io.StringIO())
    assert stream.write("abc") == 3
    assert (stream.getvalue(), stream.error) == ("abc", None)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--version"],
        ["--help"],
        ["models"],
        ["sample", "--help"],
        ["sample", "model=brick", "--cfg=job"],
        ["advise", "exemplar=brick"],
    ],
    ids=" ".join,
)
def test_a_list_that_cannot_be_written_is_said_in_one_line(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "texturenet: cannot write the output: No space left on device.\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_picture_that_was_written_counts_more_than_what_is_said_of_it(model, tmp_path):
    words = [*COMMAND, "sample", f"model={model}", "size=16", "out=a.png"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert (tmp_path / "a.png").is_file()


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize(
    ("words", "status"),
    [("models", 0), ("--help", 0), ("nosuch", 2), ("sample model={} size=16 out=a.png", 0)],
)
def test_closed_streams_are_no_fault(model, tmp_path, closed, words, status):
    command = f"{shlex.join(COMMAND)} {words.format(model)} {closed}"
    done = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "a.png").is_file() == words.startswith("sample")


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize("shown", [False, True], ids=["log", "terminal"])
def test_a_program_goes_on_when_the_reader_of_what_is_said_leaves(monkeypatch, number, shown):
    class Lost(io.StringIO):
        def isatty(self):
            return shown

        def write(self, text):
            raise OSError(number, "gone")

    monkeypatch.setattr("sys.stdout", Lost())
    monkeypatch.setattr(terminal, "SECONDS", 0)
    terminal.say("a line")
    with terminal.Bar("training", 3) as bar:
        bar.start_at(0)
        for _ in range(3):
            bar.advance("a note")
    assert not terminal.console._buffer


def test_help_ends_quietly_when_its_reader_leaves():
    process = subprocess.Popen(
        [*COMMAND, "train", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0


def test_training_goes_on_when_its_reader_leaves(small, tmp_path):
    process = subprocess.Popen(
        [*COMMAND, "train", *small, "out=run", "advice=none"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0
    assert (tmp_path / "run" / "dots.safetensors").is_file()
