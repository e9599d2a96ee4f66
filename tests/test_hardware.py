"""One way to say a device, and one count of cores."""

import os

import pytest
import torch

import texturenet
from texturenet.errors import Refused
from texturenet.hardware import device_name, device_of, usable_cores


@pytest.fixture
def gpus(monkeypatch):
    """A machine with so many GPUs."""

    def set_count(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return set_count


@pytest.mark.parametrize(
    ("count", "word", "device"),
    [
        (0, "auto", "cpu"),
        (0, None, "cpu"),
        (2, "auto", "cuda"),
        (2, "cpu", "cpu"),
        (2, "gpu", "cuda"),
        (2, "cuda", "cuda"),
        (2, "cuda:1", "cuda:1"),
        (2, torch.device("cuda", 1), "cuda:1"),
        (0, torch.device("cpu"), "cpu"),
    ],
)
def test_words_for_a_device(gpus, count, word, device):
    gpus(count)
    assert device_of(word) == torch.device(device)


@pytest.mark.parametrize(
    ("count", "word", "words"),
    [
        (0, "gpu", "no GPU can be used here"),
        (0, "cuda:0", "no GPU can be used here"),
        (2, "cuda:7", "'cuda:7', and there are 2: cuda:0 to cuda:1"),
        (2, "cuda:", "must be auto, cpu, gpu or cuda:NUMBER"),
        (2, "cuda:-1", "must be auto"),
        (2, "tpu", "must be auto"),
        (0, "cpu:3", "must be auto"),
        (0, torch.device("meta"), "must be auto"),
    ],
)
def test_devices_that_are_not_here(gpus, count, word, words):
    gpus(count)
    with pytest.raises(Refused, match=words):
        device_of(word)


def test_loading_says_it_the_same_way():
    assert texturenet.load("gravel", device="auto").device.type in ("cpu", "cuda")
    with pytest.raises(Refused, match="device is 'cuda:99'"):
        texturenet.load("gravel", device="cuda:99")


def test_a_device_has_a_name():
    assert "threads" in device_name(torch.device("cpu"))


def test_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {1, 5}, raising=False)
    assert usable_cores() == 2
    monkeypatch.delattr(os, "sched_getaffinity")
    for count, cores in ((8, 8), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        assert usable_cores() == cores
