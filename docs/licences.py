"""The licences of the packages that texturenet requires -> the table of docs/licences.md.

    python docs/licences.py

Also writes constraints.txt: the versions of everything that is installed here.
"""

import re
import sys
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement

HERE = Path(__file__).resolve().parent
PAGE, PINS = HERE / "licences.md", HERE.parent / "constraints.txt"
PROJECT = HERE.parent / "pyproject.toml"
HEAD = """\
# Versions that all tests passed with (Python {python}). To have the same:
#     pip install -e '.[dev,vgg16]' -c constraints.txt
"""


def needed():
    """{name: distribution} of everything that pyproject.toml requires, extras included."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    texts = chain(project["dependencies"], *project["optional-dependencies"].values())
    distributions, left = {}, [(r.name, tuple(r.extras)) for r in map(Requirement, texts)]
    while left:
        name, extras = left.pop()
        key = key_of(name)
        if key in distributions and not extras:
            continue
        try:
            distributions[key] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another system or Python
        for text in distributions[key].requires or ():
            child = Requirement(text)
            if applies(child, extras) and (key_of(child.name) not in distributions or child.extras):
                left.append((child.name, tuple(child.extras)))
    return dict(sorted(distributions.items()))


def key_of(name):
    """A name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def applies(requirement, extras):
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def licence(distribution):
    """The licence that a package states, in a few words."""
    facts = distribution.metadata
    if expression := facts.get("License-Expression"):
        return expression
    classified = [
        line.split(" :: ")[-1]
        for line in facts.get_all("Classifier") or ()
        if line.startswith("License :: ") and not line.endswith("OSI Approved")
    ]
    if classified:
        return ", ".join(classified)
    first = (facts.get("License") or "").strip().splitlines()
    return first[0][:60] if first else "see its files"


def main():
    packages = needed()
    rows = [
        f"| {name} | {packages[name].version} | {licence(packages[name])} |" for name in packages
    ]
    before, rest = PAGE.read_text().split("<!-- packages -->\n")
    _, after = rest.split("<!-- /packages -->")
    table = "\n".join(["| package | version | licence |", "|---|---|---|", *rows])
    PAGE.write_text(f"{before}<!-- packages -->\n{table}\n<!-- /packages -->{after}")
    python = ".".join(map(str, sys.version_info[:2]))
    pins = "".join(f"{name}=={packages[name].version}\n" for name in packages)
    PINS.write_text(HEAD.format(python=python) + pins)


if __name__ == "__main__":
    main()
