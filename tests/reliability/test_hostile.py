"""Files that an enemy made: refused with one line, nothing run, nothing large allocated."""

import pytest
from hostile import TRAP, measured_apart, read, write

from texturenet.descriptors import sources
from texturenet.errors import Refused
from texturenet.generator import release

MOST = 200  # megabytes that a refusal may take


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write(tmp_path_factory.mktemp("hostile"))


def test_every_hostile_file_is_refused_with_one_line_and_runs_nothing(files):
    for path, reader in files:
        with pytest.raises(Refused) as refusal:
            read(path, reader)
        said = str(refusal.value)
        assert said.isprintable(), path.name
        assert len(said) < 1000, path.name
    assert not (files[0][0].parent / TRAP).exists()
    assert len(files) > 100


@pytest.mark.slow
def test_a_refusal_takes_little_memory_and_hangs_nowhere(files):
    found = measured_apart(files)
    for (path, _), (said, _, megabytes) in zip(files, found, strict=True):
        assert said != "was read", path.name
        assert megabytes < MOST, path.name


def test_the_traps_are_real(files):
    """A careless reader springs them, so that the test above can fail."""
    import pickle

    folder = files[0][0].parent
    pickle.loads((folder / "net_payload.pth").read_bytes())
    (folder / TRAP).unlink()


@pytest.mark.parametrize(
    "name",
    ["../../x", "/absolute/x", "../checkpoints/brick", "a\0b", "", ".", "~", "brick/../brick"],
)
@pytest.mark.parametrize("reader", [lambda name: release.find(name), sources.load])
def test_names_that_lead_elsewhere_are_refused(name, reader):
    with pytest.raises(Refused):
        reader(name)


@pytest.mark.parametrize("verb", ["sample", "film", "score"])
def test_commands_refuse_such_names_in_one_line(cli, verb, elsewhere):
    for name in ("../../x", "/absolute/x", "~nobody/x"):
        status, _, err = cli(verb, f"model={name}")
        assert (status, err.count("\n")) == (2, 1), err
