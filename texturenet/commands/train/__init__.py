"""texturenet train: a photograph -> a run folder: released net, pictures, curves, a resume file.

run.py is one run from end to end: prepared.py reads and checks, setup.py builds what trains,
fitting.py trains it, live.py shows and stops that, release.py writes the net and its samples.
Lightning is imported when a run begins.
"""

from collections.abc import Sequence

from .. import app


def main(arguments: Sequence[str]) -> int:
    return app.run("train", _train, arguments)


def _train(request: app.Request) -> int:
    from .run import train

    return train(request)[1]


def train_with(**overrides: object) -> str:
    """The same from Python -> the path of the released file."""
    from .run import train

    return str(train(app.request("train", overrides))[0])
