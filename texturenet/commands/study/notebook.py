"""What a study has found so far: JSON and pictures of each item, so that none is done twice."""

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from ...errors import Refused
from ...io.files import write_whole
from ...io.pictures import save_picture


class Notebook:
    """origin: what the study is of; a folder that holds another's is refused."""

    def __init__(self, folder: Path, origin: Mapping[str, object]):
        self.folder = folder
        path, told = folder / "study.json", json.dumps(dict(origin), indent=1, sort_keys=True)
        if path.is_file() and path.read_text(errors="replace") != told:
            raise Refused(f"{folder} holds a study with other options: say another out.")
        if not path.is_file() and folder.is_dir() and any(folder.iterdir()):
            raise Refused(f"{folder} holds other files, and no study: say another out.")
        write_whole(path, told)

    def found(self, item: str) -> dict | None:
        """The facts of an item that was noted."""
        path = self._path(item)
        if not path.is_file():
            return None
        try:
            return dict(json.loads(path.read_text()))
        except (ValueError, TypeError) as error:
            raise Refused(f"{path} is damaged: delete it, and it is found anew.") from error

    def note(self, item: str, facts: Mapping[str, object], pictures: Mapping[str, Tensor]) -> None:
        """The facts last: an item counts as noted once all of it is there."""
        for name, picture in pictures.items():
            save_picture(self.picture(item, name), picture)
        shown = {name: str(self.picture(item, name).relative_to(self.folder)) for name in pictures}
        write_whole(self._path(item), json.dumps({**facts, "pictures": shown}, indent=1))

    def picture(self, item: str, name: str) -> Path:
        return self.folder / "pictures" / f"{item}_{name}.png"

    def _path(self, item: str) -> Path:
        return self.folder / "results" / f"{item}.json"
