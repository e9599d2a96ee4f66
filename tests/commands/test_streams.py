"""What is shown never decides about the work: readers that leave, disks that are full."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
@pytest.mark.parametrize("words", [["models"], ["sample", "--help"]])
def test_a_list_that_cannot_be_written_is_said_in_one_line(words):
    with open("/dev/full", "w") as full:
        done = subprocess.run([*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr == "texturenet: cannot write the output: No space left on device.\n"


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
