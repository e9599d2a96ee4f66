"""Pictures from Python: seeds of any kind, precision of their own, films like lists."""

import numpy as np
import pytest
import torch
from helpers.nets import texture

from texturenet.errors import Refused


@pytest.mark.parametrize(
    "seed", [torch.tensor(3), np.int64(3), np.uint8(3), torch.tensor(3, dtype=torch.int32)]
)
def test_whatever_is_a_whole_number_is_a_seed(seed):
    plane = texture(3)
    assert torch.equal(plane.render(16, 16, seed=seed), plane.render(16, 16, seed=3))
    film = plane.film("interpolate", seconds=0.1, size=16, seeds=(seed, 5))
    assert film.motion.seeds == (3, 5)


@pytest.mark.parametrize("seed", [1.5, "3", None, torch.tensor(1.5), torch.tensor([1, 2]), -1])
def test_what_is_no_whole_number_is_no_seed(seed):
    with pytest.raises(Refused):
        texture(3).render(16, 16, seed=seed)


def test_autocast_around_it_changes_no_pixel():
    plane = texture(3)
    film = {"seconds": 0.1, "size": (24, 24), "patch": (8, 8)}
    picture, frame = plane.render(24, 24, seed=3), plane.film("displace", **film).frame(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(plane.render(24, 24, seed=3), picture)
        assert torch.equal(plane.film("displace", **film).frame(1), frame)


def test_the_default_dtype_of_a_program_changes_nothing():
    plane = texture(3)
    picture = plane.render(24, 24, seed=3)
    torch.set_default_dtype(torch.float64)
    try:
        other = plane.render(24, 24, seed=3)
    finally:
        torch.set_default_dtype(torch.float32)
    assert other.dtype == torch.float32
    assert torch.equal(other, picture)


def test_a_film_is_read_like_a_list():
    film = texture(3).film("loop", seconds=0.1, size=(16, 16))
    assert len(film) == 3
    assert torch.equal(film[0], film.frame(0))
    assert torch.equal(film[-1], film[2])
    assert not torch.equal(film[0], film[1])
    for number in (3, 99, -4):
        with pytest.raises(IndexError, match=f"no frame {number} in a film of 3"):
            film.frame(number)


def test_a_film_of_no_whole_frame_has_one_as_the_command_makes():
    assert len(texture(3).film("loop", seconds=0.01, fps=30, size=16)) == 1
    for seconds in (0, -1, float("nan")):
        with pytest.raises(Refused):
            texture(3).film("loop", seconds=seconds, size=16)


def test_a_misspelt_key_of_a_film_names_the_right_one():
    with pytest.raises(Refused, match="a film has no 'sieds'. Did you mean seeds"):
        texture(3).film("loop", sieds=(0, 1))


def test_a_seed_of_a_film_that_cannot_be_is_refused_in_one_sentence():
    with pytest.raises(Refused) as refusal:
        texture(3).film("loop", seeds=(0, -1))
    assert str(refusal.value) == "seed is -1: it must lie between 0 and 2^64-1."


def test_one_side_is_a_size_as_in_the_command():
    assert texture(3).film("loop", seconds=0.1, size=64).motion.size == (64, 64)
    assert texture(3).film("loop", seconds=0.1, size=[64, 32]).motion.size == (64, 32)


def test_a_texture_can_be_a_key_and_is_equal_to_itself_alone():
    one, two = texture(3), texture(3)
    assert {one: 1}[one] == 1
    assert one == one
    assert one != two
