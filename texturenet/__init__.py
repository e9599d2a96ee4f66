"""Texture networks: one photograph of a texture -> a tiny net that turns noise into new pictures.

Words used throughout: exemplar x, the photograph; noise z = [z_1 .. z_K], coarse to fine, K scales;
generator g, picture g(z); descriptor, a frozen network; features F_l of its layer l; Gram G_l;
seed, which plane of noise; window, a rectangle of that plane; halo, cells a window needs around it.
"""

from .errors import Refused

TYPE_CHECKING = False  # type checkers take it for true; `typing` would take longer to import
if TYPE_CHECKING:  # at run time torch is imported at the first use
    from .analysis.advice import Finding
    from .blending.blend import blend
    from .blending.painting import paint
    from .optimise.painting import Painting
    from .sampling.steering import steered
    from .sampling.texture import Texture, load

__version__ = "0.1.0"
__all__ = [
    "Refused",
    "Texture",
    "advise",
    "blend",
    "export_net",
    "gatys",
    "load",
    "make_descriptor",
    "paint",
    "reconstruct",
    "steered",
    "train",
    "transfer",
]


if not TYPE_CHECKING:  # type checkers would take it to mean that every name exists
    _LATER = {  # name: the module that has it, which imports torch
        "Texture": "sampling.texture",
        "blend": "blending.blend",
        "load": "sampling.texture",
        "paint": "blending.painting",
        "steered": "sampling.steering",
    }

    def __getattr__(name: str) -> object:
        """What imports torch, when it is first used."""
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f".{_LATER[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def train(exemplar: str | None = None, **overrides: object) -> str:
    """Learn a texture, as `texturenet train` does, in about as many minutes as are asked for.

    Parameters
    ----------
    exemplar : the name of an exemplar of the project, or a picture file; None where `material`
        names a folder of maps, which are learnt together, or `exemplars` several pictures
    overrides : other keys of the command, dotted ones as ``**{"generator.scales": 6}``

    Returns
    -------
    path of the released file, which `load` reads

    Raises
    ------
    Refused : for a key or a value that cannot be, and for a file that is no picture

    Examples
    --------
    >>> path = texturenet.train("brick", minutes=5, **{"generator.scales": 4})
    >>> texturenet.load(path).render(512, 512)
    >>> path = texturenet.train(material="bricks/")
    >>> texturenet.load(path).maps(512, 512)["normal"]
    """
    from .commands.train import train_with  # sampling needs neither Lightning nor Hydra

    given = {} if exemplar is None else {"exemplar": exemplar}
    return train_with(**given, **overrides)


def advise(exemplar: str, **overrides: object) -> "list[Finding]":
    """What to know of an exemplar before a net is trained on it, as `texturenet advise` does.

    Parameters
    ----------
    exemplar : the name of an exemplar of the project, or a picture file
    overrides : the keys of `train` that it would be trained with

    Returns
    -------
    findings, each with its `text` and the `changes` that mend it, {key of `train`: value}

    Raises
    ------
    Refused : for a key or a value that cannot be, and for a file that is no picture

    Examples
    --------
    >>> changes = {}
    >>> for finding in texturenet.advise("brick"):
    ...     changes |= finding.changes
    >>> texturenet.train("brick", **changes)
    """
    from .commands.advise import advise_with

    return advise_with(exemplar=exemplar, **overrides)


def export_net(model: str, format: str = "onnx", out: str = ".", **overrides: object) -> str:
    """Write a net for other programs, as `texturenet export` does.

    Parameters
    ----------
    model : the name of a released net, a .safetensors file, or a run folder
    format : "onnx", "torchscript" or "npz" (see docs/export.md)
    out : a file, or a folder in which the file is named after the model
    overrides : other keys of the command

    Returns
    -------
    path of the file

    Raises
    ------
    Refused : for a key or a value that cannot be, and where the extra `onnx` is missing
    """
    from .commands.export import export_with

    return export_with(model=model, format=format, out=out, **overrides)


def make_descriptor(kind: str, image: str | None = None, **overrides: object) -> str:
    """Make a descriptor from random weights, as `texturenet descriptor` does.

    Parameters
    ----------
    kind : "ranvgg" and "singlevgg", which are made layer by layer for one picture, or
        "random_filters"
    image : that picture: a file, or the name of an exemplar of the project; None for
        random_filters, which need none
    overrides : other keys of the command

    Returns
    -------
    path of its file, which ``descriptor=`` of the other functions takes

    Raises
    ------
    Refused : for a key or a value that cannot be, and for a file that is no picture
    KeyboardInterrupt : where it was interrupted; there is no file then
    """
    from .commands.descriptor import make_with

    return make_with(kind=kind, **({} if image is None else {"image": image}), **overrides)


def gatys(exemplar: str | None = None, **overrides: object) -> "Painting":
    """Optimise one picture of a texture, as `texturenet gatys` does; nothing is written.

    Parameters
    ----------
    exemplar : the name of an exemplar of the project, or a picture file; None for that of the net
        which ``init="model:NAME"`` names
    overrides : other keys of the command; ``size`` is in pixels, one side or [height, width]

    Returns
    -------
    a painting, whose steps are computed as it is iterated over. A step has `picture` (3,H,W) in
    [0,1], on the CPU, `losses` by name and their sum `loss`. Stop whenever you like: `picture` of
    the painting is the best so far, (3,H,W) in [0,1]

    Raises
    ------
    Refused : for a key or a value that cannot be, for a file that is no picture, and where memory
        does not suffice

    Examples
    --------
    >>> painting = texturenet.gatys("brick", size=256, steps=100)
    >>> for step in painting:
    ...     print(step.number, step.loss)
    >>> painting.picture
    """
    from .commands.gatys import painting

    return painting(exemplar=exemplar, **overrides)


def transfer(content: str, style: str, **overrides: object) -> "Painting":
    """The content of one picture with the style of another, as `texturenet transfer` does.

    Parameters
    ----------
    content, style : picture files, or names of exemplars of the project
    overrides : other keys of the command; ``size`` is in pixels, the longer side or
        [height, width], that of the content unless given

    Returns
    -------
    a painting, as of `gatys`

    Raises
    ------
    Refused : as of `gatys`
    """
    from .commands.transfer import painting

    return painting(content=content, style=style, **overrides)


def reconstruct(image: str, **overrides: object) -> "Painting":
    """A picture from its features, once for each layer, as `texturenet reconstruct` does.

    Parameters
    ----------
    image : a picture file, or the name of an exemplar of the project
    overrides : other keys of the command; ``layers`` names the layers

    Returns
    -------
    a painting, as of `gatys`; its `pictures` are the best so far by layer, {name: (3,H,W)}

    Raises
    ------
    Refused : as of `gatys`
    """
    from .commands.reconstruct import painting

    return painting(image=image, **overrides)
