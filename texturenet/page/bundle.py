"""ES modules -> one script: each becomes a function that is called once and returns its exports.

The few forms of `import` and `export` that the project's own modules use are understood; others are
refused, so that no page is written that cannot start.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..errors import Refused

NAMES = r"\{([^{}]*)\}"
SOURCE = r"""["']([^"']+)["'];?[ \t]*$"""
IMPORTED = re.compile(rf"^import\s+(?:{NAMES}|\*\s+as\s+(\w+))\s+from\s+{SOURCE}", re.M)
PASSED_ON = re.compile(rf"^export\s+{NAMES}\s+from\s+{SOURCE}", re.M)
LISTED = re.compile(rf"^export\s+{NAMES};?[ \t]*$", re.M)
DECLARED = re.compile(
    r"^export\s+((?:async\s+)?function\s*\*?\s*|class\s+|const\s+|let\s+)([\w$]+)", re.M
)
LEFT_OVER = re.compile(r"^(?:import\b(?!\s*[(.])|export\b).*$", re.M)


def bundle(entry: Path, packages: Mapping[str, Path]) -> str:
    """One script of a module and all that it imports.

    Parameters
    ----------
    entry : the module that is run
    packages : {name: module} of imports that are no paths

    Returns
    -------
    the text, to stand in <script type=module>

    Raises
    ------
    Refused : for a module that is not there, circles, a name that a module does not export, and
        other forms of import and export
    """
    bundled = _Bundle(packages)
    bundled.add(Path(entry))
    return "\n".join(bundled.statements)


class _Bundle:
    def __init__(self, packages: Mapping[str, Path]) -> None:
        self.packages = packages
        self.statements: list[str] = []
        self.exports: dict[Path, dict[str, str]] = {}  # {module: {name outside: name inside}}
        self.above: list[Path] = []

    def add(self, path: Path) -> None:
        """A module behind those that it imports."""
        path = path.resolve()
        if path in self.exports:
            return
        if path in self.above:
            raise Refused(f"{path.name} imports itself, through {self.above[-1].name}.")
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise Refused(f"the module {path} cannot be read: {error.strerror}.") from error
        self.above.append(path)
        text, exported = self._rewritten(text, path)
        self.above.pop()
        self.exports[path] = exported
        result = ", ".join(f"{outside}: {inside}" for outside, inside in exported.items())
        name = _variable(len(self.exports))
        self.statements.append(f"const {name} = (() => {{\n{text}\nreturn {{{result}}};\n}})();")

    def _rewritten(self, text: str, path: Path) -> tuple[str, dict[str, str]]:
        """Without import and export -> the text, and {name outside: name inside} of its exports."""
        exported: dict[str, str] = {}

        def imported(found: re.Match[str]) -> str:
            module = self._module(found[3], path, [] if found[2] else [*_pairs(found[1])])
            names = ", ".join(f"{theirs}: {ours}" for theirs, ours in _pairs(found[1] or ""))
            return f"const {found[2] or f'{{{names}}}'} = {module};"

        def passed_on(found: re.Match[str]) -> str:
            pairs = [*_pairs(found[1])]
            module = self._module(found[2], path, pairs)
            exported.update({ours: f"{module}.{theirs}" for theirs, ours in pairs})
            return ""

        def listed(found: re.Match[str]) -> str:
            exported.update({theirs: ours for ours, theirs in _pairs(found[1])})
            return ""

        def declared(found: re.Match[str]) -> str:
            exported[found[2]] = found[2]
            return f"{found[1]}{found[2]}"

        for form, written in (
            (IMPORTED, imported), (PASSED_ON, passed_on), (LISTED, listed), (DECLARED, declared),
        ):  # fmt: skip
            text = form.sub(written, text)
        if odd := LEFT_OVER.search(text):
            raise Refused(f"{path.name}: a page cannot take in {odd[0][:60]!r}.")
        return text, exported

    def _module(self, source: str, path: Path, wanted: list[tuple[str, str]]) -> str:
        """The variable of an imported module, which exports the first names of the pairs."""
        target = Path(self.packages.get(source, path.parent / source)).resolve()
        self.add(target)
        for name, _ in wanted:
            if name not in self.exports[target]:
                raise Refused(f"{path.name} imports {name}, which {target.name} does not export.")
        return _variable([*self.exports].index(target) + 1)


def _variable(number: int) -> str:
    return f"module{number}"


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """ "a, b as c" -> (a, a), (b, c)."""
    for part in filter(None, (part.strip() for part in names.split(","))):
        first, _, second = part.partition(" as ")
        yield first.strip(), (second or first).strip()
