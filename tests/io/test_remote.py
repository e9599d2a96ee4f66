"""Outputs that URLs name: sent when they are whole, kept where a store fails."""

import errno
import os
import shutil
import socket
import stat
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest

from texturenet.commands.options.joining import Join
from texturenet.commands.sending import with_outputs
from texturenet.errors import Refused
from texturenet.io import remote
from texturenet.io.stored import stored

fsspec = pytest.importorskip("fsspec")


@pytest.fixture(autouse=True)
def uploads(tmp_path, monkeypatch):
    """The folder that files lie in on their way."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "texturenet" / "uploads"


@pytest.fixture
def memory():
    """fsspec's store in memory, empty."""
    system = fsspec.filesystem("memory")
    yield system
    for place in system.find("/"):
        system.rm(place)
    system.pseudo_dirs[:] = [""]


@pytest.fixture
def bucket(monkeypatch):
    """An S3 server on this machine, with an empty bucket -> its URL."""
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    settings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    urllib.request.urlopen(reset).close()  # servers of one process have their buckets in common
    s3fs.S3FileSystem().mkdir("pictures")
    yield "s3://pictures"
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


@pytest.mark.parametrize(
    ("text", "so"),
    [("s3://a/b.tif", True), ("memory://b.png", True), ("b.tif", False), ("/a/b", False),
     ("C:\\a\\b.tif", False), ("a:b", False), ("s3:/a", False)],
)  # fmt: skip
def test_what_is_a_url(text, so):
    assert remote.is_url(text) == so


def test_a_file_and_what_lies_beside_it_are_sent(memory, uploads):
    with remote.sent_to("memory://deep/big.dzi") as path:
        assert path.name == "big.dzi"
        path.write_bytes(b"index")
        tiles = path.with_name("big_files")
        tiles.mkdir()
        (tiles / "0.jpg").write_bytes(b"tile")
    assert memory.cat("/deep/big.dzi") == b"index"
    assert memory.cat("/deep/big_files/0.jpg") == b"tile"
    assert list(uploads.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("before", [None, 0o777])
def test_files_on_their_way_lie_in_the_users_cache_and_are_for_the_user_alone(
    memory, uploads, before
):
    if before:
        uploads.mkdir(parents=True)
        uploads.chmod(before)
    with remote.sent_to("memory://big.tif") as path:
        path.write_bytes(b"whole")
        assert path.is_relative_to(uploads)
        assert stat.S_IMODE(uploads.stat().st_mode) == 0o700


def test_a_folder_that_another_user_made_is_refused(memory, monkeypatch):
    def of_another(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", of_another)
    with pytest.raises(Refused, match="not permitted.*XDG_CACHE_HOME"):  # noqa: SIM117
        with remote.sent_to("memory://big.tif"):
            raise AssertionError("nothing is written there")


def test_without_a_cache_it_is_refused_with_the_remedy(memory, uploads):
    uploads.parent.write_text("a file")
    with pytest.raises(Refused, match="XDG_CACHE_HOME names another place"):  # noqa: SIM117
        with remote.sent_to("memory://big.tif"):
            raise AssertionError("nothing is written there")


def interrupted():
    with remote.sent_to("memory://big.tif") as path:
        path.with_name("big.tif.part").write_bytes(b"half")
        raise ZeroDivisionError


def test_what_failed_is_kept_and_gone_on_with(memory):
    with pytest.raises(ZeroDivisionError):
        interrupted()
    with remote.sent_to("memory://big.tif") as path:
        half = path.with_name("big.tif.part")
        assert half.read_bytes() == b"half"
        half.rename(path)
    assert memory.find("/") == ["/big.tif"]


def test_what_another_process_still_draws_is_not_sent(memory):
    with remote.sent_to("memory://big.tif") as path:
        path.with_name("big.tif.1of2").write_bytes(b"done")
        unfinished = path.with_name("big.tif.2of2.part")
        unfinished.write_bytes(b"half")
    assert memory.find("/") == ["/big.tif.1of2"]
    assert unfinished.exists()


def test_a_store_that_fails_leaves_the_file_here(memory, monkeypatch):
    def full(*_, **__):
        raise OSError("no room")

    monkeypatch.setattr(type(memory), "put_file", full)
    with pytest.raises(Refused, match="no room.*same call sends it"):  # noqa: SIM117
        with remote.sent_to("memory://big.tif") as path:
            path.write_bytes(b"whole")
    assert path.read_bytes() == b"whole"


def test_what_arrived_short_is_told(memory, monkeypatch):
    monkeypatch.setattr(type(memory), "size", lambda *_: 3)
    with pytest.raises(Refused, match="has 3 bytes, and big.tif 5"):  # noqa: SIM117
        with remote.sent_to("memory://big.tif") as path:
            path.write_bytes(b"whole")


def test_parts_that_one_machine_draws_at_once_have_files_of_their_own(memory):
    with remote.sent_to("memory://big.zarr", "1/2") as one:
        one.with_name("big.zarr.1of2").write_bytes(b"half")  # not yet whole
        with remote.sent_to("memory://big.zarr", "2/2") as two:
            two.with_name("big.zarr.2of2").write_bytes(b"whole")
        assert memory.find("/") == ["/big.zarr.2of2"]
        assert one.with_name("big.zarr.1of2").exists()
    assert memory.find("/") == ["/big.zarr.1of2", "/big.zarr.2of2"]


def failing_at(name, monkeypatch):
    put = remote.send

    def send(system, path, place):
        if path.name == name:
            raise OSError("gone")
        put(system, path, place)

    monkeypatch.setattr(remote, "send", send)


def part_sent():
    with remote.sent_to("memory://big.zarr") as path:
        path.mkdir()
        (path / "shard").write_bytes(b"pixels")
        path.with_name("big.zarr.1of2").write_bytes(b"sums")


def test_where_sending_fails_all_of_it_is_kept_and_what_describes_the_rest_comes_last(
    memory, monkeypatch, uploads
):
    failing_at("big.zarr.1of2", monkeypatch)
    with pytest.raises(Refused, match="gone.*same call sends it"):
        part_sent()
    (path,) = uploads.glob("*/big.zarr")
    assert memory.find("/") == ["/big.zarr/shard"]
    assert (path / "shard").read_bytes() == b"pixels"


def test_a_task_that_is_refused_leaves_no_folder(uploads):
    with pytest.raises(Refused, match="no"), remote.sent_to("memory://big.tif"):
        raise Refused("no")
    assert list(uploads.iterdir()) == []


def of_a(name):
    return name.startswith("a.tif")


def test_files_come_back_from_a_file_and_from_a_folder(memory, tmp_path):
    memory.pipe({"/parts/a.tif.1of2": b"one", "/parts/a.tif.2of2": b"two", "/parts/notes": b"no"})
    memory.pipe("/parts/older/a.tif.1of2", b"another")
    for url, count in (("memory://parts", 2), ("memory://parts/a.tif.1of2", 1)):
        folder = tmp_path / str(count)
        folder.mkdir()
        found = remote.fetch(url, folder, of_a)
        assert len(found) == count
        assert found[folder / "a.tif.1of2"] == "memory:///parts/a.tif.1of2"
        assert (folder / "a.tif.1of2").read_bytes() == b"one"
        assert len(list(folder.iterdir())) == count


def test_what_the_disk_here_cannot_hold_is_not_fetched(memory, tmp_path, monkeypatch):
    memory.pipe({"/parts/a.tif.1of2": bytes(600), "/parts/a.tif.2of2": bytes(600)})
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(Refused, match=r"0\.001 MB.*TMPDIR names another place"):
        remote.fetch("memory://parts", tmp_path, of_a)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_in_a_store_is_refused(memory, tmp_path):
    with pytest.raises(Refused, match="cannot read memory://parts: there is no /parts"):
        remote.fetch("memory://parts", tmp_path, of_a)


def test_a_place_in_a_store_is_used_as_a_path_is(memory):
    memory.pipe({"/a/b/one": b"1", "/a/b/c/two": b"2"})
    folder = stored("memory://a/b/")
    assert (str(folder), folder.name, folder.parent.name) == ("memory:///a/b", "b", "a")
    assert sorted(each.name for each in folder.iterdir()) == ["c", "one"]
    assert folder.is_dir()
    one = folder / "one"
    assert one.is_file()
    assert not (folder / "none").is_file()
    assert (one.read_text(), one.open("rb").read()) == ("1", b"1")
    one.unlink()
    one.unlink(missing_ok=True)
    with pytest.raises(FileNotFoundError):
        one.unlink()
    assert memory.find("/") == ["/a/b/c/two"]


def test_a_store_that_nobody_knows_is_refused():
    with pytest.raises(Refused, match="nowhere"):
        remote.opened("nowhere://a/b.tif")


def test_without_fsspec_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(Refused, match=r"texturenet\[remote\]"):
        remote.opened("s3://a/b.tif")


def test_a_file_here_asks_no_network_and_no_fsspec(monkeypatch, tmp_path):
    """`join` of no parts gets as far as it can get without any."""
    asked = []
    monkeypatch.setattr(socket.socket, "connect", lambda *_: asked.append("network"))
    monkeypatch.setitem(sys.modules, "fsspec", None)
    from texturenet.commands.join import join

    with pytest.raises(Refused, match="holds no parts"):
        with_outputs(join, Join(parts=[str(tmp_path)], out=str(tmp_path / "big.tif")))
    with pytest.raises(Refused, match=r"texturenet\[remote\]"):
        with_outputs(join, Join(parts=[str(tmp_path)], out="s3://pictures/big.tif"))
    assert asked == []


@pytest.mark.slow
def test_a_picture_in_parts_goes_through_an_s3_server(cli, model, elsewhere, bucket, tmp_path):
    pytest.importorskip("tifffile")
    view = [f"model={model}", "size=[1100,600]", "threads=1", "precision=float32"]
    assert cli("sample", *view, "out=whole.png")[0] == 0
    for number in (1, 2):
        status, out, error = cli("sample", *view, f"out={bucket}/parts/big.png", f"part={number}/2")
        assert status == 0, error
        assert f"sent to {bucket}/parts/big.png" in out
    status, out, error = cli("join", f"{bucket}/parts", f"out={bucket}/big.png")
    assert status == 0, error
    system, place = remote.opened(f"{bucket}/big.png")
    import io

    import numpy as np
    from PIL import Image

    made = np.asarray(Image.open(io.BytesIO(system.cat(place)))).astype(int)
    assert np.abs(made - np.asarray(Image.open(tmp_path / "whole.png"))).max() <= 1


@pytest.mark.slow
def test_an_ome_zarr_in_parts_is_joined_in_an_s3_server(
    cli, model, elsewhere, bucket, tmp_path, monkeypatch
):
    zarr = pytest.importorskip("texturenet.io.large.zarr")
    zarr_python = pytest.importorskip("zarr")
    for name, value in (("CHUNK", 16), ("SHARD", 32), ("SMALLEST", 16)):
        monkeypatch.setattr(zarr, name, value)
    given = [f"model={model}", "size=[70,90]", "threads=1", "precision=float32"]
    assert cli("sample", *given, "out=big.zarr")[0] == 0
    for number in (2, 1):
        status, _, error = cli("sample", *given, f"out={bucket}/big.zarr", f"part={number}/2")
        assert status == 0, error
    status, out, error = cli("join", f"{bucket}/big.zarr")
    assert status == 0, error
    assert "every shard as it was drawn; 3 coarser levels" in out
    for level in range(4):
        one, two = (zarr_python.open_array(f"{place}/{level}", mode="r")[:]
                    for place in (tmp_path / "big.zarr", f"{bucket}/big.zarr"))  # fmt: skip
        assert (one == two).all()
