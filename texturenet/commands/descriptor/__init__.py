"""texturenet descriptor: a picture, or a seed alone -> a descriptor, to be named where VGG can.

run.py has ranVGG and singleVGG made, as setup.py sets them up; draw.py draws a bank of filters.
"""

import signal
from collections.abc import Sequence

from ...errors import StoppedAtOnce
from .. import app
from .make import make


def main(arguments: Sequence[str]) -> int:
    return app.run("descriptor", lambda request: make(request.options)[1], arguments)


def make_with(**overrides: object) -> str:
    """From Python. A signal that was waited for is passed on: there is no file."""
    path, status = make(app.request("descriptor", overrides).options)
    if status == 128 + signal.SIGINT:
        raise KeyboardInterrupt
    if status:
        raise StoppedAtOnce(status - 128)
    return str(path)
