"""conf/ -> the help of a command: keys, defaults and comments, as they stand in the files."""

import re
from pathlib import Path

import yaml

from ..io.files import own_folder

OF_ITS_OWN = {"making": "kind"}  # groups whose choices have different keys: what users call them


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
    """A group's choices, and the keys of the one that holds unless another is named; where each
    has keys of its own, those of all."""
    names = sorted(path.stem for path in folder.glob("*.yaml"))
    word = OF_ITS_OWN.get(group) or group.partition("/")[0]
    head = f"{word}={'|'.join(names)}   (unless said: {chosen}"
    if group in OF_ITS_OWN:
        parts = [f"{word}={name}:\n\n{_choice(folder, group, name)}" for name in names]
        return "\n\n".join([f"{head})", *_shared(folder, names), *parts])
    return f"{head}, which has)\n\n{_choice(folder, group, chosen)}"


def _choice(folder: Path, group: str, name: str) -> str:
    text = (folder / f"{name}.yaml").read_text()
    if "@package _global_" in text:
        return _keys(text)
    return f"{group}:\n{_keys(text)}".replace("\n", "\n  ")


def _shared(folder: Path, names: list[str]) -> list[str]:
    """The files at the root of conf/ that several choices begin with."""
    users: dict[str, list[str]] = {}
    for name in names:
        for entry in yaml.safe_load((folder / f"{name}.yaml").read_text()).get("defaults", ()):
            if isinstance(entry, str) and entry.startswith("/"):
                users.setdefault(entry[1:], []).append(name)
    return [
        f"{' and '.join(of)}:\n\n{_keys((folder.parent / f'{entry}.yaml').read_text())}"
        for entry, of in users.items()
    ]


def _keys(text: str) -> str:
    """A file without its defaults list and package line."""
    text = re.sub(r"^defaults:.*\n(?:  - .*\n)*", "", text, flags=re.MULTILINE)
    return re.sub(r"^# @package.*\n", "", text, flags=re.MULTILINE).strip("\n")
