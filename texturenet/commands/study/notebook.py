"""The results of a study so far: JSON and pictures of each item, so that none is done twice."""

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from ...errors import Refused
from ...io.files import write_whole
from ...io.pictures import save_picture


class Notebook:
    """The results of one study, in its folder: results/<item>.json, pictures/<item>_<name>.png.

    Parameters
    ----------
    folder : of the study, new, empty, or with the results of the same study
    origin : what decides the results, as JSON can hold it; study.json keeps it

    Raises
    ------
    Refused : where the folder holds the results of another study, or other files
    """

    def __init__(self, folder: Path, origin: Mapping[str, object]):
        self.folder = folder
        path, text = folder / "study.json", json.dumps(dict(origin), indent=1, sort_keys=True)
        if path.is_file() and path.read_text(errors="replace") != text:
            raise Refused(f"{folder} holds a study with other options: say another out.")
        if not path.is_file() and folder.is_dir() and any(folder.iterdir()):
            raise Refused(f"{folder} holds other files, and no study: say another out.")
        write_whole(path, text)

    def facts(self, item: str) -> dict | None:
        """The facts of an item, with the paths of its `pictures` in the folder; None before it is
        noted.

        Raises
        ------
        Refused : where its file is damaged
        """
        path = self._path(item)
        if not path.is_file():
            return None
        try:
            return dict(json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise Refused(f"{path} is damaged: delete it, and it is computed anew.") from error

    def note(self, item: str, facts: Mapping[str, object], pictures: Mapping[str, Tensor]) -> None:
        """Keep an item: its facts, and its pictures (3,H,W) in [0,1] by name.

        The facts are written last: an item counts as noted once all of it is there.
        """
        for name, picture in pictures.items():
            save_picture(self.picture(item, name), picture)
        paths = {name: str(self.picture(item, name).relative_to(self.folder)) for name in pictures}
        write_whole(self._path(item), json.dumps({**facts, "pictures": paths}, indent=1))

    def picture(self, item: str, name: str) -> Path:
        """Where a picture of an item lies."""
        return self.folder / "pictures" / f"{item}_{name}.png"

    def _path(self, item: str) -> Path:
        return self.folder / "results" / f"{item}.json"
