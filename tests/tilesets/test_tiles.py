"""Which tiles there are."""

from itertools import pairwise, product

import pytest
import torch

from texturenet.tilesets.laying import by_cells, by_corners
from texturenet.tilesets.tiles import blob_points, blob_tiles, corner_tiles, tiles_of


@pytest.mark.parametrize(("count", "tiles"), [(2, 16), (3, 81)])
def test_a_corner_set_has_a_tile_for_every_choice_of_corners(count, tiles):
    made = corner_tiles(count)
    assert len(made) == tiles
    assert {tile.corners for tile in made} == set(product(range(count), repeat=4))
    assert [tile.number for tile in made] == list(range(tiles))


def test_a_blob_set_has_47_tiles_and_the_ground():
    made = blob_tiles()
    assert len({tile.points for tile in made}) == len(made) == 48
    reached = {blob_points(around) for around in product((False, True), repeat=8)}
    assert reached == {tile.points for tile in made[:47]}
    assert made[47].points == ((1, 1, 1),) * 3


def test_a_corner_of_a_blob_counts_where_both_edges_do():
    around = (True, True, False, True, True, True, True, True)  # nothing to the right
    assert blob_points(around) == ((0, 0, 1), (0, 0, 1), (0, 0, 1))


@pytest.mark.parametrize("kind", ["corner", "blob"])
def test_tiles_on_a_map_share_the_points_of_their_edges(kind):
    tiles = tiles_of(kind, 2)
    texture = torch.randint(0, 2, (21, 21), generator=torch.Generator().manual_seed(0))
    numbers = by_corners(tiles, texture) if kind == "corner" else by_cells(tiles, texture)
    for row in numbers.tolist():
        for left, right in pairwise(row):
            assert tiles[left].column(2) == tiles[right].column(0)
    for column in numbers.T.tolist():
        for above, below in pairwise(column):
            assert tiles[above].points[2] == tiles[below].points[0]


def test_a_tile_is_of_what_most_of_its_corners_have():
    assert [tile.texture for tile in corner_tiles(2)[:5]] == [0, 0, 0, 0, 0]
    assert corner_tiles(2)[7].texture == 1
    assert {tile.texture for tile in blob_tiles()[:47]} == {0}
