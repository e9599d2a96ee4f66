"""The table and the page of a library."""

import json
import sqlite3

import pytest
from helpers.disks import small_disk

from texturenet.cluster.jobs import Job
from texturenet.cluster.parcel import packed
from texturenet.cluster.store import place_of
from texturenet.errors import Refused
from texturenet.library import catalogue, page, plan
from texturenet.library.sources import Source

SOURCES = [
    Source("a", "exemplar", "photos/a.png", {"steps": 3}),
    Source("b", "exemplar", "photos/b.png"),
    Source("c", "exemplar", "photos/c</script>.png"),
]


@pytest.fixture
def rows(tmp_path):
    """Of a library where one is released, one has failed and one waits."""
    store = plan.store_of(tmp_path)
    first, second = (place_of(Job(name, "m:f"), store) for name in "ab")
    first.begin()
    value = {"merit": 0.51234567, "maps": "colour", "advice": ["dark"], "files": ["a.safetensors"]}
    first.take(value, packed({"a.safetensors": b"net"}))
    second.begin()
    second.fail("it is no picture")
    return [catalogue.row_of(source, tmp_path) for source in SOURCES]


def test_rows_say_what_became_of_each(rows):
    assert [row["state"] for row in rows] == ["released", "failed", "waiting"]
    assert rows[1]["reason"] == "it is no picture"
    assert rows[0]["files"] == ["textures/a/out/a.safetensors"]


def test_the_table_can_be_asked(rows, tmp_path):
    path = catalogue.write(rows, tmp_path / catalogue.FILE)
    asked = "select name, merit, options from textures where state = 'released'"
    assert sqlite3.connect(path).execute(asked).fetchall() == [("a", 0.51234567, '{"steps": 3}')]
    catalogue.write(rows[:1], path)
    assert sqlite3.connect(path).execute("select count(*) from textures").fetchone() == (1,)
    assert [each.name for each in tmp_path.iterdir() if "aside" in each.name] == []


def test_a_full_disk_leaves_the_table_that_was_there(rows, tmp_path):
    path = catalogue.write(rows, tmp_path / catalogue.FILE)
    before = path.read_bytes()
    with small_disk(), pytest.raises(Refused, match="cannot write"):
        catalogue.write(rows * 1, path)
    assert path.read_bytes() == before


def test_the_page_holds_every_texture_as_data(rows, tmp_path):
    text = page.write(rows, tmp_path).read_text()
    assert 'src="textures.js"' in text
    assert "http" not in text.replace("http-equiv", "")
    lines = (tmp_path / page.DATA).read_text().splitlines()
    names, lists = (json.loads(line.partition(" = ")[2].rstrip(";")) for line in lines[1:])
    first = dict(zip(names, lists[0], strict=True))
    assert (first["name"], first["merit"], first["files"]) == ("a", 0.5123, ["a.safetensors"])


def test_a_plan_is_read_as_it_was_kept(tmp_path):
    kept = plan.Plan(SOURCES, "local", {"pages": True})
    kept.save(tmp_path)
    assert plan.load(tmp_path) == kept
    with pytest.raises(Refused, match="is no library"):
        plan.load(tmp_path / "other")
    (tmp_path / plan.FILE).write_text("{}")
    with pytest.raises(Refused, match="is no library"):
        plan.load(tmp_path)
