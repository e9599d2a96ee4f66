"""The public functions say what they take, give and refuse."""

import inspect

import pytest

import texturenet
from texturenet.hardware import device_of
from texturenet.sampling.film import Film
from texturenet.sampling.motions import Motion

FUNCTIONS = [
    texturenet.load,
    texturenet.train,
    texturenet.advise,
    texturenet.gatys,
    texturenet.transfer,
    texturenet.reconstruct,
    texturenet.make_descriptor,
    texturenet.Texture.render,
    texturenet.Texture.film,
    Film.frame,
    device_of,
]
CLASSES = [texturenet.Texture, Film, Motion]


def sections(document):
    """{title: text} of a numpydoc docstring."""
    found, title, lines = {}, "", inspect.cleandoc(document).splitlines()
    for number, line in enumerate(lines):
        if lines[number + 1 : number + 2] == ["-" * len(line)]:
            title = line
        found[title] = f"{found.get(title, '')}\n{line}"
    return found


def parameters(function):
    return [name for name in inspect.signature(function).parameters if name != "self"]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_a_public_function_names_its_parameters_results_and_errors(function):
    text = sections(function.__doc__)
    for name in parameters(function):
        assert name in text["Parameters"].replace(",", " ").split()
    assert "Returns" in text
    assert "Raises" in text


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_public_class_names_its_parameters(kind):
    text = sections(kind.__doc__)["Parameters"].replace(",", " ").split()
    assert set(parameters(kind)) <= set(text)


def test_every_public_name_is_there_and_no_package_hides_one():
    for name in texturenet.__all__:
        assert not inspect.ismodule(getattr(texturenet, name))
