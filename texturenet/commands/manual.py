"""conf/ -> the help of a command: keys, defaults and comments, as they stand in the files."""

import re
from pathlib import Path

import yaml

from ..files import own_folder


def of(verb: str) -> str:
    """The text of `texturenet VERB --help`."""
    conf = own_folder("conf")
    main = (conf / f"{verb}.yaml").read_text()
    usage, body = main.split("\n", 1)
    parts = [f"usage: {usage.removeprefix('# ')}", _keys(body)]
    for entry in yaml.safe_load(main)["defaults"]:
        if isinstance(entry, str) and entry != "_self_":
            parts.append(_keys((conf / f"{entry}.yaml").read_text()))
        elif isinstance(entry, dict):
            ((group, chosen),) = entry.items()
            if group != "hydra":
                parts.append(_group(conf / group, group, chosen))
    return "\n\n".join(part for part in parts if part)


def _group(folder: Path, group: str, chosen: str) -> str:
    """A group's choices, and the keys of the one that holds unless another is named."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    head = f"{group.partition('/')[0]}={'|'.join(names)}   (unless said: {chosen}, which has)"
    keys = _keys((folder / f"{chosen}.yaml").read_text())
    if "@package _global_" not in (folder / f"{chosen}.yaml").read_text():
        keys = f"{group}:\n" + keys
        keys = keys.replace("\n", "\n  ")
    return f"{head}\n\n{keys}"


def _keys(text: str) -> str:
    """A file without its defaults list and package line."""
    text = re.sub(r"^defaults:.*\n(?:  - .*\n)*", "", text, flags=re.MULTILINE)
    return re.sub(r"^# @package.*\n", "", text, flags=re.MULTILINE).strip("\n")
