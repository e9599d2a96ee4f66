"""Covariances of planes in patches."""

import math

import pytest
import torch
import torch.nn.functional as F

from texturenet.losses.patches import FLOOR, PatchCovariance


def planes(seed: int = 0, side: int = 64) -> torch.Tensor:
    """Two planes that lie on each other, and one of its own: (1,3,H,W)."""
    random = torch.Generator().manual_seed(seed)
    one, other = torch.rand(2, 1, 1, side, side, generator=random)
    return torch.cat([one, 1 - one, other], 1)


def test_an_exemplar_has_hardly_an_error():
    """But for what its squares of pixels leave to chance, where they begin."""
    term = PatchCovariance(planes(side=256), 16)
    logs, other = 2 * term.octaves, planes(1)
    assert logs * math.log(FLOOR) < term(planes(side=256)) < logs * math.log(3 * FLOOR)
    assert term(other) > logs * math.log(5 * FLOOR)


def test_other_planes_that_lie_on_each_other_alike_have_little():
    term = PatchCovariance(planes(side=256), 64)
    alike = term(planes(1, 256))
    moved = planes(1, 256)
    moved[:, 1] = moved[:, 1].roll(1, -1)
    assert term(moved) > alike + 3


def test_a_plane_that_lies_one_pixel_beside_is_noticed_in_every_direction():
    term, whole = PatchCovariance(planes(), 64), planes()
    perfect = term(whole)
    for shift in ((0, 1), (1, 0), (-1, 1), (0, 3)):
        moved = whole.clone()
        moved[:, 1] = moved[:, 1].roll(shift, (-2, -1))
        assert term(moved) > perfect + 2


def test_faint_planes_count_as_much_as_strong_ones():
    """Each is in units of its own deviation."""
    faint = planes() * torch.tensor([1.0, 0.02, 1.0]).view(1, 3, 1, 1)
    moved = planes()
    moved[:, 1] = moved[:, 1].roll(1, -1)
    strong = PatchCovariance(planes(), 64)(moved)
    weak = PatchCovariance(faint, 64)(moved * torch.tensor([1.0, 0.02, 1.0]).view(1, 3, 1, 1))
    assert weak == pytest.approx(strong.item(), rel=0.02)


def test_its_gradient_brings_planes_together():
    term, moving = PatchCovariance(planes(), 64), torch.rand(2, 3, 64, 64, requires_grad=True)
    before = term(moving)
    optimizer = torch.optim.Adam([moving], lr=0.02)
    for _ in range(60):
        optimizer.zero_grad()
        term(moving).backward()
        optimizer.step()
    assert term(moving) < before - 3
    pair = moving.detach()[:, :2].transpose(0, 1).flatten(1)
    assert torch.corrcoef(pair)[0, 1] < -0.8


def test_a_plane_of_one_value_has_no_gradient_that_is_not_finite():
    still = planes()
    still[:, 1] = 0.5
    moving = still.clone().requires_grad_()
    PatchCovariance(still, 64)(moving).backward()
    assert moving.grad.isfinite().all()


def test_a_pattern_may_begin_at_any_pixel():
    """Ridges that come back after whole squares of pixels, and a plane that is antisymmetric to
    them."""
    place = 2 * math.pi * torch.arange(64) / 8
    planes = torch.stack([torch.cos(place), torch.sin(place)])[:, None].expand(2, 64, 64)[None]
    loss = PatchCovariance(planes, 64)
    errors = [float(loss(planes.roll(moved, 3))) for moved in range(4)]
    assert max(errors) - min(errors) < 0.5 * loss.octaves


def slow(seed: int, together: bool, side: int = 128) -> torch.Tensor:
    """Two planes of detail that lie on each other, above stains of half of its strength that lie
    on each other or do not: (1,2,H,W)."""
    random = torch.Generator().manual_seed(seed)
    detail = torch.randn(1, 1, side, side, generator=random)
    one, other = torch.randn(2, 1, 1, side // 32, side // 32, generator=random)
    stains = [F.interpolate(plane, (side, side), mode="bicubic") for plane in (one, other)]
    both = [stains[0], stains[0] if together else stains[1]]
    return torch.cat([0.5 + 0.1 * (detail + stain / 2) for stain in both], 1)


def test_stains_are_compared_below_detail():
    """In the coarsest of three bands they would be drowned."""
    term = PatchCovariance(slow(0, together=True, side=512), 128)
    alike = [float(term(slow(seed, together=True))) for seed in range(1, 5)]
    apart = [float(term(slow(seed, together=False))) for seed in range(1, 5)]
    assert sum(apart) > sum(alike) + 4


@pytest.mark.parametrize("side", [4, 7, 8, 16, 20, 31, 36, 60, 100, 128, 300])
@pytest.mark.parametrize("exemplar", [16, 33, 128])
def test_any_size_is_compared(side, exemplar):
    """Down to a patch in the coarsest band, wherever the exemplar's squares begin."""
    term = PatchCovariance(planes(side=exemplar), side)
    assert math.isfinite(term(planes(1, side)))
    assert 1 <= term.octaves <= 6
