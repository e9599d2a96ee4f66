"""The text of a value on a command line -> a number, text, a list or a dictionary.

It is YAML, with numbers as people write them: 010 is ten and 1:30 is text, where YAML 1.1, which
PyYAML reads, has octal numbers and numbers of base 60.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import yaml
from yaml.constructor import ConstructorError

# YAML takes {a:1} for a set; here it is a dictionary.
TIGHT = re.compile(r"([{,]\s*[\w@.]+):(?=\S)")
# tag: (what is read so, the characters that it may begin with)
PLAIN = {
    "null": (r"null|Null|NULL|~|", ["n", "N", "~", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    "int": (r"[-+]?[0-9]+(_[0-9]+)*|0[xX][0-9a-fA-F]+", [*"-+0123456789"]),
    "float": (
        r"[-+]?([0-9]+(_[0-9]+)*(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?",
        [*"-+.0123456789"],
    ),
}
READ_AS_OTHER = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float")}


def read(text: str) -> object:
    """Raises yaml.YAMLError, and ValueError for what is called a number and is none."""
    braces = "{" in text  # a:b,c:d without them is a list of words
    return yaml.load(TIGHT.sub(r"\1: ", text) if braces else text, _Loader)


def read_rows(text: str, is_word: Callable[[str], bool]) -> object:
    """A list of names and groups, or a group for each name -> as `read` does, but names of keys,
    the list's own items, and what keys hold of which `is_word` (of a dotted key) are the text that
    stands there: 007, 1e3, true.

    Raises yaml.YAMLError and ValueError."""
    loader = _Loader(TIGHT.sub(r"\1: ", text) if "{" in text else text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        for row in _inside(node):
            _keep_text(row, "", is_word)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _inside(node: yaml.Node) -> list[yaml.Node]:
    """The items of a list; of a group what its keys hold, and the keys."""
    if isinstance(node, yaml.MappingNode):
        return [each for pair in node.value for each in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _keep_text(node: yaml.Node, key: str, is_word: Callable[[str], bool]) -> None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            _keep_text(name, "", is_word)
            _keep_text(value, f"{key}.{name.value}".lstrip("."), is_word)
    elif node.tag in READ_AS_OTHER and (not key or is_word(key)):
        node.tag = "tag:yaml.org,2002:str"


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: ClassVar[dict] = {}

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node:
        if self.check_event(yaml.AliasEvent):  # with which a list can hold itself
            raise ConstructorError(None, None, "references are not read here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        names = Counter(name.value for name, _ in node.value if isinstance(name.value, str))
        if twice := next((name for name, count in names.items() if count > 1), None):
            raise ConstructorError(None, None, f"{twice} is given twice")
        return super().construct_mapping(node, deep=deep)


def _whole(loader: yaml.Loader, node: yaml.Node) -> int:
    return int(node.value, 16 if node.value[:2] in ("0x", "0X") else 10)


def _fraction(loader: yaml.Loader, node: yaml.Node) -> float:
    return float(node.value)


for _tag, (_pattern, _first) in PLAIN.items():
    _anchored = re.compile(rf"({_pattern})\Z")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", _anchored, _first)
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _fraction)
