"""Files of large pictures whose parts are small."""

import pytest

from texturenet.io.large.png import PngSheet
from texturenet.io.large.tiff import TiffSheet


@pytest.fixture
def small_parts(monkeypatch):
    """Many parts of small pictures."""
    monkeypatch.setattr(TiffSheet, "TILE", 32)
    monkeypatch.setattr(TiffSheet, "ACROSS", 2)
    monkeypatch.setattr(PngSheet, "BAND", 24)
