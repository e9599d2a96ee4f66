"""Code that differs."""

import shutil

import pytest

from texturenet.cluster import version
from texturenet.cluster.jobs import Job
from texturenet.cluster.work import perform
from texturenet.errors import Refused


@pytest.fixture
def package(tmp_path):
    """A package with a module that counts, and a page that does not."""
    for path, text in {"noise/laws.py": "a = 1\n", "page/web.py": "b = 1\n"}.items():
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_text(text)
    return tmp_path


def sum_of(package):
    return version.sum_of(version.sources(package), package)


@pytest.mark.parametrize(
    ("path", "text", "same"),
    [
        ("noise/laws.py", "a = 2\n", False),
        ("noise/laws.py", "a = 1\r\n", True),
        ("noise/more.py", "", False),
        ("page/web.py", "b = 2\n", True),
        ("noise/notes.txt", "", True),
    ],
)
def test_the_sum_is_of_the_code_that_makes_nets(package, path, text, same):
    before = sum_of(package)
    (package / path).write_bytes(text.encode())
    assert (sum_of(package) == before) is same


def test_the_place_of_the_package_does_not_matter(package, tmp_path_factory):
    other = shutil.copytree(package, tmp_path_factory.mktemp("other") / "copy")
    assert sum_of(package) == sum_of(other)


def test_training_and_drawing_count():
    parts = {path.relative_to(version.PACKAGE).parts[0] for path in version.sources()}
    assert {"noise", "generator", "losses", "training", "sampling", "commands", "io"} < parts


def test_a_job_of_other_code_is_another_and_is_refused_in_one_line(tmp_path):
    ours, theirs = Job("a", "m:f"), Job("a", "m:f", code="0.0.9 (code 012345678901)")
    assert ours.mark != theirs.mark
    done = perform(theirs, tmp_path, lambda facts: None)
    assert done.error == (
        f"this worker has texturenet {version.here()}, the driver 0.0.9 (code 012345678901): "
        "install the same on all machines."
    )
    with pytest.raises(Refused):
        version.check(theirs.code)
