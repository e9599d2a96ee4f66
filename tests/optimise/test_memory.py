"""What a control group still allows: trees of groups as Linux mounts them."""

import math

import psutil
import pytest
import torch

from texturenet.optimise import memory

MB = 2**20
NAMES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_"),
    2: ("memory.max", "memory.current", ""),
}
UNLIMITED = {1: 9223372036854771712, 2: "max"}


def group(folder, version, limit, used, inactive=0, active=0):
    """Megabytes; limit None for none."""
    limit_file, used_file, prefix = NAMES[version]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / limit_file).write_text(f"{UNLIMITED[version] if limit is None else limit * MB}\n")
    (folder / used_file).write_text(f"{used * MB}\n")
    cache = {"inactive_file": inactive, "active_file": active}
    lines = [f"anon {(used - inactive - active) * MB}"]
    lines += [f"{prefix}{name} {value * MB}" for name, value in cache.items()]
    (folder / "memory.stat").write_text("\n".join(lines))


@pytest.fixture
def tree(tmp_path):
    """own(version, path) writes the list of a process's groups -> megabytes left."""

    def left(*lines):
        own = tmp_path / "own"
        own.write_text("".join(f"{line}\n" for line in lines))
        return memory.left_of_groups(tmp_path / "mounts", own) / MB

    return tmp_path / "mounts", left


def mounted(mounts, version):
    return mounts / "memory" if version == 1 else mounts


def line(version, path):
    return f"4:cpu,memory:{path}" if version == 1 else f"0::{path}"


@pytest.mark.parametrize("version", [1, 2])
def test_cache_of_files_does_not_count_as_used(tree, version):
    mounts, left = tree
    group(mounted(mounts, version), version, 1000, 900, inactive=300, active=200)
    assert left(line(version, "/")) == 600


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("limits", "expected"),
    [((None, 1000, 400), 300), ((None, 450, 1000), 350), ((120, None, None), 20)],
)
def test_the_narrowest_of_nested_groups_counts(tree, version, limits, expected):
    mounts, left = tree
    for folder, limit in zip(("", "user", "user/job"), limits, strict=True):
        group(mounted(mounts, version) / folder, version, limit, 100)
    group(mounted(mounts, version) / "other", version, 101, 100)  # not this process's
    assert left(line(version, "/user/job")) == expected


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("path", ["/docker/0123abcd", "/../outside"])
def test_a_path_of_the_host_leaves_the_group_that_is_mounted(tree, version, path):
    mounts, left = tree
    group(mounted(mounts, version), version, 1000, 100)
    group(mounts.parent / "outside", version, 101, 100)
    assert left(line(version, path)) == 900


def test_memory_may_be_limited_by_version_1_beside_version_2(tree):
    mounts, left = tree
    group(mounts / "memory" / "job", 1, 500, 100)
    assert left("4:memory:/job", "1:cpu:/elsewhere", "0::/") == 400


@pytest.mark.parametrize("lines", [["0::/"], [], ["no line of this kind"]])
def test_no_limit_is_infinite(tree, lines):
    mounts, left = tree
    assert left(*lines) == math.inf
    group(mounts, 2, None, 100)
    assert left(*lines) == math.inf


def test_without_control_groups_the_free_memory_counts(tmp_path, monkeypatch):
    assert memory.left_of_groups(tmp_path, tmp_path / "none") == math.inf
    monkeypatch.setattr(memory, "left_of_groups", lambda: math.inf)
    free = memory.limit_of(torch.device("cpu"), None) / memory.PART
    assert free == pytest.approx(psutil.virtual_memory().available, rel=0.5)
    monkeypatch.setattr(memory, "left_of_groups", lambda: 1000.0)
    assert memory.limit_of(torch.device("cpu"), None) == memory.PART * 1000


def test_what_torch_has_reserved_on_a_gpu_can_be_taken(monkeypatch):
    figures = {"mem_get_info": (100, 900), "memory_reserved": 300, "memory_allocated": 50}
    for name, value in figures.items():
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    gpu = torch.device("cuda")
    assert memory.limit_of(gpu, None) == pytest.approx(memory.PART * 350)
    assert memory.limit_of(gpu, 200) == 150
