"""How far an exported net is from what the texture itself draws of the same noise."""

import io
import warnings
from collections.abc import Iterable

import torch
from torch import Tensor

from ..errors import Refused
from ..materials.kinds import Maps
from ..sampling.render import whole_pair
from ..sampling.texture import Texture
from ..types import Place, Size
from .ports import NAMES, ports_of

SEED, SIDE = 1, 32  # of the window that is compared, in pixels; more where cells are larger
FAR = 1e-3  # of values on [-1,1]: beyond it something is wrong, not rounded


def noise_of(
    texture: Texture, size: Iterable[int], origin: Iterable[int], seed: int, tile: str = "none"
) -> dict[str, Tensor]:
    """What the inputs of an exported net are for a window of the plane of a seed.

    Parameters
    ----------
    size, origin : in pixels, multiples of `Ports.multiple`
    seed, tile : as of `Texture.render`; of a tile `size` is the period

    Returns
    -------
    {name of the input: float32 (1,C,h,w)}, on the texture's device

    Raises
    ------
    Refused : for sizes and places that are no such multiples, and as `Texture.render` does
    """
    ports, sides, place = ports_of(texture), whole_pair(size), whole_pair(origin)
    texture.check(sides, seed, place)
    for name, number in zip(("height", "width", "row", "column"), (*sides, *place), strict=True):
        if number % ports.multiple:
            raise Refused(
                f"{name} is {number}: an exported net draws from multiples of {ports.multiple} on, "
                "in such multiples; draw a larger window and cut it."
            )
    field = texture.waved(texture.plane(sides, seed, tile), seed)
    margin = texture.layout.margin if texture.layout else 0
    wider = sides[0] + 2 * margin, sides[1] + 2 * margin
    under = texture.noise(field, wider, (place[0] - margin, place[1] - margin))
    waved = texture.waves.channels if texture.waves else 0
    inputs = {}
    for scale, z in enumerate(under.noise):
        own = z.shape[1] - waved
        inputs[f"noise_{scale}"] = z[:, :own].contiguous()
        if waved:
            inputs[f"waves_{scale}"] = z[:, own:].contiguous()
    return {each.name: inputs[each.name] for each in ports.inputs}


def difference(texture: Texture, kind: str, data: bytes) -> float | None:
    """The largest difference between the maps of an exported net and the texture's own, in a small
    window. kind: the format. None for weights alone, and where nothing is here that runs the file.
    Raises Refused for a large one."""
    if kind not in RUNS:
        return None
    side = max(SIDE, ports_of(texture).multiple)
    size, origin = (side, side), (-side, side)
    drawn = RUNS[kind](data, noise_of(texture, size, origin, SEED))
    if drawn is None:
        return None
    own = drawn_by(texture, size, origin, SEED)
    most = max(float((drawn[name] - own[name]).abs().max()) for name in own)
    if not most < FAR:
        raise Refused(
            f"{texture.card['name']!r} as {kind} differs by {most:.3g} from what it draws itself, "
            f"more than {FAR:g}: nothing was written."
        )
    return most


def drawn_by(texture: Texture, size: Size, origin: Place, seed: int, tile: str = "none") -> Maps:
    """What the texture itself draws of that noise, by the names of the outputs, (C,H,W)."""
    if texture.layout is None:
        return {NAMES["colour"]: texture.render(*size, seed, origin, tile)}
    maps = texture.maps(*size, seed, origin, tile)
    return {NAMES[kind]: maps[kind] for kind in texture.layout.kinds}


def _run_onnx(data: bytes, inputs: dict[str, Tensor]) -> Maps | None:
    try:
        import onnxruntime  # type: ignore[import-untyped]
    except ImportError:
        return None
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    given = {name: tensor.cpu().numpy() for name, tensor in inputs.items()}
    made = session.run(None, given)
    names = [output.name for output in session.get_outputs()]
    return {name: torch.from_numpy(array[0]) for name, array in zip(names, made, strict=True)}


def _run_torch(data: bytes, inputs: dict[str, Tensor]) -> Maps:
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch advises its users against TorchScript
        made = torch.jit.load(io.BytesIO(data))(*(tensor.cpu() for tensor in inputs.values()))
    return {name: tensor[0] for name, tensor in made.items()}


RUNS = {"onnx": _run_onnx, "torchscript": _run_torch}
