"""What was made: listed as it lies there, and nothing else of the disk."""

import asyncio
import io
import math
import zipfile
from collections import namedtuple
from pathlib import Path

import psutil
import pytest
from helpers.disks import small_disk
from helpers.nets import random_net
from helpers.steering import steerable
from helpers.studio import TOKEN, in_a_loop

import texturenet
from texturenet.generator import release
from texturenet.studio.library import Library


@pytest.fixture
def runs(window, tmp_path):
    folder = tmp_path / "runs"
    for name in ("gravel/gravel_0.png", "gravel/metrics.csv", "gravel/previews/step_1.png",
                 "gravel/.part.png", "made/001-sample-gravel/gravel_3.png", "numbers/a.csv",
                 "studio/sources/x/view.png", "gravel/page.html"):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"1234")
    release.save(folder / "gravel" / "gravel.safetensors", random_net(3),
                 {"name": "gravel", "law": "uniform", "step": 7})  # fmt: skip
    (folder / "gravel" / "other.safetensors").write_bytes(b"no net")
    (tmp_path / "secret.png").write_bytes(b"1234")
    return folder


def test_nets_of_the_project_come_first_and_then_those_of_the_runs(window, runs):
    nets = window.get("api/library").json()["nets"]
    own, *_ = (net for net in nets if net["name"] == "brick")
    assert (own["model"], own["thumb"]) == ("brick", "api/thumbs/brick")
    assert window.get(own["thumb"]).headers["content-type"] == "image/jpeg"
    learnt = nets[-1]
    assert (learnt["model"], learnt["step"], learnt["period"]) == (
        str(runs / "gravel" / "gravel.safetensors"), 7, [4, 4],
    )  # fmt: skip
    weave = next(net for net in nets if net["name"] == "weave")
    texture = texturenet.load("weave")
    assert weave["period"] == [
        math.lcm(each, 16) for each in release.waves_of(texture.card).periods
    ]
    assert learnt["thumb"] == "files/gravel/gravel_0.png"
    assert sum(net["model"].startswith(str(runs)) for net in nets) == 1, "others are no nets"


def test_a_net_is_read_by_name_and_from_the_runs_alone(window, runs, tmp_path, model):
    bytes_of = window.get("api/net?model=brick").content
    assert bytes_of == release.released()["brick"].read_bytes()
    path = runs / "gravel" / "gravel.safetensors"
    assert window.get(f"api/net?model={path}").content == path.read_bytes()
    assert window.get(f"api/net?model={model}").status_code == 400


def test_a_net_that_can_be_told_a_direction_is_shown_as_the_exemplar_lies(window, runs):
    path = steerable(runs / "gravel")
    assert path in map(Path, (net["model"] for net in window.get("api/library").json()["nets"]))
    shown = window.get(f"api/net?model={path}").content
    assert shown == release.plain_file(path) != path.read_bytes()


def test_folders_are_listed_as_they_lie_there(window, runs):
    made = {group["folder"]: group["files"] for group in window.get("api/library").json()["made"]}
    assert made.keys() == {"gravel", "made/001-sample-gravel"}
    names = [(file["name"], file["kind"]) for file in made["gravel"]]
    assert names == [("gravel.safetensors", "net"), ("gravel_0.png", "picture"),
                     ("metrics.csv", "file"), ("other.safetensors", "net")]  # fmt: skip


@pytest.mark.parametrize(
    "path",
    ["../secret.png", "%2e%2e/secret.png", "gravel/../../secret.png", "/etc/hostname",
     "nothing.png", "studio/sources/x/view.png", "studio/jobs.json", "gravel/page.html", "gravel"],
)  # fmt: skip
def test_no_other_file_is_given_away(window, runs, path):
    for route in ("files/", "zip/"):
        answer = window.get(f"{route}{path}")
        assert answer.status_code in (400, 403, 404) or (route, path) == ("zip/", "gravel"), route


def test_a_folder_comes_as_one_file(window, runs):
    answer = window.get("zip/gravel")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "gravel_0.png" in archive.namelist()
        assert "page.html" not in archive.namelist()


def test_links_out_of_the_runs_are_not_followed(window, runs, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.png").write_bytes(b"1234")
    (runs / "link").symlink_to(outside)
    assert "link" not in [group["folder"] for group in Library(runs).made()]
    assert window.get("files/link/a.png").status_code == 400


@pytest.mark.parametrize(
    "path",
    ["", "%2e", "gravel/%2e%2e/", "gravel/%2e%2e/studio", "studio", "Studio/sources",
     "gravel/previews", "gravel/moment", "loop", "made.link/studio"],
)  # fmt: skip
def test_neither_all_runs_nor_a_folder_of_the_studio_comes_as_one_file(window, runs, path):
    (runs / "loop").symlink_to(runs / "loop")
    (runs / "made.link").symlink_to(runs)
    (runs / "studio" / "jobs.json").write_text("{}")
    answer = window.client.get(f"/{TOKEN}/zip/{path}")
    assert answer.status_code in (400, 404), answer.headers
    assert answer.json()["error"]


def test_a_zip_follows_no_link_and_leaves_the_studios_folders_out(window, runs, tmp_path):
    (runs / "gravel" / "out.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "far.png").write_bytes(b"1234")
    (runs / "gravel" / "outside").symlink_to(tmp_path / "outside")
    with zipfile.ZipFile(io.BytesIO(window.get("zip/gravel").content)) as archive:
        assert set(archive.namelist()) == {
            "gravel_0.png", "gravel.safetensors", "metrics.csv", "other.safetensors",
        }  # fmt: skip


def test_the_file_of_a_zip_lies_in_the_studios_folder_and_goes_away(window, runs, monkeypatch):
    made, plain = [], Library.zipped

    def seen(self, name, target):
        plain(self, name, target)
        made.append(target)

    monkeypatch.setattr(Library, "zipped", seen)
    process = psutil.Process()
    count = getattr(process, "num_fds", None) or process.num_handles
    window.get("zip/gravel")
    before = count()
    for _ in range(5):
        assert window.get("zip/gravel").status_code == 200
        assert window.get("zip/none").status_code == 400
    assert count() < before + 5
    assert {path.parent for path in made} == {runs / "studio"}
    assert list((runs / "studio").glob("*.zip")) == []


def test_a_zip_that_the_disk_cannot_hold_is_refused_with_both_amounts(window, runs, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(9, 9, 3))
    answer = window.get("zip/gravel")
    assert (answer.status_code, "free" in answer.json()["error"]) == (400, True)


def test_a_disk_that_fills_while_a_zip_is_written_is_a_sentence(window, runs):
    (runs / "gravel" / "large.png").write_bytes(bytes(10_000))
    with small_disk(4000):
        answer = window.get("zip/gravel")
    assert (answer.status_code, "cannot write" in answer.json()["error"]) == (400, True)
    assert list((runs / "studio").glob("*.zip")) == []


def test_a_zip_goes_away_also_where_the_browser_left(window, runs):
    """An answer that cannot be sent."""

    async def ask():
        async def send(message):
            raise OSError("the browser has left")

        scope = {"type": "http", "method": "GET", "path": f"/{TOKEN}/zip/gravel",
                 "headers": [(b"host", b"127.0.0.1:4321")], "query_string": b"",
                 "http_version": "1.1", "scheme": "http"}  # fmt: skip
        await window.client.app(scope, asyncio.Event().wait, send)

    with pytest.raises(OSError, match="has left"):
        in_a_loop(ask())
    assert list((runs / "studio").glob("*.zip")) == []
