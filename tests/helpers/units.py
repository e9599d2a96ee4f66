"""Lattices of units, for property tests."""

import math

from hypothesis import strategies as st

NUMBERS = st.integers(-10, 10)


def area_of(rows, across):
    return across[0] * rows[1] - across[1] * rows[0]


lattices = st.tuples(st.tuples(NUMBERS, NUMBERS), st.tuples(NUMBERS, NUMBERS)).filter(
    lambda pair: area_of(*pair) > 0 and math.hypot(*pair[0]) <= area_of(*pair)
)
