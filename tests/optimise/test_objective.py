"""The loss of one picture: its gradient, its zero, and the published formulas by hand."""

import pytest
import torch
from helpers.networks import flat, narrow_vgg
from safetensors.torch import save_file

from texturenet.commands import app, gatys, transfer
from texturenet.descriptors.vgg import Vgg
from texturenet.errors import Refused
from texturenet.losses.content import ContentLoss, Scaling
from texturenet.losses.priors import variation, variation_l1
from texturenet.losses.texture import TextureLoss
from texturenet.optimise.blocks import Compute, picture_features, picture_statistics
from texturenet.optimise.objective import Objective, PixelUnits, Priors

KIND = {"architecture": "vgg16", "convention": "torchvision", "pooling": "avg"}


def picture(height=24, width=20, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, 3, height, width, generator=generator)


def goal(combine="sum", relative=True, priors=None):
    seen = Vgg(narrow_vgg(width=4), ["relu1_1", "pool2", "relu3_1"], **KIND).double()
    layers, statistics = ["relu1_1", "pool2"], {"gram": 1.0, "mean": 0.5, "deviation": 0.25}
    targets = picture_statistics(
        seen, picture(seed=1).double(), layers, list(statistics), Compute()
    )
    held = picture_features(seen, picture(seed=2).double(), ["relu3_1"], Compute())
    return Objective(
        *(seen, PixelUnits()),
        texture=TextureLoss(targets, statistics, {"pool2": 2.0}, combine=combine),
        content=ContentLoss(held, {"relu3_1": 3.0}, relative=relative),
        priors=priors or Priors(),
    ).double()


@pytest.mark.parametrize("priors", [Priors(), Priors(1.0, 0.1, None), Priors(1.0, 0.1, 1.25)])
@pytest.mark.parametrize(("combine", "relative"), [("sum", True), ("absolute", False)])
def test_the_gradient_agrees_with_finite_differences(priors, combine, relative):
    objective = goal(combine, relative, priors)
    canvas = (picture().double() * 1.3 - 0.15).requires_grad_()  # some of it out of range
    objective.evaluate(canvas, Compute())
    gradient, around = canvas.grad.clone(), []
    direction = torch.randn(canvas.shape, generator=torch.Generator().manual_seed(5)).double()
    for step in (1e-6, -1e-6):
        moved = (canvas.detach() + step * direction).requires_grad_()
        around.append(sum(objective.evaluate(moved, Compute()).values()))
    slope = (around[0] - around[1]) / 2e-6
    assert (gradient * direction).sum().item() == pytest.approx(slope, rel=1e-5)


def test_at_the_exemplar_the_texture_loss_is_zero_and_so_is_its_gradient():
    seen = Vgg(narrow_vgg(width=4), ["relu1_1", "pool2"], **KIND)
    targets = picture_statistics(seen, picture(), ["relu1_1", "pool2"], ["gram"], Compute())
    objective = Objective(
        seen, PixelUnits(), texture=TextureLoss(targets, {"gram": 1.0}, combine="sum")
    )
    canvas = picture().requires_grad_()
    assert sum(objective.evaluate(canvas, Compute()).values()) == 0
    assert not canvas.grad.any()


def test_units_are_there_and_back():
    seen = Vgg(narrow_vgg(width=4), ["relu1_1"], **KIND | {"convention": "caffe"})
    units = PixelUnits(seen)
    x = picture()
    assert torch.allclose(units.picture(units.canvas(x)), x, atol=1e-6)
    red = units.canvas(torch.tensor([1.0, 0.0, 0.0]).view(1, 3, 1, 1)).flatten().tolist()
    assert red == pytest.approx([255 - 123.68, -116.779, -103.939], rel=1e-5)


def test_variations_by_hand():
    x = torch.tensor([[0.0, 1.0, 3.0], [2.0, 2.0, 2.0]])[None, None]
    down, across = [2.0, 1.0, 1.0], [1.0, 2.0, 0.0, 0.0]
    assert variation_l1(x).item() == pytest.approx(0.5 * (sum(down) / 3 + sum(across) / 4))
    assert variation(x, 1.25).item() == pytest.approx((2**2 + 1**2) ** 1.25 + (1 + 2**2) ** 1.25)


def test_scaling_is_a_product_of_powers():
    assert Scaling(3.0, -2, 1, 0.5).of(4, 10, 9) == pytest.approx(3 / 16 * 10 * 3)


# The published losses by hand, of features {layer: (1,C,h,w)} of picture x, content c and style s.


def products(maps):
    flat = maps[0].flatten(1)
    return flat @ flat.T


def gatys_2016(x, c, s, canvas):
    loss = 1e-3 * 0.5 * (x["relu4_2"] - c["relu4_2"]).square().sum()
    for block in range(1, 6):
        maps, other = x[f"relu{block}_1"], s[f"relu{block}_1"]
        channels, positions = maps.shape[1], maps.shape[2] * maps.shape[3]
        difference = products(maps) - products(other)
        loss = loss + 0.2 * difference.square().sum() / (4 * channels**2 * positions**2)
    return loss


def d2l(x, c, s, canvas):
    loss = (x["relu4_4"] - c["relu4_4"]).square().mean()
    for block in range(1, 6):
        layer = "conv5_1" if block == 5 else f"relu{block}_1"  # where the network is cut
        grams = [products(m[layer]) / m[layer].numel() for m in (x, s)]
        loss = loss + 10 * 1e3 * (grams[0] - grams[1]).square().mean()
    rough = (canvas[..., 1:, :] - canvas[..., :-1, :]).abs().mean()
    rough = rough + (canvas[..., 1:] - canvas[..., :-1]).abs().mean()
    return loss + 10 * 0.5 * rough


def keras(x, c, s, canvas):
    loss = (x["relu5_2"] - c["relu5_2"]).square().sum()
    size = canvas.shape[-2] * canvas.shape[-1]
    for block in range(1, 6):
        difference = products(x[f"relu{block}_1"]) - products(s[f"relu{block}_1"])
        loss = loss + 10 / 5 * difference.square().sum() / (4.0 * 3**2 * size**2)
    a = (canvas[..., :-1, :-1] - canvas[..., 1:, :-1]).square()
    b = (canvas[..., :-1, :-1] - canvas[..., :-1, 1:]).square()
    return loss + 0.1 * (a + b).pow(1.25).sum()


def adam512(x, c, s, canvas):
    loss = 0.5 * (x["relu4_1"] - c["relu4_1"]).square().mean()
    for block in range(1, 6):
        difference = products(x[f"relu{block}_1"]) - products(s[f"relu{block}_1"])
        loss = loss + 1e-3 * 0.5 * difference.square().mean()
    return loss


@pytest.fixture(scope="module")
def vgg19_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "narrow19.safetensors"
    save_file(flat(narrow_vgg("vgg19", width=5)), path)
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Content and style of different sizes, as files."""
    from texturenet.io.pictures import save_picture

    folder = tmp_path_factory.mktemp("pictures")
    return [
        save_picture(folder / f"{name}.png", picture(*size, seed))
        for name, size, seed in (("content", (40, 60), 3), ("style", (52, 36), 4))
    ]


@pytest.mark.parametrize(
    ("recipe", "formula", "size", "shape"),
    [
        ("gatys2016", gatys_2016, 48, (32, 48)),
        ("d2l", d2l, [32, 40], (32, 40)),
        ("keras", keras, [36, None], (36, 54)),
        ("adam512", adam512, [40, 40], (40, 40)),
    ],
)
def test_each_recipe_of_transfer_has_its_published_loss(
    recipe, formula, size, shape, two, vgg19_file
):
    chosen = app.request(
        "transfer",
        {
            "content": str(two[0]),
            "style": str(two[1]),
            "recipe": recipe,
            "size": size,
            "descriptor.weights": str(vgg19_file),
            "precision": "float32",
        },
    ).options
    level = transfer.job(chosen).painting.levels[0]
    assert level.size == shape
    objective = level.objective()
    pictures = {n: load(p) for n, p in zip(NAMES, two, strict=True)}
    shown = transfer.seen_of(chosen, pictures, shape, transfer.style_size(chosen, (52, 36), shape))
    canvas = objective.units.canvas(picture(*shape, 9)).requires_grad_()
    found = sum(objective.evaluate(canvas, Compute()).values())
    describe = objective.descriptor
    x, c, s = (describe(p) for p in (picture(*shape, 9), shown["content"], shown["style"]))
    assert shown["style"].shape[-2:] == shape
    assert found == pytest.approx(formula(x, c, s, canvas.detach()).item(), rel=1e-4)


NAMES = ("content", "style")


def load(path):
    from texturenet.io.exemplars import load_picture

    return load_picture(str(path)).pixels


def test_gatys_2015_has_its_published_loss(two, vgg19_file):
    given = {"exemplar": str(two[0]), "recipe": "gatys2015", "size": [24, 30]}
    given |= {"descriptor.weights": str(vgg19_file), "precision": "float32"}
    work = gatys.job(app.request("gatys", given).options)
    objective = work.painting.levels[0].objective()
    x, exemplar = objective.descriptor(picture(24, 30)), objective.descriptor(load(two[0]))
    loss = 0.0
    for layer in ("relu1_1", "pool1", "pool2", "pool3", "pool4"):
        grams = [products(m[layer]) / m[layer][0, 0].numel() for m in (x, exemplar)]
        loss += 1e9 / 4 * (grams[0] - grams[1]).square().sum().item() / 5**2
    canvas = objective.units.canvas(picture(24, 30)).requires_grad_()
    found = sum(objective.evaluate(canvas, Compute()).values())
    assert found == pytest.approx(loss, rel=1e-4)
    # Rescaled over the exemplar, every filter that fires has a mean activation of 1.
    assert exemplar["relu1_1"].mean((0, 2, 3)).max().item() == pytest.approx(1, rel=1e-3)


def test_a_layer_that_vgg16_lacks_is_refused(two, vgg_file):
    given = {"content": str(two[0]), "style": str(two[1]), "recipe": "d2l"}
    given |= {"descriptor.weights": str(vgg_file)}
    with pytest.raises(Refused, match="vgg16 has no layer 'relu4_4'. Did you mean relu4_"):
        transfer.job(app.request("transfer", given).options)
