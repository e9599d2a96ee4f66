"""A file to resume from: what a run was, and where it had got to. Refused where it is another's."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

from ..errors import Refused, shown
from ..files import user_path, write_whole
from ..foreign import is_plain, read_pickle

RESUME = "resume.ckpt"


def save(path: Path, origin: Mapping[str, object], kept: str, state: dict) -> None:
    """origin: what a resumed run has to share. kept: the name that the state goes by."""
    data = io.BytesIO()
    torch.save({"origin": dict(origin), kept: state}, data)
    write_whole(path, data.getvalue())


def take_up(
    given: str | None, origin: Mapping[str, object], kept: str, load: Callable[[dict], None]
) -> Path | None:
    """Load the state out of the file given -> its path, None where none was given."""
    if given is None:
        return None
    path = user_path(given)
    if not path.is_file():
        raise Refused(f"there is no file {path} to resume from.")
    state = read_pickle(path)
    if not isinstance(state, dict) or not {"origin", kept} <= state.keys():
        raise Refused(f"{path} is not a file to resume from.")
    before = state["origin"]
    if not isinstance(before, dict) or not is_plain(before):
        raise Refused(f"{path} is not a file to resume from.")
    for key in dict.fromkeys(["kind", *origin, *map(str, before)]):
        if before.get(key) != origin.get(key):
            raise Refused(
                f"{path} belongs to a run with {shown(key)}={shown(before.get(key))}, not "
                f"{shown(origin.get(key))}: "
                "give the same options and pictures as before."
            )
    try:
        load(state[kept])
    except Refused as refusal:
        raise Refused(f"{path} is not whole enough to resume: {refusal}") from refusal
    except Exception as error:  # a file changed by hand can fail anywhere
        raise Refused(f"{path} is not whole enough to resume ({type(error).__name__}).") from error
    return path
