"""Documents of a material, as the readers of each format understand them."""

import base64
import json
import re
import struct
import xml.etree.ElementTree as ET

import pytest

from texturenet.materials.documents import Surface, gltf, godot, materialx

ORM = {"occlusion": "a_orm.png", "roughness": "a_orm.png", "metallic": "a_orm.png"}
PACKED = {"colour": "a_albedo.png", "normal": "a_normal.png", **ORM, "height": "a_height.png"}
APART = {kind: f"a_{kind}.png" for kind in PACKED}


def asset(textures, size=(64, 128), name="a"):
    return json.loads(gltf(Surface(name, textures, size)))


def numbers(found, attribute):
    """The rows of an attribute of the plane, or its corners' order."""
    primitive = found["meshes"][0]["primitives"][0]
    index = primitive["attributes"].get(attribute, primitive["indices"])
    accessor = found["accessors"][index]
    view = found["bufferViews"][accessor["bufferView"]]
    data = base64.b64decode(found["buffers"][0]["uri"].partition(",")[2])
    assert len(data) == found["buffers"][0]["byteLength"]
    piece = data[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
    if accessor["type"] == "SCALAR":
        return list(struct.unpack(f"<{accessor['count']}H", piece))
    width = int(accessor["type"][-1])
    return [list(row) for row in struct.iter_unpack(f"<{width}f", piece)]


def test_the_plane_shows_the_picture_upright_and_in_its_shape():
    found = asset(PACKED)
    corners = {tuple(t): p for t, p in zip(numbers(found, "TEXCOORD_0"), numbers(found, "POSITION"),
                                           strict=True)}  # fmt: skip
    assert corners[0, 0] == [-0.5, 0.25, 0]  # the upper left
    assert corners[1, 1] == [0.5, -0.25, 0]
    place = found["accessors"][0]
    assert (place["min"], place["max"]) == ([-0.5, -0.25, 0], [0.5, 0.25, 0])


def test_the_plane_looks_along_z_with_y_of_its_normals_up():
    found = asset(PACKED)
    places, order = numbers(found, "POSITION"), numbers(found, "indices")
    for first in (0, 3):
        a, b, c = (places[index] for index in order[first : first + 3])
        assert (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0
    assert numbers(found, "NORMAL") == [[0, 0, 1]] * 4
    assert numbers(found, "TANGENT") == [[1, 0, 0, 1]] * 4  # z cross x is y


def test_gltf_names_each_file_once_and_repeats_it():
    found = asset(PACKED | {"height": "a_albedo.png"})
    assert [image["uri"] for image in found["images"]] == list(dict.fromkeys(PACKED.values()))[:3]
    assert found["samplers"][0]["wrapS"] == found["samplers"][0]["wrapT"] == 10497
    material = found["materials"][0]
    assert material["occlusionTexture"] == {"index": 2}
    assert material["normalTexture"] == {"index": 1}
    assert material["pbrMetallicRoughness"] == {
        "baseColorTexture": {"index": 0},
        "metallicRoughnessTexture": {"index": 2},
        "metallicFactor": 1,
        "roughnessFactor": 1,
    }


def test_gltf_of_a_colour_alone_is_neither_metal_nor_shiny():
    material = asset({"colour": "a.png"})["materials"][0]
    assert material["pbrMetallicRoughness"] == {
        "baseColorTexture": {"index": 0},
        "metallicFactor": 0,
        "roughnessFactor": 1,
    }
    assert set(material) == {"name", "pbrMetallicRoughness"}


def test_gltf_without_textures_names_none():
    assert not {"images", "textures", "samplers"} & set(asset({}))


def test_gltf_names_files_as_uris():
    found = asset({"colour": "old wall #1_ü.png"}, name="old wall #1")
    assert found["images"] == [{"uri": "old%20wall%20%231_%C3%BC.png"}]
    assert found["materials"][0]["name"] == "old wall #1"


@pytest.mark.parametrize("size", [(64, 64), (97, 300), (333, 1000)])
def test_pygltflib_reads_what_is_written(tmp_path, size):
    pygltflib = pytest.importorskip("pygltflib")
    (tmp_path / "a.gltf").write_text(gltf(Surface("a", PACKED, size)))
    found = pygltflib.GLTF2().load(str(tmp_path / "a.gltf"))
    assert found.materials[0].normalTexture.index == 1
    assert found.materials[0].occlusionTexture.index == 2
    assert found.accessors[0].max == [
        0.5,
        struct.unpack("f", struct.pack("f", size[0] / size[1] / 2))[0],
        0,
    ]


def document(textures, name="a", depth=0.125):
    return materialx(Surface(name, textures, (64, 64), depth))


def inputs(text, kind):
    """{input: its value, or what it is connected to} of the first node of a kind."""
    node = next(iter(ET.fromstring(text).iter(kind)))
    return {
        one.get("name"): one.get("value") or one.get("output") or one.get("nodename")
        for one in node
    }


@pytest.mark.parametrize("textures", [APART, {"colour": "a.png"}, {}, {"height": "h.png"}])
@pytest.mark.parametrize("name", ["a", "3 old walls, ü"])
def test_materialx_itself_finds_the_document_valid(textures, name):
    library = pytest.importorskip("MaterialX")
    found, standard = library.createDocument(), library.createDocument()
    library.readFromXmlString(found, document(textures, name))
    library.loadLibraries(
        library.getDefaultDataLibraryFolders(), library.getDefaultDataSearchPath(), standard
    )
    found.importLibrary(standard)
    valid, message = found.validate()
    assert valid, message
    materials = [node for node in found.getMaterialNodes() if node.getType() == "material"]
    shaders = library.getShaderNodes(materials[0], "surfaceshader")
    assert [node.getCategory() for node in shaders] == ["standard_surface"]


def test_only_the_colour_has_a_colour_space():
    root = ET.fromstring(document(APART))
    spaces = {
        image.get("name"): (image.get("type"), image[0].get("value"), image[0].get("colorspace"))
        for image in root.iter("image")
    }
    assert spaces == {
        "image_colour": ("color3", "a_colour.png", "srgb_texture"),
        "image_normal": ("vector3", "a_normal.png", None),
        "image_roughness": ("float", "a_roughness.png", None),
        "image_metallic": ("float", "a_metallic.png", None),
        "image_height": ("float", "a_height.png", None),
    }


def test_the_surface_takes_its_maps_and_the_displacement_its_depth():
    text = document(APART)
    assert inputs(text, "standard_surface") == {
        "base": "1",
        "base_color": "colour_output",
        "specular_roughness": "roughness_output",
        "metalness": "metallic_output",
        "normal": "normal_output",
    }
    assert inputs(text, "normalmap") == {"in": "image_normal"}
    assert inputs(text, "displacement") == {"displacement": "height_output", "scale": "0.125"}


def test_without_a_height_nothing_is_displaced():
    text = document({"colour": "a.png"})
    assert "displacement" not in text
    assert inputs(text, "standard_surface") == {
        "base": "1", "base_color": "colour_output", "specular_roughness": "1", "metalness": "0",
    }  # fmt: skip


def shown(textures, name="a"):
    """{property: value} of a Godot material, with resources by their file."""
    text = godot(Surface(name, textures, (64, 64)))
    header, *_ = text.splitlines()
    files = dict(re.findall(r'\[ext_resource type="Texture2D" path=(".*") id="(\d+)"\]', text))
    assert header == f'[gd_resource type="StandardMaterial3D" load_steps={len(files) + 1} format=3]'
    found = dict(re.findall(r"^(\w+) = (.*)$", text.partition("[resource]")[2], re.MULTILINE))
    by_number = {f'ExtResource("{number}")': file for file, number in files.items()}
    return {key: by_number.get(value, value) for key, value in found.items()}


def test_godot_takes_three_maps_out_of_one_file():
    found = shown(PACKED)
    assert found == {
        "resource_name": '"a"',
        "albedo_texture": '"a_albedo.png"',
        "metallic": "1.0", "metallic_texture": '"a_orm.png"', "metallic_texture_channel": "2",
        "roughness": "1.0", "roughness_texture": '"a_orm.png"', "roughness_texture_channel": "1",
        "normal_enabled": "true", "normal_texture": '"a_normal.png"',
        "ao_enabled": "true", "ao_texture": '"a_orm.png"', "ao_texture_channel": "0",
        "heightmap_texture": '"a_height.png"',
    }  # fmt: skip


def test_godot_without_maps_is_neither_metal_nor_shiny():
    assert shown({}) == {"resource_name": '"a"', "metallic": "0.0", "roughness": "1.0"}


def test_godot_names_are_quoted():
    assert shown({}, 'an "old" wall')["resource_name"] == '"an \\"old\\" wall"'
