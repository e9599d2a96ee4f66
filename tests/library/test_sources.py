"""What a library finds in folders and lists."""

from pathlib import Path

import pytest

from texturenet.commands.library.lists import sources_of
from texturenet.errors import Refused
from texturenet.library.sources import named, of_folder

HERE = Path("lists")  # that places are seen from


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


def names(*places, given=()):
    rows = [{"exemplar": place} for place in places]
    rows += [{"exemplar": "other.png", "name": name} for name in given]
    return [each.name for each in named(rows, HERE)][: len(places)]


@pytest.mark.parametrize(
    ("places", "found"),
    [
        (["x/a.png", "b.jpg", "?*.png", ".."], ["a", "b", "__", "texture"]),
        (["a.jpg", "a.png", "b.png"], ["a-jpg", "a-png", "b"]),
        (["A.png", "a.jpg"], ["A-png", "a-jpg"]),
        (["x/a.png", "y/a.png", "a.jpg"], ["x-a-png", "y-a-png", "a-jpg"]),
        (["a.jpg", "a.png", "a-jpg.png"], ["a-jpg", "a-png", "a-jpg-png"]),
        (["lists/a.png", "lists/x/a.png"], ["a-png", "x-a-png"]),
        (["wall", "wall.png"], ["wall", "wall-png"]),
        (["sand", "sand", "sand-2", "sand"], ["sand", "sand-3", "sand-2", "sand-4"]),
        (["caf\u00e9.png", "cafe\u0301.jpg"], ["caf\u00e9-png", "caf\u00e9-jpg"]),
    ],
)  # fmt: skip
def test_each_has_a_name_of_its_own_also_where_disks_take_letters_for_the_same(places, found):
    assert names(*places) == found


def test_paths_that_differ_in_letters_alone_have_names_that_do_not():
    one, two = names("x/a.png", "x/A.png")
    assert one.lower() != two.lower()
    assert names("x/A.png", "x/a.png") == [two, one]


def test_a_name_stays_when_others_come_and_go_or_change_places():
    places = ["x/a.png", "y/a.png", "a.jpg", "b.png", "b.jpg", "c.png"]
    whole = dict(zip(places, names(*places), strict=True))
    assert dict(zip(places[::-1], names(*places[::-1]), strict=True)) == whole
    assert names(*places[:3]) == [whole[place] for place in places[:3]]
    assert names("c.png", "b.jpg", "b.png") == [whole[p] for p in ("c.png", "b.jpg", "b.png")]


def test_a_name_that_is_given_stays_and_what_would_be_called_so_is_not():
    assert names("a.png", "b.png", given=["A"]) == ["a-png", "b"]


def test_long_names_are_told_apart_by_their_ends():
    one, two, three = names(f"{'l' * 90}.png", f"{'l' * 90}.jpg", f"{'l' * 91}.jpg")
    assert len({one, two, three}) == 3
    assert max(map(len, (one, two, three))) <= 80


@pytest.mark.parametrize("device", ["CON", "nul", "aux.old", "Com1", "lpt\u00b2"])
def test_what_windows_keeps_for_devices_is_no_name(device):
    (name,) = names(f"{device}.png")
    head, _, tail = device.partition(".")
    assert name == f"{head}_" + (f".{tail}" if tail else "")
    with pytest.raises(Refused, match=f"row 1 is called.*Windows.*'{name}' would do"):
        names(given=[device])
    assert names(given=["console", name]) == []


@pytest.mark.parametrize("text", [".slurm", "..", ".a", " .hidden", "-.x", "...png", ".slurm.png"])
def test_no_name_begins_with_a_dot_as_what_the_store_itself_writes_does(text):
    assert not names(f"x/{text}")[0].startswith(".")
    with pytest.raises(Refused, match="row 1 is called"):
        names(given=[text])


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
        named([row], HERE)
    for other in ("x", "X"):
        with pytest.raises(Refused, match="row 2 is called '.', as row 1 is"):
            names(given=["x", other])


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
        ("l.csv", "exemplar\na,b\n", "row 1 has more cells.*'b' among them"),
        ("l.csv", "exemplar,\na,\nb,c\n", "row 2 has more cells.*'c' among them"),
        ("l.csv", "exemplar,steps,Exemplar\na,3,b\n", "2 columns called 'exemplar'"),
        ("l.csv", f'exemplar\n"{"a" * 2**18}', "cannot be read at line"),
        ("l.yaml", "a: {exemplar: b}\na: {exemplar: c}", "a is given twice"),
        ("l.yaml", "[gravel, [a, b]]", "row 2: exemplar is .*must be a name or a path"),
        ("l.yaml", "[gravel, null]", "row 2 has 0 of exemplar"),
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


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".yaml"])
@pytest.mark.parametrize("bad", ["x" * 5000, "~nosuchuser_at_all/x", "a\0b", "a\ud800"])
def test_a_line_that_no_file_can_be_called_is_refused_with_its_number(tmp_path, suffix, bad):
    quoted = bad.replace("\0", "\\0").replace("\ud800", "\\ud800")
    if bad != quoted and suffix == ".txt" and "\ud800" in bad:
        pytest.skip("UTF-8 has none")
    text = {
        ".txt": f"gravel\n{bad}\n",
        ".csv": f"exemplar,parent\ngravel,\ngravel,{bad}\n".replace("\ud800", "\0"),
        ".yaml": f'- gravel\n- "{quoted}"\n',
    }
    (tmp_path / f"l{suffix}").write_text(text[suffix])
    with pytest.raises(Refused, match="row 2: .* cannot be used as a path") as refusal:
        sources_of(str(tmp_path / f"l{suffix}"))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    ["12", "007", "1e3", "on", "yes", "true", "False", "2024-01-02", "1:30", "1_000", ".5", "0x1F"],
)
def test_what_yaml_takes_for_something_else_is_a_name_as_it_stands(tmp_path, text):
    path = tmp_path / "l.yaml"
    path.write_text(f"- {text}\n- {{exemplar: {text}, parent: {text}, steps: 300}}")
    first, second = sources_of(str(path))
    assert (first.place, second.place) == (text, text)
    assert second.options == {"parent": text, "steps": 300}
    path.write_text(f"- {{exemplar: gravel, name: {text}}}")
    if ":" not in text and text[0] != ".":
        assert sources_of(str(path))[0].name == text
        path.write_text(f"{text}: {{exemplar: gravel}}")
        assert sources_of(str(path))[0].name == text


def test_values_in_yaml_are_values_also_deep_inside(tmp_path):
    (tmp_path / "l.yaml").write_text(
        "- {exemplar: gravel, name: 1, windows: false, generator.widths: [4,6],\n"
        "   loss: {layer_weights: {relu1_1: 2.5}}, descriptor: {weights: 7}}"
    )
    (source,) = sources_of(str(tmp_path / "l.yaml"))
    assert source.options == {
        "windows": False, "generator.widths": [4, 6],
        "loss": {"layer_weights": {"relu1_1": 2.5}}, "descriptor": {"weights": "7"},
    }  # fmt: skip


def test_all_paths_of_a_row_are_seen_from_the_list_first(tmp_path, monkeypatch):
    folder = made(tmp_path / "lists", "a.png", "net.safetensors", "vgg.pth", "n.png", "own/c.png",
                  "own/r.png", "r.png", "gravel", "vgg16")  # fmt: skip
    monkeypatch.chdir(tmp_path)
    made(tmp_path, "elsewhere.safetensors")
    (folder / "l.yaml").write_text(
        "- {exemplar: a.png, parent: net.safetensors, descriptor.weights: vgg.pth}\n"
        "- {exemplar: a.png, parent: elsewhere.safetensors, descriptor: {weights: vgg.pth}}\n"
        "- {exemplar: a.png, parent: gravel, descriptor.weights: vgg16, descriptor: vgg.pth}\n"
        "- {exemplar: a.png, parent: 'net.safetensors:one'}\n"
        "- {material: own, maps: {normal: 'n.png[rgb]', roughness: r.png, metallic: none}}\n"
    )
    made_of = [source.options for source in sources_of("lists/l.yaml")]
    net, vgg = "lists/net.safetensors", "lists/vgg.pth"
    assert made_of == [
        {"parent": net, "descriptor.weights": vgg},
        {"parent": "elsewhere.safetensors", "descriptor": {"weights": vgg}},
        {"parent": "gravel", "descriptor.weights": "vgg16", "descriptor": vgg},
        {"parent": f"{net}:one"},
        {"maps": {"normal": "lists/n.png[rgb]", "roughness": "r.png", "metallic": "none"}},
    ]


@pytest.mark.parametrize(
    "text",
    [
        " Exemplar ,STEPS\na.png ,300 \n",
        "exemplar;steps\na.png;300\n",
        "\ufeffexemplar;steps;\r\na.png;300;\r\n;;\r\n",
        "sep=;\nexemplar;steps\na.png;300\n",
        "exemplar\tsteps\n a.png\t300\n",
        "exemplar,steps,\na.png,300,\n,,\n",
        '"exemplar", "steps"\n"a.png", "300"\n',
    ],
)
def test_tables_are_read_as_programs_write_them(tmp_path, text):
    made(tmp_path, "a.png")
    (tmp_path / "l.csv").write_bytes(text.encode())
    (source,) = sources_of(str(tmp_path / "l.csv"))
    assert (source.place, source.options) == (str(tmp_path / "a.png"), {"steps": "300"})


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_a_list_in_another_code_says_how_to_save_it(tmp_path, code):
    (tmp_path / "l.csv").write_bytes("exemplar\né.png\n".encode(code))
    why = "cannot read" if code == "latin-1" else "is UTF-16"
    with pytest.raises(Refused, match=f"{why}.*save it as UTF-8, in Excel as 'CSV UTF-8'"):
        sources_of(str(tmp_path / "l.csv"))


def test_what_every_row_needs_is_read_once_for_all_of_them(tmp_path, monkeypatch):
    """Ten thousand rows would wait for it."""
    from texturenet.commands.library import places

    read, table = [], places.exemplar_table
    monkeypatch.setattr(places, "exemplar_table", lambda: read.append(1) or table())
    (tmp_path / "l.txt").write_text("a.png\n" * 50)
    assert len(sources_of(str(tmp_path / "l.txt"))) == 50
    assert len(read) == 1


def test_an_empty_cell_says_nothing_of_a_map(tmp_path):
    """And an empty line before the names of columns nothing of what parts them."""
    (tmp_path / "list.csv").write_text("\nmaterial;maps.height;name\ncloth;;c1\n")
    (source,) = sources_of(str(tmp_path / "list.csv"))
    assert (source.name, source.kind, dict(source.options)) == ("c1", "material", {})
