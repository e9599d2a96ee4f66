"""Tiles on a map: which tile fits where, by what a map says of corners or of cells."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .tiles import AROUND, Tile, blob_points

NEIGHBOURS = [(row - 1, column - 1) for row, column in AROUND]


def by_corners(tiles: Sequence[Tile], corners: Tensor) -> Tensor:
    """Numbers of corner tiles (H,W), by the textures of their corners (H+1,W+1)."""
    number = {tile.corners: tile.number for tile in tiles}
    rows = corners.tolist()
    return torch.tensor([
        [number[*rows[i][j : j + 2], *rows[i + 1][j : j + 2]] for j in range(len(rows[0]) - 1)]
        for i in range(len(rows) - 1)
    ])  # fmt: skip


def by_cells(tiles: Sequence[Tile], cells: Tensor) -> Tensor:
    """Numbers of blob tiles (H,W), by the texture of each cell (H,W), 0 or 1. Outside of the map
    its border goes on."""
    number = {tile.points: tile.number for tile in tiles}
    height, width = cells.shape
    near = cells[
        torch.arange(-1, height + 1).clamp(0, height - 1)[:, None],
        torch.arange(-1, width + 1).clamp(0, width - 1),
    ].tolist()

    def points(row: int, column: int) -> tuple[tuple[int | None, ...], ...]:
        if near[row][column]:
            return ((1, 1, 1),) * 3
        return blob_points(tuple(
            not near[row + down][column + right]
            for down, right in NEIGHBOURS
        ))  # fmt: skip

    return torch.tensor([
        [number[points(i, j)] for j in range(1, width + 1)] for i in range(1, height + 1)
    ])  # fmt: skip


def laid(pictures: Tensor, numbers: Tensor, variants: Tensor) -> Tensor:
    """Tiles (K,V,C,s,s) on a map, by their numbers and variants (H,W): a picture (C,H s,W s)."""
    height, width = numbers.shape
    chosen = pictures[numbers, variants]  # (H,W,C,s,s)
    channels, side = chosen.shape[2], chosen.shape[-1]
    return chosen.permute(2, 0, 3, 1, 4).reshape(channels, height * side, width * side)
