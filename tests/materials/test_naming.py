"""Which map a file holds, by its name."""

import pytest

from texturenet.errors import Refused
from texturenet.materials.naming import Part, found, named, words_of


def kinds(*files: str, **given: str) -> dict[str, str]:
    """{kind: file, with its channels}."""
    parts = found(files, given).parts
    return {
        kind: part.file + (f"[{'-' * part.inverted}{part.channels}]" if part.channels else "")
        for kind, part in parts.items()
    }


SETS = {
    "ambientCG": (
        "Bricks102_1K-JPG_Color.jpg", "Bricks102_1K-JPG_NormalGL.jpg",
        "Bricks102_1K-JPG_NormalDX.jpg", "Bricks102_1K-JPG_Roughness.jpg",
        "Bricks102_1K-JPG_Displacement.jpg", "Bricks102_1K-JPG_AmbientOcclusion.jpg",
        "Bricks102_1K-JPG_Metalness.jpg",
    ),
    "Poly Haven": (
        "castle_brick_diff_1k.jpg", "castle_brick_nor_gl_1k.exr", "castle_brick_nor_dx_1k.exr",
        "castle_brick_rough_1k.exr", "castle_brick_disp_1k.png", "castle_brick_ao_1k.jpg",
        "castle_brick_metal_1k.exr",
    ),
    "Substance": (
        "plate_BaseColor.png", "plate_Normal.png", "plate_NormalDX.png", "plate_Roughness.png",
        "plate_Height.png", "plate_AmbientOcclusion.png", "plate_Metallic.png",
    ),
}  # fmt: skip


@pytest.mark.parametrize("files", SETS.values(), ids=SETS)
def test_sets_as_they_are_sold_are_understood(files):
    colour, normal, _, roughness, height, occlusion, metallic = files
    assert kinds(*files) == {
        "colour": colour, "normal": normal, "height": height, "roughness": roughness,
        "occlusion": occlusion, "metallic": metallic,
    }  # fmt: skip


def test_of_two_normals_the_one_in_opengl_is_taken_and_its_convention_known():
    parts = found(SETS["ambientCG"]).parts
    assert parts["normal"] == Part("Bricks102_1K-JPG_NormalGL.jpg", convention="opengl")
    alone = found(["a_color.png", "a_nor_dx.png"]).parts["normal"]
    assert alone.convention == "directx"


@pytest.mark.parametrize(
    ("packed", "expected"),
    [
        ("x_ORM.png", {"roughness": "[g]", "occlusion": "[r]", "metallic": "[b]"}),
        ("x_arm_1k.jpg", {"roughness": "[g]", "occlusion": "[r]", "metallic": "[b]"}),
        ("x_MaskMap.png", {"roughness": "[-a]", "occlusion": "[g]", "metallic": "[r]"}),
        ("x_MetallicSmoothness.png", {"roughness": "[-a]", "metallic": "[r]"}),
        ("x_metallic-roughness.png", {"roughness": "[g]", "metallic": "[b]"}),
        ("x_SpecularSmoothness.png", {"roughness": "[-a]"}),
        ("x_specular_glossiness.png", {"roughness": "[-a]"}),
        ("x_metallicroughnessmap.png", {"roughness": "[g]", "metallic": "[b]"}),
    ],
)
def test_packed_files_are_taken_apart(packed, expected):
    assert kinds("x_albedo.png", packed) == {"colour": "x_albedo.png"} | {
        kind: packed + channel for kind, channel in expected.items()
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("wall_normalmap.png", "normal"),
        ("roughnessmap.png", "roughness"),
        ("wall-heightmap.png", "height"),
        ("wall_displacementmap.png", "height"),
        ("wall_metalnessMap.png", "metallic"),
        ("wall_aomap.png", "occlusion"),
        ("wall_occlusiontexture.png", "occlusion"),
        ("wall_BumpMap.png", "height"),
    ],
)
def test_map_may_be_written_behind_a_word(name, kind):
    assert kinds("wall_colormap.png", name) == {"colour": "wall_colormap.png", kind: name}


def test_a_normalmap_may_say_its_convention():
    part = found(["a_color.png", "a_normalmap_dx.png"]).parts["normal"]
    assert part.convention == "directx"


def test_a_smoothnessmap_is_inverted():
    assert found(["x_col.jpg", "x_smoothnessmap.png"]).parts["roughness"].inverted


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("x_AlbedoSmoothness.png", {"roughness": "[-a]"}),
        ("x_basecolor_height.png", {"height": "[a]"}),
    ],
)
def test_a_colour_may_hold_another_map_in_its_alpha(name, packed):
    found = {kind: name + channel for kind, channel in packed.items()}
    assert kinds(name, "x_normal.png") == {"colour": name, "normal": "x_normal.png"} | found


def test_albedo_with_transparency_is_a_colour():
    assert kinds("x_AlbedoTransparency.png") == {"colour": "x_AlbedoTransparency.png"}


@pytest.mark.parametrize("name", ["x_specular.png", "x_Spec.png", "x_specularmap.png"])
def test_of_a_specular_map_it_is_said_what_to_do(name):
    result = found(["x_color.png", name])
    assert list(result.parts) == ["colour"]
    assert f"say maps.roughness={name}[-a]" in result.beside[name]


def test_a_file_that_is_named_for_one_map_is_no_other_one_by_its_name():
    assert kinds("a_color.png", "a_rough.png", height="a_rough.png") == {
        "colour": "a_color.png", "height": "a_rough.png",
    }  # fmt: skip
    assert kinds("a_color.png", "a_normal.png", "b_height.png", normal="b_height.png") == {
        "colour": "a_color.png", "normal": "b_height.png",
    }  # fmt: skip


def test_channels_that_are_not_named_are_still_what_the_name_of_the_file_says():
    assert kinds("a_color.png", "a_arm.png", roughness="a_arm.png[r]") == {
        "colour": "a_color.png", "roughness": "a_arm.png[r]", "metallic": "a_arm.png[b]",
    }  # fmt: skip
    assert kinds("a_color.png", height="a_color.png[a]") == {
        "colour": "a_color.png", "height": "a_color.png[a]",
    }  # fmt: skip
    assert kinds("a_color.png", "a_rough.png", metallic="a_rough.png[g]") == {
        "colour": "a_color.png", "roughness": "a_rough.png", "metallic": "a_rough.png[g]",
    }  # fmt: skip


def test_the_roughness_of_speculars_is_no_alpha():
    """specular_roughness is a name of MaterialX and OpenPBR."""
    found = kinds("b_color.png", "b_normal.png", "b_specular_roughness.png")
    assert found["roughness"] == "b_specular_roughness.png"


def test_what_a_name_is_set_aside_for_is_said():
    files = ["w_color.jpg", "w_normal.jpg", "w_roughness.png"]
    one = found(files, {"occlusion": "w_roughness.png"})
    assert "roughness" not in one.parts
    assert one.beside["w_roughness.png"].endswith("say maps.roughness=w_roughness.png")
    both = found(files, {"occlusion": "w_roughness.png[r]"})
    assert both.parts["roughness"].file == both.parts["occlusion"].file == "w_roughness.png"


def test_a_colour_may_be_named_for_another_map_too():
    """Its brightness is a height."""
    maps = found(["w_color.jpg", "w_normal.jpg"], {"height": "w_color.jpg"}).parts
    assert maps["colour"].file == maps["height"].file == "w_color.jpg"


def test_a_file_of_its_own_is_better_than_a_packed_one():
    assert kinds("x_diff.jpg", "x_arm.jpg", "x_rough.png")["roughness"] == "x_rough.png"


def test_more_bits_are_better_than_fewer():
    assert kinds("x_col.jpg", "x_disp.jpg", "x_disp.exr")["height"] == "x_disp.exr"


def test_smoothness_is_inverted_roughness():
    assert found(["x_col.jpg", "x_gloss.jpg"]).parts["roughness"].inverted


def test_a_material_may_be_called_after_a_map():
    files = "metal_plate_color.png", "metal_plate_rough.png", "metal_plate_normal.png"
    assert sorted(kinds(*files)) == ["colour", "normal", "roughness"]


def test_a_word_of_the_materials_name_is_still_one_of_a_map():
    files = "rough_wood_diff_1k.png", "rough_wood_nor_gl_1k.png", "rough_wood_rough_1k.png"
    assert kinds(*files)["roughness"] == "rough_wood_rough_1k.png"
    assert kinds("Metal_Plate_Color.png", "Metal_Plate_Metal.png")["metallic"].endswith("Metal.png")
    assert kinds("x_color.png", "x_color_4k.exr") == {"colour": "x_color.png"}


def test_colours_are_pictures_before_they_are_exr():
    assert kinds("a_diff.exr", "a_diff.jpg")["colour"] == "a_diff.jpg"


def test_depth_is_inverted_height_and_bumps_are_heights():
    assert found(["x_col.jpg", "x_depth.png"]).parts["height"].inverted
    assert kinds("x_col.jpg", "x_bump.png")["height"] == "x_bump.png"


def test_an_opacity_mask_is_no_packed_file():
    assert found(["x_col.jpg", "x_mask.png"]).beside == {"x_mask.png": "its name says no map"}


@pytest.mark.parametrize("text", ["a.png[r]", "a.png[-rgb]"])
def test_channels_of_a_colour_are_refused(text):
    with pytest.raises(Refused, match="the colour is a whole picture"):
        found(["a.png"], {"colour": text})


def test_a_folder_without_pictures_is_refused():
    with pytest.raises(Refused, match="there are no pictures of maps"):
        found(["readme.txt"])


def test_two_files_for_one_map_are_refused_with_the_remedy():
    with pytest.raises(Refused, match=r"both the roughness map .*maps\.roughness="):
        found(["x_color.png", "x_rough.png", "x_roughness.png"])
    assert kinds("x_color.png", "x_rough.png", "x_roughness.png", roughness="x_rough.png")


def test_a_set_without_colour_is_refused():
    with pytest.raises(Refused, match=r"none is a colour map: name it, as maps\.colour=FILE"):
        found(["x_normal.png", "x_rough.png"])


def test_a_map_may_be_named_by_hand_and_left_out():
    assert kinds("a.png", "b_normal.png", colour="a.png", normal="none") == {"colour": "a.png"}
    assert kinds("a.png", colour="a.png", roughness="p.png[g]")["roughness"] == "p.png[g]"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("f.png", Part("f.png")),
        ("f.png[g]", Part("f.png", "g")),
        ("a[1].png[-a]", Part("a[1].png", "a", True)),
        ("a[1].png", Part("a[1].png")),
    ],
)
def test_what_a_user_says_of_a_map(text, part):
    assert named(text) == part


def test_files_that_say_nothing_are_told():
    result = found(["x_color.png", "x_preview.png", "readme.txt"])
    assert result.beside == {"x_preview.png": "its name says no map"}


def test_words_are_parted_at_capitals():
    assert words_of("Bricks102_1K-JPG_NormalGL")[-2:] == ["normal", "gl"]
    assert words_of("plateBaseColor") == ["plate", "base", "color"]


@pytest.mark.parametrize("word", ["Normal_DirectX", "NormalDirectX", "Normal_OpenGL"])
def test_a_convention_may_be_two_words(word):
    part = found(["wall_Color.png", f"wall_{word}.png"]).parts["normal"]
    assert part.convention == ("opengl" if "GL" in word else "directx")


def test_a_packed_file_that_is_used_is_not_said_to_be_unused():
    result = found(["a_color.png", "a_arm.png", "a_metal.png"])
    assert result.parts["roughness"].file == "a_arm.png"
    assert "a_arm.png" not in result.beside


def test_pictures_that_are_not_read_are_said():
    result = found(["a_color.png", "a_normal.tga", "notes.txt"])
    assert list(result.parts) == ["colour"]
    assert "save it as PNG" in result.beside["a_normal.tga"]
    assert "notes.txt" not in result.beside


@pytest.mark.parametrize("word", ["preview", "spec", "opacity", "emissive"])
def test_what_is_no_map_is_not_one_by_the_name_of_its_material(word):
    result = found(
        ["metal_color_basecolor.png", "metal_color_height.png", f"metal_color_{word}.png"]
    )
    assert set(result.parts) == {"colour", "height"}
    assert result.parts["colour"].file == "metal_color_basecolor.png"
    assert f"metal_color_{word}.png" in result.beside
