"""Libraries from the command line: what is made, what is not made again, what may go wrong."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from helpers.killing import ended, start
from helpers.libraries import fingerprints, keys_of, table
from helpers.pictures import dots
from PIL import Image

from texturenet import load
from texturenet.errors import NotResumable, Refused
from texturenet.generator.release import fingerprint


@pytest.fixture(scope="module")
def keys(vgg_file):
    return keys_of(vgg_file)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Two pictures, one of which is no picture, and a note."""
    folder = tmp_path_factory.mktemp("photos")
    Image.fromarray(dots(32)).save(folder / "dots.png")
    Image.fromarray(dots(40)[:, ::-1]).save(folder / "more.png")
    (folder / "broken.jpg").write_bytes(b"no picture")
    (folder / "notes.txt").write_text("")
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory, photos, keys):
    """A library, built in a process of its own -> (folder, status, output, errors)."""
    folder = tmp_path_factory.mktemp("built")
    words = ["library", f"exemplars={photos}", "out=lib", "threads=1", "pages=true", *keys]
    return folder / "lib", *ended(start(folder, words), folder, 280)


def test_what_can_be_learnt_is_and_what_cannot_says_why(built):
    folder, status, output, _ = built
    rows = table(folder)
    assert status == 1
    assert [(name, row["state"]) for name, row in rows.items()] == [
        ("broken", "failed"), ("dots", "released"), ("more", "released"),
    ]  # fmt: skip
    assert rows["broken"]["reason"].startswith("broken.jpg is not a picture")
    assert "failed: broken: broken.jpg is not a picture" in output
    assert "neither pictures nor materials: notes.txt" in output
    assert "2 of 3 released" in output
    assert (folder / "index.html").is_file()


def test_a_texture_has_its_net_pictures_log_and_page(built):
    out = built[0] / "textures" / "dots" / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "dots.html", "dots.safetensors", "dots_sheet.png", "dots_tile.png", "log.txt", "loss.png",
        "metrics.csv", "thumb.jpg",
    ]  # fmt: skip
    net = load(str(out / "dots.safetensors"))
    assert net.card["step"] == 32
    assert fingerprint(net.net) == table(built[0])["dots"]["fingerprint"]


def test_it_is_the_net_that_train_makes(built, photos, keys, cli, elsewhere):
    status, _, error = cli(
        "train", f"exemplar={photos / 'dots.png'}", *keys, "threads=1", "device=cpu", "out=run"
    )
    assert status == 0, error
    ours = load(str(built[0] / "textures" / "dots" / "out" / "dots.safetensors"))
    assert fingerprint(load("run/dots.safetensors").net) == fingerprint(ours.net)


@pytest.fixture
def again(built, photos, keys, tmp_path, cli, monkeypatch):
    """The same library once more, after a change -> (status, output, names that were trained)."""
    folder = tmp_path / "lib"
    shutil.copytree(built[0], folder)

    def build(*changes, where=photos):
        marks = {path.parent.name: path.stat().st_ino for path in folder.glob("*/*/outcome.json")}
        words = [f"exemplars={where}", f"out={folder}", "threads=1", "pages=true", *keys, *changes]
        status, output, error = cli("library", *words)
        now = {path.parent.name: path.stat().st_ino for path in folder.glob("*/*/outcome.json")}
        new = [name for name, mark in now.items() if marks.get(name) != mark]
        return status, output + error, sorted(new)

    return build


def test_again_it_makes_nothing_that_is_there(again):
    status, output, made = again()
    assert (status, made) == (1, [])
    assert "2 of 3 released" in output


def test_what_was_made_stays_though_its_photograph_cannot_be_read_now(again, photos, tmp_path):
    names = tmp_path / "list.txt"
    gone = tmp_path / "more.png"
    others = [str(path) for path in sorted(photos.glob("*.png")) if path.name != gone.name]
    names.write_text("\n".join([*others, str(gone)]))
    _, output, _ = again(where=names)
    assert "more: " in output
    assert "What was made of it before stays." in output
    shutil.copy(photos / gone.name, gone)
    assert again(where=names)[2] == []  # nothing of it was taken away


def test_again_it_makes_what_has_changed(again, photos, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(photos, changed)
    (changed / "broken.jpg").unlink()
    Image.fromarray(dots(36)).save(changed / "more.png")
    os.utime(changed / "more.png", (0, 0))  # times say nothing
    Image.fromarray(dots(34)).save(changed / "new.png")
    status, output, made = again(where=changed)
    assert (status, made) == (0, ["more", "new"])
    assert "3 of 3 released" in output


def test_status_tells_of_a_library_that_nobody_works_on(built, cli, tmp_path):
    folder = tmp_path / "lib"
    shutil.copytree(built[0], folder)
    (folder / "index.html").unlink()
    status, output, _ = cli("library", "status", folder)
    assert status == 0
    assert "2 released, 1 failed of 3" in output
    assert (folder / "index.html").is_file()
    shutil.rmtree(folder / "textures" / "more")
    assert "1 waiting" in cli("library", "status", folder)[1]


def test_a_worker_that_is_killed_goes_on_to_the_same_net(built, again, photos, monkeypatch):
    monkeypatch.setattr(
        "texturenet.commands.library.jobs.WORK", "helpers.library_work:train_killed_once"
    )
    status, output, made = again()
    assert (status, made) == (1, ["dots", "more"]), output
    rows = table(built[0])
    found = re_read(output)
    for name in made:
        assert found[name] == rows[name]["fingerprint"]


def re_read(output):
    """Fingerprints of the library that a command says it made."""
    line = next(line for line in output.splitlines() if line.startswith("the page: "))
    folder = Path(line.removeprefix("the page: ").partition("/index.html")[0])
    return fingerprints(folder)


def test_the_same_library_twice_at_once_is_refused(photos, keys, tmp_path, cli):
    words = ["library", f"exemplars={photos}", "out=lib", "threads=1", *keys, "steps=100000"]
    first = start(tmp_path, words)
    try:
        deadline = time.monotonic() + 120
        while not (tmp_path / "lib" / "library.json").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        status, _, error = cli("library", *words[1:2], f"out={tmp_path / 'lib'}", *keys)
        assert status == 2
        assert "another run is writing into" in error
        status, output, _ = cli("library", "status", tmp_path / "lib")
        assert status == 0
        assert "a driver has begun" in output or "ended" in output
    finally:
        os.kill(first.pid, signal.SIGTERM)
        status, output, _ = ended(first, tmp_path)
    assert status == 128 + signal.SIGTERM
    assert "stopped; the same command goes on" in output


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "out is missing"),
        (["out=lib"], "exemplars is missing"),
        (["out=lib", "exemplars=nowhere"], "no folder and no list 'nowhere'"),
        (["out=lib", "exemplars={photos}", "steps=0"], "steps is 0"),
        (["out=lib", "exemplars={photos}", "stepz=3"], "there is no option 'stepz'"),
        (["out=lib", "exemplars={photos}", "name=a"], "name is the library's own to say"),
        (["out=lib", "exemplars={photos}", "engine=cloud"], "engine is 'cloud'"),
        (["out=lib", "exemplars={photos}", "-m"], "takes no -m"),
        (["status"], "whose status"),
        (["status", "."], "is no library"),
        (["status", "lib", "steps=3"], "nothing else"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(words, why, photos, cli, elsewhere):
    status, _, error = cli("library", *(word.format(photos=photos) for word in words))
    assert status == 2
    assert why in error
    assert not Path("lib").exists()


def test_options_of_rows_come_before_those_of_all(tmp_path):
    from texturenet.commands.library.jobs import job_of, options_of
    from texturenet.library.sources import Source

    given = {"minutes": 3, "seed": 1}
    one = Source("a", "exemplar", "gravel", {"steps": "30", "seed": "2"})
    assert options_of(one, given)["seed"] == 2
    assert "minutes" not in options_of(one, given)
    job = job_of(one, given, False, 1, 0.0)
    assert job.files == {}
    assert job.given["own"].keys() == {"gravel.png"}
    assert job.mark == job_of(one, given, False, 4, 1.0).mark
    assert job.mark != job_of(one, {**given, "batch": 1}, False, 1, 0.0).mark
    assert job.aside["row"] == {"steps": "30", "seed": "2"}


@pytest.mark.parametrize(
    ("more", "pages"),
    [
        ({}, True),
        ({"device": "cpu"}, False),
        ({"log.previews": 7}, False),
        ({"recipe": "default"}, False),
        ({"seed": 2, "minutes": 5}, False),
    ],
)
def test_other_words_for_the_same_net_make_nothing_again(more, pages):
    from texturenet.commands.library.jobs import job_of
    from texturenet.library.sources import Source

    one = Source("a", "exemplar", "gravel", {"steps": "30", "seed": "2"})
    before = job_of(one, {}, False, 1, 0.0)
    assert job_of(one, more, pages, 1, 0.0).mark == before.mark
    for other in ({"log.score": False}, {"parent": "common"}, {"batch": 1}):
        assert job_of(one, other, False, 1, 0.0).mark != before.mark


def test_pages_are_added_to_textures_that_are_there(again, tmp_path):
    """As when they were not asked for at first; nothing is trained again."""
    out = tmp_path / "lib" / "textures" / "dots" / "out"
    page, noted, net = out / "dots.html", out.parent / "outcome.json", out / "dots.safetensors"
    text = page.read_text()
    page.unlink()
    facts = json.loads(noted.read_text())
    del facts["files"][page.name]
    facts["value"]["files"].remove(page.name)
    noted.write_text(json.dumps(facts))
    made = net.stat().st_ino
    again("pages=false")
    assert not page.exists()
    again()
    assert (page.read_text(), net.stat().st_ino) == (text, made)
    assert "dots.html" in table(tmp_path / "lib")["dots"]["files"]
    assert again()[2] == []


def test_a_net_is_shown_with_the_options_it_was_made_with(again, photos, tmp_path):
    """Though its photograph cannot be read now, and the list has others."""
    names = tmp_path / "list.csv"
    names.write_text(f"exemplar,seed\n{photos / 'dots.png'},\n{tmp_path / 'more.png'},5\n")
    again(where=names)
    row = table(tmp_path / "lib")["more"]
    assert (row["state"], row["options"]) == ("released", "{}")


@pytest.mark.parametrize(("refusal", "anew"), [(Refused, False), (NotResumable, True)])
def test_only_a_damaged_file_to_go_on_from_begins_a_training_anew(
    refusal, anew, tmp_path, monkeypatch
):
    """Not what else is refused, such as a full disk."""
    from texturenet.commands.library import making

    kept, asked = tmp_path / "resume.ckpt", []

    def fails(request):
        asked.append(request.options.resume)
        raise refusal("why")

    monkeypatch.setattr(making, "train", fails)
    options = {"exemplar": "gravel", "out": str(tmp_path)}
    kept.write_text("")
    with pytest.raises(Refused, match="why"):
        making._trained(making.app.request("train", options), options)
    assert asked == ([str(kept), None] if anew else [str(kept)])
    assert kept.exists() != anew


def test_what_a_job_depends_on_travels_with_it_or_is_named(photos, vgg_file, tmp_path, monkeypatch):
    """No path of this machine, so that no disk has to be shared."""
    from texturenet.commands.library import jobs as making
    from texturenet.library.sources import Source

    net = shutil.copyfile(making.find("gravel"), tmp_path / "parent.safetensors")
    source = Source("a", "exemplar", str(photos / "dots.png"))
    given = {"descriptor.weights": str(vgg_file), "parent": str(net)}
    job = making.job_of(source, given, False, 1, 0.0)
    assert {path.split("/")[1] for path in job.files} == {
        "exemplar", "descriptor.weights", "parent",
    }  # fmt: skip
    said = json.dumps(dict(job.given))
    assert not [each for each in (photos, vgg_file, tmp_path) if str(each) in said]
    common = making.job_of(source, {"parent": "common"}, False, 1, 0.0)
    assert common.files.keys() == {"inputs/exemplar/dots.png"}
    monkeypatch.setattr(making, "starts", lambda: {"common": net})  # another file of that name
    assert making.job_of(source, {"parent": "common"}, False, 1, 0.0).mark != common.mark


def test_maps_and_textures_of_files_elsewhere_travel_with_the_job(tmp_path, monkeypatch):
    """The worker's recipe is the library's, though its paths are others."""
    from texturenet.commands import app
    from texturenet.commands.library import jobs as making
    from texturenet.commands.library.making import _options, _same
    from texturenet.library.sources import Source

    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "stone"
    folder.mkdir()
    for place in ("stone/stone_color.png", "packed.png"):
        Image.fromarray(dots(32)).save(tmp_path / place)
    net = shutil.copyfile(making.find("meadow"), tmp_path / "field.safetensors")
    rows = {"maps.roughness": "packed.png[-g]", "parent": f"{net}:grass"}
    jobs = [
        making.job_of(Source("a", "material", str(folder), options), {}, False, 1, 0.0)
        for options in (rows, {"maps": {"roughness": "packed.png[-g]"}, "parent": rows["parent"]})
    ]
    assert jobs[0].mark == jobs[1].mark
    for job in jobs:
        assert set(job.files) == {
            "inputs/material/stone/stone_color.png", "inputs/maps.roughness/packed.png",
            "inputs/parent/field.safetensors",
        }  # fmt: skip
        assert str(tmp_path) not in json.dumps([dict(job.given), job.aside["options"]])
        there = tmp_path / "worker"
        given = {**job.given, **job.aside}
        request = _same(app.request("train", _options(given, there)), given)
        chosen = request.options
        assert chosen.parent == str(there / "inputs" / "parent" / "field.safetensors:grass")
        assert chosen.maps.roughness == str(there / "inputs" / "maps.roughness" / "packed.png[-g]")


@pytest.mark.parametrize(
    "row",
    [
        {"maps.height": "sub/h.png"},
        {"maps": {"height": "sub/h.png"}},
        {"descriptor": {"weights": "p.safetensors"}},
        {"descriptor.weights": "p.safetensors"},
    ],
)
def test_files_of_options_travel_and_count_however_they_are_said(row, vgg_file, tmp_path):
    from texturenet.commands.library.jobs import job_of
    from texturenet.library.sources import Source

    folder = tmp_path / "stone"
    (folder / "sub").mkdir(parents=True)
    Image.fromarray(dots(32)).save(folder / "stone_color.png")
    Image.fromarray(dots(32)).save(folder / "sub" / "h.png")
    weights = shutil.copyfile(vgg_file, tmp_path / "p.safetensors")
    text = json.dumps(row).replace("p.safetensors", str(weights))
    source = Source("a", "material", str(folder), json.loads(text))
    job = job_of(source, {"maps": {"height": "none"}}, False, 1, 0.0)
    (brought,) = set(job.files) - {"inputs/material/stone/stone_color.png"}
    assert brought.rpartition("/")[2] in ("h.png", "p.safetensors")
    said = {key: value for key, value in job.aside["options"].items() if key.startswith("maps")}
    assert said == ({} if "h.png" in brought else {"maps.height": "none"})


def test_a_damaged_net_has_no_page_and_the_others_do(again, tmp_path):
    from texturenet.commands.library.build import Books, _add_pages
    from texturenet.library.plan import load as plan_of

    folder = tmp_path / "lib"
    for name in ("dots", "more"):
        noted = folder / "textures" / name / "outcome.json"
        facts = json.loads(noted.read_text())
        facts["value"]["files"].remove(f"{name}.html")
        noted.write_text(json.dumps(facts))
        (folder / "textures" / name / "out" / f"{name}.html").unlink()
    (folder / "textures" / "dots" / "out" / "dots.safetensors").write_bytes(b"damaged")
    _add_pages(Books(plan_of(folder).sources, folder))
    made = {path.name for path in folder.glob("textures/*/out/*.html")}
    assert made == {"more.html"}
