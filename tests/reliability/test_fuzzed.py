"""What a coverage-guided fuzzer found worth keeping, and bytes that Hypothesis changes."""

import zipfile
from pathlib import Path

import malformed
import pytest
from fuzzed import read_net, read_picture
from hostile import descriptor_bytes, net_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).with_name("corpus.zip")
READERS = {"pictures": read_picture, "nets": read_net}
# Example times vary with the file; and one folder serves all of them.
CALM = settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WHOLE = {name: data for name, data in malformed.pictures() if name.startswith("tail.")}


@pytest.mark.parametrize("kind", READERS)
def test_the_corpus_is_read_or_refused(kind, tmp_path):
    with zipfile.ZipFile(CORPUS) as archive:
        names = [name for name in archive.namelist() if name.startswith(kind)]
        for name in names:
            READERS[kind](tmp_path, archive.read(name))
    assert len(names) > 20


@st.composite
def damaged(draw, wholes):
    """A sound file cut, and with some of its bytes others."""
    data = bytearray(draw(st.sampled_from(wholes)))
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))])


@CALM
@given(data=damaged(list(WHOLE.values())))
def test_damaged_pictures_are_read_or_refused(data, tmp_path):
    read_picture(tmp_path, data)


@CALM
@given(data=damaged([net_bytes(), descriptor_bytes()]))
def test_damaged_nets_are_read_or_refused(data, tmp_path):
    read_net(tmp_path, b"-" + data)


@CALM
@given(kind=st.sampled_from([b"n", b"d"]), told=st.text())
def test_odd_cards_are_read_or_refused(kind, told, tmp_path):
    read_net(tmp_path, kind + told.encode(errors="replace"))
