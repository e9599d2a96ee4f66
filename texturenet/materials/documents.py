"""Files that tell a program which map is which: glTF 2.0, MaterialX, Godot's resources.

Textures are named relative to the document, so that a folder can be moved as a whole. A map that a
material lacks is neutral in it (`kinds.KINDS`).
"""

import base64
import json
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..types import Size
from .kinds import KINDS

DEPTH = 0.05  # of a surface of which nothing says how deep it is, in widths of the picture


@dataclass(frozen=True)
class Surface:
    """What a document is written of.

    Attributes
    ----------
    name : of the material
    textures : {kind: file} of the maps that it has
    size : height and width, in pixels
    depth : of the whole height, in widths of the picture
    """

    name: str
    textures: Mapping[str, str] = field(default_factory=dict)
    size: Size = (1, 1)
    depth: float = DEPTH


def gltf(surface: Surface) -> str:
    """A glTF 2.0 asset: a plane of width 1 in the plane z = 0, which looks along +z, with its mesh
    in the file itself.

    glTF 2.0 specification, sections 3.6 (buffers), 3.7.2 (meshes), 3.8 (textures) and 3.9
    (materials). Tangents are given, so that no reader has to make them up: x is that of the
    picture, and y, by w = 1, is up.
    """
    files = list(dict.fromkeys(surface.textures.values()))
    buffer, mesh = _plane(surface.size[0] / surface.size[1])
    asset = {
        "asset": {"version": "2.0", "generator": "texturenet"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": surface.name}],
        "materials": [_gltf_material(surface, files)],
        **buffer,
        **mesh,
    }
    if files:
        repeat, linear, mipmaps = 10497, 9729, 9987
        sampler = {"magFilter": linear, "minFilter": mipmaps, "wrapS": repeat, "wrapT": repeat}
        asset["samplers"] = [sampler]
        asset["images"] = [{"uri": _relative(file)} for file in files]
        asset["textures"] = [{"sampler": 0, "source": index} for index in range(len(files))]
    return json.dumps(asset, indent=2, ensure_ascii=False) + "\n"


def _gltf_material(surface: Surface, files: list[str]) -> dict[str, Any]:
    """Factors multiply textures: 1 where there is one, else the neutral value."""

    def texture(kind: str) -> dict[str, int]:
        return {"index": files.index(surface.textures[kind])}

    has = surface.textures
    shading: dict[str, Any] = {}
    if "colour" in has:
        shading["baseColorTexture"] = texture("colour")
    if response := [kind for kind in ("roughness", "metallic") if kind in has]:
        shading["metallicRoughnessTexture"] = texture(response[0])
    for kind in ("metallic", "roughness"):
        shading[f"{kind}Factor"] = 1.0 if response else KINDS[kind].neutral
    material: dict[str, Any] = {"name": surface.name, "pbrMetallicRoughness": shading}
    if "normal" in has:
        material["normalTexture"] = texture("normal")
    if "occlusion" in has:
        material["occlusionTexture"] = texture("occlusion")
    return material


def _plane(aspect: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two triangles, of width 1 and of height `aspect`: what is in the buffer, and how it is read.

    The picture's upper left corner is (0,0) of texture coordinates (section 3.8.4).
    """
    corners = [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)]  # across, down; from the lower left
    places = [(across - 0.5, (0.5 - down) * aspect, 0.0) for across, down in corners]
    upright = [(0.0, 0.0, 1.0)] * 4
    sideways = [(1.0, 0.0, 0.0, 1.0)] * 4
    attributes: dict[str, Sequence[tuple[float, ...]]]
    attributes = {"POSITION": places, "NORMAL": upright, "TANGENT": sideways, "TEXCOORD_0": corners}
    data, views, accessors = b"", [], []
    for rows in attributes.values():
        packed = b"".join(struct.pack(f"<{len(row)}f", *row) for row in rows)
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(packed),
                      "target": 34962})  # fmt: skip
        accessors.append({"bufferView": len(views) - 1, "componentType": 5126, "count": 4,
                          "type": f"VEC{len(rows[0])}"})  # fmt: skip
        data += packed
    half = struct.unpack("<f", struct.pack("<f", aspect / 2))[0]  # bounds are of what is stored
    accessors[0] |= {"min": [-0.5, -half, 0.0], "max": [0.5, half, 0.0]}
    triangles = struct.pack("<6H", 0, 1, 2, 0, 2, 3)  # counter-clockwise from the front
    views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(triangles),
                  "target": 34963})  # fmt: skip
    accessors.append({"bufferView": 4, "componentType": 5123, "count": 6, "type": "SCALAR"})
    data += triangles
    uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    buffer = {"buffers": [{"uri": uri, "byteLength": len(data)}], "bufferViews": views,
              "accessors": accessors}  # fmt: skip
    primitive = {
        "attributes": {name: index for index, name in enumerate(attributes)},
        "indices": 4,
        "material": 0,
    }
    return buffer, {"meshes": [{"primitives": [primitive]}]}


def materialx(surface: Surface) -> str:
    """A MaterialX 1.38 document, which 1.39 reads too: `standard_surface`, with displacement where
    there is a height.

    MaterialX specification 1.38, "Standard Source Nodes" (image, whose coordinates repeat), its
    supplement for physically based shading (standard_surface, displacement). Numbers and vectors
    have no colour space. Standard surfaces have no occlusion: its file stands beside.
    """
    has, plain = surface.textures, _identifier(surface.name)
    root = ET.Element("materialx", version="1.38", colorspace="lin_rec709")
    graph = ET.SubElement(root, "nodegraph", name=f"NG_{plain}")
    shader = ET.SubElement(root, "standard_surface", name=f"SR_{plain}", type="surfaceshader")
    _input(shader, "base", "float", value="1")
    inputs = {"colour": "base_color", "roughness": "specular_roughness", "metallic": "metalness",
              "normal": "normal"}  # fmt: skip
    for kind, target in inputs.items():
        if kind in has:
            output, type_ = _image(graph, kind, has[kind])
            _input(shader, target, type_, nodegraph=f"NG_{plain}", output=output)
        elif kind in ("roughness", "metallic"):
            _input(shader, target, "float", value=f"{KINDS[kind].neutral:g}")
    material = ET.Element("surfacematerial", name=f"M_{plain}", type="material")
    _input(material, "surfaceshader", "surfaceshader", nodename=f"SR_{plain}")
    if "height" in has:
        output, type_ = _image(graph, "height", has["height"])
        moved = ET.SubElement(root, "displacement", name=f"D_{plain}", type="displacementshader")
        _input(moved, "displacement", type_, nodegraph=f"NG_{plain}", output=output)
        _input(moved, "scale", "float", value=f"{surface.depth:.6g}")
        _input(material, "displacementshader", "displacementshader", nodename=f"D_{plain}")
    root.append(material)
    if not len(graph):
        root.remove(graph)
    ET.indent(root)
    return '<?xml version="1.0"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _image(graph: ET.Element, kind: str, file: str) -> tuple[str, str]:
    """Add a picture to a graph -> name and type of the graph's output."""
    type_ = {"colour": "color3", "normal": "vector3"}.get(kind, "float")
    node = ET.SubElement(graph, "image", name=f"image_{kind}", type=type_)
    space = {"colorspace": "srgb_texture"} if KINDS[kind].colour else {}
    _input(node, "file", "filename", value=file, **space)
    last = node.get("name", "")
    if kind == "normal":
        last = "normal_of_map"
        _input(ET.SubElement(graph, "normalmap", name=last, type=type_), "in", type_,
               nodename=node.get("name", ""))  # fmt: skip
    ET.SubElement(graph, "output", name=f"{kind}_output", type=type_, nodename=last)
    return f"{kind}_output", type_


def _input(node: ET.Element, name: str, type_: str, **more: str) -> None:
    ET.SubElement(node, "input", {"name": name, "type": type_, **more})


def _identifier(name: str) -> str:
    """A name as MaterialX takes it: letters, digits, underscores."""
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def godot(surface: Surface) -> str:
    """A StandardMaterial3D of Godot 4 (.tres), which takes occlusion, roughness and metal out of R,
    G and B of one file.

    Names: doc/classes/BaseMaterial3D.xml of Godot 4; red is channel 0, green 1, blue 2. A height is
    there, but parallax, which costs, is not switched on.
    """
    has = surface.textures
    files = list(dict.fromkeys(has.values()))
    header = f'[gd_resource type="StandardMaterial3D" load_steps={len(files) + 1} format=3]\n'
    resources = [
        f'[ext_resource type="Texture2D" path={_quoted(file)} id="{index}"]'
        for index, file in enumerate(files, 1)
    ]
    rows = [f"resource_name = {_quoted(surface.name)}"]
    for kind, name, more in _GODOT:
        if kind in has:
            place = f'ExtResource("{files.index(has[kind]) + 1}")'
            rows += [f"{name} = {place}", *more]
        elif kind in ("metallic", "roughness"):
            rows.append(f"{kind} = {KINDS[kind].neutral}")
    return "\n".join([header, *resources, "", "[resource]", *rows, ""])


_GODOT = (
    ("colour", "albedo_texture", ()),
    ("metallic", "metallic_texture", ("metallic = 1.0", "metallic_texture_channel = 2")),
    ("roughness", "roughness_texture", ("roughness = 1.0", "roughness_texture_channel = 1")),
    ("normal", "normal_texture", ("normal_enabled = true",)),
    ("occlusion", "ao_texture", ("ao_enabled = true", "ao_texture_channel = 0")),
    ("height", "heightmap_texture", ()),
)


def _relative(file: str) -> str:
    """A file's name as a relative address (RFC 3986): other bytes than these are written as %XX."""
    kept = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
    return "".join(chr(b) if chr(b) in kept else f"%{b:02X}" for b in file.encode())


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


DOCUMENTS: dict[str, Callable[[Surface], str]] = {
    ".gltf": gltf,
    ".mtlx": materialx,
    ".tres": godot,
}
