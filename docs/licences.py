"""The licences of what texturenet needs, as the packages say them -> the table of docs/licences.md.

    python docs/licences.py

Also writes constraints.txt: the versions of everything that is installed here.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
PAGE, PINS = HERE / "licences.md", HERE.parent / "constraints.txt"
EXTRAS = ("vgg16", "film", "big", "deepzoom", "score", "tensorboard", "dev")
HEAD = """\
# Versions that all tests passed with (Python {python}). To have the same:
#     pip install -e '.[dev,vgg16]' -c constraints.txt
"""


def needed(name="texturenet", extras=EXTRAS):
    """{name: distribution} of everything that is needed, by what the packages themselves say."""
    found, left = {}, [(name, extras)]
    while left:
        name, extras = left.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found and not extras:
            continue
        try:
            found[key] = distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another system or Python
        for text in distribution.requires or ():
            wanted = Requirement(text)
            holds = [
                wanted.marker is None or wanted.marker.evaluate({"extra": extra})
                for extra in (*extras, "")
            ]
            child = re.sub(r"[-_.]+", "-", wanted.name).lower()
            if any(holds) and (child not in found or wanted.extras):
                left.append((wanted.name, tuple(wanted.extras)))
        found[key] = distribution
    found.pop("texturenet", None)
    return dict(sorted(found.items()))


def licence(distribution):
    """What a package says of its licence, in one short word."""
    told = distribution.metadata
    if expression := told.get("License-Expression"):
        return expression
    classified = [
        line.split(" :: ")[-1]
        for line in told.get_all("Classifier") or ()
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    if classified:
        return ", ".join(classified)
    first = (told.get("License") or "").strip().splitlines()
    return first[0][:60] if first else "see its files"


def main():
    found = needed()
    rows = [f"| {name} | {found[name].version} | {licence(found[name])} |" for name in found]
    text = PAGE.read_text()
    before, rest = text.split("<!-- packages -->\n")
    _, after = rest.split("<!-- /packages -->")
    table = "\n".join(["| package | version | licence |", "|---|---|---|", *rows])
    PAGE.write_text(f"{before}<!-- packages -->\n{table}\n<!-- /packages -->{after}")
    python = ".".join(map(str, sys.version_info[:2]))
    pins = "".join(f"{name}=={found[name].version}\n" for name in found)
    PINS.write_text(HEAD.format(python=python) + pins)


if __name__ == "__main__":
    main()
