"""What worker processes of tests make of a part."""

import os
import signal

from texturenet.errors import Refused


def large(part):
    """Far more than a pipe holds: ending it in the middle is likely."""
    return [bytes([part.row % 256]) * 8_000_000]


def refusing(part):
    if part.row == 2:
        raise Refused(f"part {part.row} cannot be made.")
    return [b"made"]


def dying(part):
    if part.row == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return [b"made"]


def named(part):
    return [f"{part.row}".encode(), str(os.getpid()).encode()]
