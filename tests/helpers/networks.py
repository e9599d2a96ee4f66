"""Narrow VGGs of random weights, and how pixels are optimised by them."""

import torch

from texturenet.descriptors.vgg import convolution_names
from texturenet.optimise.method import Method


def narrow_vgg(architecture="vgg16", width=4, seed=0):
    """{conv name: (kernel, bias)} of a VGG with `width` channels everywhere."""
    generator = torch.Generator().manual_seed(seed)
    tensors, channels = {}, 3
    for name in convolution_names(architecture):
        kernel = torch.randn(width, channels, 3, 3, generator=generator) / (9 * channels) ** 0.5
        tensors[name] = kernel, torch.randn(width, generator=generator) * 0.1
        channels = width
    return tensors


def flat(tensors):
    return {
        f"{n}.{p}": t
        for n, pair in tensors.items()
        for p, t in zip(("weight", "bias"), pair, strict=True)
    }


def method(**change):
    given = {
        "name": "lbfgs",
        "learning_rate": 1.0,
        "history": 5,
        "line_search": False,
        "betas": (0.9, 0.999),
        "decay": 1.0,
        "every": 100,
        "restart": None,
    }
    return Method(**given | change)
