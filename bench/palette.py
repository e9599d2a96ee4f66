"""Several textures in one net against nets of their own, in equal steps and equal time.

    python bench/palette.py [textures=grass,pebbles,rust] [steps=200] [parent=common] [seed=0]
                            [own=FILE,FILE..] [size=160] [out=runs/palette]
                            [picture=docs/pictures/palette.jpg]

A palette has one set of convolutions; every texture has a scale and shift of each channel, a
head of its own, and frozen statistics (conditional instance normalisation, Dumoulin, Shlens,
Kudlur 2017, arXiv 1610.07629, section 2.2). One of its steps learns all textures, and so costs
what one step of each of the nets of their own costs. All of them begin with the same start.
`own` names such nets where they are trained already.

Prints of every texture the merit and the mean relative error of both; the sizes of the files; and
of every pair the contrast of the octaves halfway, over what lies on the line between both ends: in
the palette between two sets of scales and shifts, beside it between two nets of their own. Draws
the textures of both, and the nets halfway, a row each.
"""

import sys
import time
from copy import deepcopy
from itertools import combinations
from pathlib import Path
from unittest.mock import PropertyMock, patch

import torch
from morphing import contrasts, line

from texturenet.commands import app
from texturenet.commands.judging import PICTURES, UNSEEN, judged_on, judges
from texturenet.commands.train.parent import parent_of
from texturenet.commands.train.setup import build, with_defaults
from texturenet.evaluation.scorecard import merit
from texturenet.generator import release
from texturenet.generator.mixing import Mixture
from texturenet.generator.moments import probe
from texturenet.generator.trainable import Head, Layer, Norm
from texturenet.hardware import device_name
from texturenet.imaging import beside
from texturenet.io.exemplars import load_picture
from texturenet.io.pictures import save_picture
from texturenet.sampling.texture import Texture
from texturenet.training.recipe import rate_factor

CPU = torch.device("cpu")
USUAL = {
    "textures": "grass,pebbles,rust",
    "steps": 200,
    "parent": "common",
    "seed": 0,
    "own": "",
    "size": 160,
    "out": "runs/palette",
    "picture": "docs/pictures/palette.jpg",
}


def module_of(name, given):
    """What `texturenet train` would train of this exemplar, at its first step; and its exemplar."""
    wanted = {"exemplar": name, "generator.waves": 0}
    wanted |= {key: given[key] for key in ("steps", "seed", "parent")}
    chosen = app.request("train", wanted).options
    picture = load_picture(name, side=chosen.picture.side)
    chosen, loaded = with_defaults(chosen, picture)
    module = build(chosen, loaded, picture, CPU)
    parent_of(chosen.parent).begin(module.generator, None)
    facts = {"law": chosen.generator.law, "descriptor": descriptor_of(chosen, loaded)}
    return module, picture.pixels, facts


def descriptor_of(chosen, loaded):
    own = chosen.descriptor
    return {
        "weights": own.weights,
        "sha256": loaded.sha256,
        "layers": own.layers,
        "pooling": own.pooling,
    }


def share(generators):
    """Give all of them the convolutions of the first; norms and heads stay their own."""
    first, *others = [layers_of(generator) for generator in generators]
    for layers in others:
        for own, layer in zip(first, layers, strict=True):
            layer.weight = own.weight


def layers_of(generator):
    return [part for part in generator.modules() if isinstance(part, Layer)]


def learn(modules, told):
    """Every step: all modules on a batch each, one step along the sum of their gradients."""
    first = modules[0]
    unique = {id(p): p for module in modules for p in module.generator.parameters()}
    with patch.object(first.generator, "parameters", lambda: unique.values()):
        optimizer = first.configure_optimizers()["optimizer"]
    usual = [group["lr"] for group in optimizer.param_groups]
    started = time.process_time()
    for step in range(first.recipe.steps):
        for group, rate in zip(optimizer.param_groups, usual, strict=True):
            group["lr"] = rate * rate_factor(first.recipe, step)
        optimizer.zero_grad()
        for module in modules:
            counted = PropertyMock(return_value=step)
            with patch.object(type(module), "global_step", counted):
                if step == module.freeze_step:
                    module.calibrate()
                module.training_step(None, 0).backward()
        optimizer.step()
        if step % 10 == 0:
            losses = " ".join(f"{module.values['loss']:.1f}" for module in modules)
            print(f"{told}, step {step}: {losses}", flush=True)
    return time.process_time() - started


def size_of(generators):
    """Kilobytes of a file with float32 weights: convolutions once, of every texture what is left
    of its norms (a scale and a shift) and its head."""
    shared = sum(layer.weight.numel() for layer in layers_of(generators[0]))
    own = sum(
        part.weight.numel() + part.bias.numel()
        for part in generators[0].modules()
        if isinstance(part, (Norm, Head))
    )
    return 4 * (shared + len(generators) * own) / 1000


def judged(texture, exemplar):
    seeds = range(UNSEEN, UNSEEN + PICTURES)
    pictures = [texture.render(*exemplar.shape[-2:], seed) for seed in seeds]
    return merit(judged_on(CPU, exemplar, judges("vgg16", texture), pictures).figures)


def variant(names, given, together):
    """All textures -> [(texture, generator, exemplar, mean relative error)], seconds of steps."""
    made = [module_of(name, given) for name in names]
    modules = [module for module, _, _ in made]
    known = [] if together or not given["own"] else given["own"].split(",")
    if together:
        share([module.generator for module in modules])
    groups = [modules] if together else [[module] for module in modules]
    told = "palette" if together else "own"
    seconds = 0.0 if known else sum(learn(group, told) for group in groups)
    found = []
    for place, (name, (module, exemplar, facts)) in enumerate(zip(names, made, strict=True)):
        net = release.load(release.find(known[place]))[0] if known else module.generator.freeze()
        texture = Texture(net, facts | {"name": name})
        release.save(folder_of(given, together) / f"{name}.safetensors", net, texture.card)
        errors = module.judge(net).values()
        found.append((texture, module.generator, exemplar, sum(errors) / len(errors)))
    return found, seconds


def folder_of(given, together):
    folder = Path(given["out"], "palette" if together else "own")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@torch.no_grad()
def between(first, second):
    """The texture of a palette halfway between two of its own: scales, shifts and heads averaged,
    statistics measured again."""
    (one, generator, *_), (_, other, *_) = first, second
    middle = deepcopy(generator)
    parts = zip(middle.parameters(), generator.parameters(), other.parameters(), strict=True)
    for own, left, right in parts:
        own.copy_((left + right) / 2)
    middle.calibrate(*probe(middle.architecture, one.card["law"], None))
    return Texture(middle.freeze(), one.card)


def halves(found, names, together, side):
    """Pictures of the nets halfway between every two; prints their contrast."""
    pictures = []
    for i, j in combinations(range(len(found)), 2):
        one, other = found[i][0], found[j][0]
        if together:
            middle = between(found[i], found[j])
        else:
            mixed = Mixture([one.net, other.net], one.card["law"]).net((0.5, 0.5))
            middle = Texture(mixed, one.card)
        ends = [contrasts(texture.render(512, 512, 0)) for texture in (one, other)]
        ratio = contrasts(middle.render(512, 512, 0)) / torch.lerp(*ends, 0.5)
        print(f"{'palette' if together else 'own'}, {names[i]}/{names[j]}: contrast {line(ratio)}")
        pictures.append(middle.render(side, side, 3))
    return pictures


def main(given):
    chosen = USUAL | {key: type(USUAL[key])(value) for key, value in given.items()}
    torch.set_num_threads(1)
    print(device_name(CPU), flush=True)
    names, rows = chosen["textures"].split(","), []
    for together in (False, True):
        found, seconds = variant(names, chosen, together)
        word = "palette" if together else "own"
        for name, (texture, _, exemplar, error) in zip(names, found, strict=True):
            merits = judged(texture, exemplar)
            print(f"{word}, {name}: merit {merits:.3f}, error {error:.3f}", flush=True)
        generators = [generator for _, generator, *_ in found]
        files = size_of(generators) if together else len(names) * size_of(generators[:1])
        print(f"{word}: {seconds:.0f} s of processor time, {files:.0f} kB", flush=True)
        side = chosen["size"]
        drawn = [texture.render(side, side, 3) for texture, *_ in found]
        rows.append(beside([*drawn, *halves(found, names, together, side)]))
    save_picture(chosen["picture"], torch.cat(rows, 1))
    print(chosen["picture"])


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
