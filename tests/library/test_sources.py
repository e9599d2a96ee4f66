"""What a library finds in folders and lists."""

import pytest

from texturenet.commands.library.lists import sources_of
from texturenet.errors import Refused
from texturenet.library.sources import named, of_folder


def made(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_pictures_and_folders_of_maps_are_found_in_order(tmp_path):
    made(tmp_path, "b.JPG", "a.png", "wall/colour.png", "wall/normal.png", "one/a.png", "notes.txt")
    made(tmp_path, ".hidden.png")
    sources, beside = of_folder(tmp_path)
    assert [(each.name, each.kind) for each in sources] == [
        ("a", "exemplar"), ("b", "exemplar"), ("wall", "material"),
    ]  # fmt: skip
    assert beside == ["notes.txt", "one"]


def test_a_folder_without_any_is_refused(tmp_path):
    with pytest.raises(Refused, match="0 of its 1 entries"):
        of_folder(made(tmp_path, "a.txt"))


def test_each_has_a_name_of_its_own_also_where_disks_take_letters_for_the_same():
    rows = [{"exemplar": place} for place in ("x/a.png", "y/a.jpg", "A.png", "?*.png", "..")]
    assert [each.name for each in named(rows)] == ["a", "a-2", "A-3", "__", "texture"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"steps": 3}, "0 of exemplar and material"),
        ({"exemplar": "a", "material": "b"}, "2 of exemplar and material"),
        ({"exemplar": "a", "name": "../x"}, "letters, digits"),
    ],
)
def test_rows_that_say_nothing_or_too_much_are_refused(row, why):
    with pytest.raises(Refused, match=why):
        named([row])
    with pytest.raises(Refused, match="as one before it"):
        named([{"exemplar": "a", "name": "x"}] * 2)


def test_lists_say_the_same_in_three_ways(tmp_path):
    made(tmp_path, "a.png", "deep/b.png")
    (tmp_path / "l.txt").write_text("# mine\na.png\n\ndeep/b.png\n")
    (tmp_path / "l.csv").write_text("exemplar,steps\na.png,\ndeep/b.png,\n")
    (tmp_path / "l.yaml").write_text("[a.png, {exemplar: deep/b.png}]")
    lists = [sources_of(str(tmp_path / name)) for name in ("l.txt", "l.csv", "l.yaml")]
    assert lists[0] == lists[1] == lists[2]
    assert [each.place for each in lists[0]] == [
        str(tmp_path / "a.png"), str(tmp_path / "deep/b.png"),
    ]  # fmt: skip


def test_options_are_those_of_each_row(tmp_path):
    (tmp_path / "l.csv").write_text(
        "name,exemplar,steps,generator.scales\nx,gravel,30,\ny,grass,,4"
    )
    first, second = sources_of(str(tmp_path / "l.csv"))
    assert (first.name, first.place, first.options) == ("x", "gravel", {"steps": "30"})
    assert second.options == {"generator.scales": "4"}
    (tmp_path / "l.yaml").write_text("x: {exemplar: gravel, steps: 30}\ny: {exemplar: grass}")
    assert sources_of(str(tmp_path / "l.yaml"))[0].options == {"steps": 30}


def test_a_name_of_the_projects_own_materials_is_one(tmp_path):
    (tmp_path / "l.txt").write_text("bricks\nbrick\n")
    assert [each.kind for each in sources_of(str(tmp_path / "l.txt"))] == ["material", "exemplar"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("l.md", "a", "say a folder, or a list"),
        ("l.txt", "", "0 rows"),
        ("l.csv", "exemplar\na,b\n", "more cells"),
        ("l.yaml", "{", "cannot be read"),
        ("l.yaml", "3", "must be a list"),
        ("l.yaml", "a: 3", "must be a group"),
    ],
)
def test_other_lists_are_refused(tmp_path, name, text, why):
    (tmp_path / name).write_text(text)
    with pytest.raises(Refused, match=why):
        sources_of(str(tmp_path / name))


def test_what_is_not_there_is_refused():
    with pytest.raises(Refused, match="no folder and no list"):
        sources_of("nowhere")
