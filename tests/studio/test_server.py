"""One studio from start to end: its folder, its address, and what it clears away."""

import errno
import os
import socket
from pathlib import Path

import pytest

from texturenet.errors import Refused
from texturenet.studio import server


def test_a_folder_that_cannot_be_opened_as_a_file_is_locked_all_the_same(tmp_path, monkeypatch):
    """As on Windows."""
    plain = os.open

    def no_folders(path, *rest, **more):
        if Path(path).is_dir():
            raise PermissionError(errno.EACCES, "Permission denied")
        return plain(path, *rest, **more)

    monkeypatch.setattr(os, "open", no_folders)
    first, second = server._alone(tmp_path / "studio"), server._alone(tmp_path / "studio")
    with first, pytest.raises(Refused, match="another studio works"), second:
        pass
    with server._alone(tmp_path / "studio"):
        assert (tmp_path / "studio" / "lock").is_file()


def test_an_error_of_the_running_server_is_not_laid_to_its_port():
    with pytest.raises(OSError, match="another thing"), server._listening(None):
        raise OSError("another thing")


def test_the_socket_is_closed_in_either_case():
    with server._listening(None) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(Refused, match=f"port {port} cannot be used"), server._listening(port):
            pass
    assert listening.fileno() == -1
    with socket.socket() as again:
        again.bind(("127.0.0.1", port))


def test_what_no_job_names_is_cleared_away_at_the_start(opened, tmp_path):
    first = opened()
    own = tmp_path / "runs" / "studio"
    picture = first.post("api/exemplars/gravel").json()["source"]
    kept, left = (first.post("api/sources").json()["source"] for _ in range(2))
    (own / "sources" / "mine").mkdir()
    (own / "sources" / ("0" * 12)).symlink_to(tmp_path)
    (own / "made.zip").write_bytes(b"of a studio that was killed")
    words = [f"exemplar={own / 'sources' / kept / 'files' / 'a.png'}"]
    first.runner.jobs.add("train", words, "Learn a", str(tmp_path / "runs" / "a"), 0)
    first.runner.jobs.forget(1)
    first.runner.jobs.add("train", words, "Learn a", str(tmp_path / "runs" / "a"), 0).state = "done"
    first.client.__exit__(None, None, None)
    opened()
    names = {path.name for path in (own / "sources").iterdir()}
    assert names == {kept, "mine", "0" * 12}, (picture, left)
    assert tmp_path.is_dir()
    assert not (own / "made.zip").exists()


def test_what_a_damaged_list_still_names_is_kept_for_good(opened, tmp_path):
    own = tmp_path / "runs" / "studio"
    named, other = (own / "sources" / name for name in ("0123456789ab", "ba9876543210"))
    named.mkdir(parents=True)
    other.mkdir()
    (own / "jobs.json").write_text(f'{{"jobs": [{{"words": ["exemplar={named}/files/a.png"')
    for _ in range(2):
        window = opened()
        window.order(1)  # so that a list is written that is whole
        window.client.__exit__(None, None, None)
        assert (named.is_dir(), other.is_dir()) == (True, False)


def test_of_the_pages_that_are_written_the_light_alone_is_served(window):
    for name in ("solid.js", "shading.js", "flat.js"):
        answer = window.get(f"light/{name}")
        kind = answer.headers["content-type"].partition(";")[0]
        assert (answer.status_code, kind) == (200, "text/javascript"), name
    for name in ("main.js", "page.html", "%2e%2e/assemble.py", "solid.js/x", ""):
        assert window.get(f"light/{name}").status_code == 404, name
