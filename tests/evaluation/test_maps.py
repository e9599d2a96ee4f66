"""Figures of the maps of a material, on cases that are known."""

import math

import pytest
import torch

from texturenet.evaluation.maps import as_pictures, cross_correlations, map_figures
from texturenet.materials import normals


def surface(seed: int = 0, side: int = 64) -> dict[str, torch.Tensor]:
    """Bumps; rough where they are low, and as bright as they are rough."""
    random = torch.Generator().manual_seed(seed)
    spectrum = torch.fft.rfft2(torch.randn(side, side, generator=random))
    line = torch.fft.fftfreq(side)
    radius = torch.hypot(line[:, None], line[: side // 2 + 1])
    plane = torch.fft.irfft2(spectrum * torch.exp(-((radius / 0.12) ** 2)), s=(side, side))
    height = 0.5 + 0.1 * (plane - plane.mean()) / plane.std()
    across = (height.roll(-1, 1) - height.roll(1, 1)) / 2
    down = (height.roll(-1, 0) - height.roll(1, 0)) / 2
    return {
        "colour": (1 - height).expand(3, -1, -1).clamp(0, 1),
        "normal": normals.normal_of(6 * torch.stack([across, down])),
        "height": height[None],
        "roughness": (1 - height)[None],
    }


def test_an_exemplar_against_itself_is_perfect():
    maps = surface()
    figures = map_figures([maps], maps)
    assert figures["slopes"] == pytest.approx(1)
    assert figures["curl"] == pytest.approx(1)
    assert figures["inward"] == 0
    assert figures["cross"] == 0
    assert figures["height patches"] < 1e-6
    assert figures["roughness values"] < 1e-6


def test_another_piece_of_the_surface_is_nearly_as_good():
    figures = map_figures([surface(seed) for seed in (1, 2, 3)], surface())
    assert figures["slopes"] > 0.98
    assert figures["cross"] < 0.1


def test_normals_of_another_surface_have_slopes_that_do_not_agree():
    maps = surface() | {"normal": surface(1)["normal"]}
    assert abs(map_figures([maps], surface())["slopes"]) < 0.2


def test_the_other_convention_has_slopes_against_the_height():
    maps = surface()
    assert map_figures([maps | {"normal": normals.flipped(maps["normal"])}], maps)["slopes"] < -0.9


def ribs(seed: int, side: int = 64) -> dict[str, torch.Tensor]:
    """Relief across alone, with a little noise along the ribs."""
    line = torch.arange(float(side)) / side
    height = 0.5 + 0.3 * (2 * math.pi * (5 * line + seed / 7)).sin().expand(side, side)
    noise = 1e-4 * torch.randn(3, side, side, generator=torch.Generator().manual_seed(seed))
    across = (height.roll(-1, 1) - height.roll(1, 1)) / 2
    slopes = 6 * (torch.stack([across, torch.zeros_like(across)]) + noise[:2])
    return {"normal": normals.normal_of(slopes), "height": (height + noise[2])[None]}


def test_noise_along_ribs_says_nothing_of_slopes():
    seeds = [ribs(seed) | {"colour": surface()["colour"]} for seed in range(3)]
    assert map_figures(seeds[1:], seeds[0])["slopes"] == pytest.approx(1, abs=0.02)


def test_noise_in_normals_has_curl():
    maps = surface()
    slopes = normals.slopes_of(maps["normal"])
    noise = torch.randn(slopes.shape, generator=torch.Generator().manual_seed(5))
    noisy = maps | {"normal": normals.normal_of(slopes + noise * slopes.std())}
    assert map_figures([noisy], maps)["curl"] > 10


def test_normals_that_look_inward_are_counted():
    maps = surface()
    normal = maps["normal"].clone()
    normal[:, :16] *= -1
    assert map_figures([maps | {"normal": normal}], maps)["inward"] == pytest.approx(0.25)


def test_maps_that_do_not_lie_on_each_other_are_noticed():
    maps = surface()
    moved = maps | {"roughness": maps["roughness"].roll(9, 2)}
    assert map_figures([moved], maps)["cross"] > 0.5


def test_correlations_are_taken_between_maps_and_have_their_sign():
    found = cross_correlations(surface())
    for octave in range(3):
        assert found["height", "roughness", octave] == pytest.approx(-1, abs=1e-5)
        assert found["colour", "roughness", octave] == pytest.approx(1, abs=1e-3)
    assert not any("normal" in one and "normal" in other for one, other, _ in found)


def test_correlations_do_not_depend_on_where_a_pattern_begins():
    """A ridge and its slope have nothing to do with each other, wherever its pixels fall."""
    place = 2 * math.pi * torch.arange(64) / 8
    found = []
    for moved in (0, 0.4, 1):
        height = (0.5 + 0.3 * torch.cos(place - moved)).expand(1, 64, 64)
        slope = 2 * torch.sin(place - moved).expand(64, 64)
        normal = normals.normal_of(torch.stack([slope, torch.zeros(64, 64)]))
        maps = {"colour": height.expand(3, -1, -1), "normal": normal, "height": height}
        found.append(cross_correlations(maps)["normal across", "height", 0])
    assert max(map(abs, found)) < 0.02


def test_a_map_that_says_nothing_is_left_out():
    maps = surface() | {"metallic": torch.zeros(1, 64, 64)}
    assert not any("metallic" in name for name in map_figures([maps], maps))
    assert not any("metallic" in pair for pair in cross_correlations(maps))


def test_a_material_without_height_or_normals_has_the_other_figures():
    maps = {kind: surface()[kind] for kind in ("colour", "roughness")}
    figures = map_figures([maps], maps)
    assert set(figures) == {"cross", "roughness values", "roughness patches"}
    assert not math.isnan(figures["cross"])


def test_maps_that_a_net_does_not_draw_are_not_judged():
    maps = surface()
    drawn = {kind: maps[kind] for kind in ("colour", "height")}
    figures = map_figures([drawn], maps)
    assert set(figures) == {"cross", "height values", "height patches"}


def test_maps_are_shown_as_pictures():
    pictures = as_pictures(surface())
    assert [picture.shape for picture in pictures] == [(3, 64, 64)] * 4
    assert all(picture.min() >= 0 and picture.max() <= 1 for picture in pictures)
