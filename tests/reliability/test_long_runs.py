"""Memory after 2,000 steps and 5,000 frames is that after a hundred; no file stays open."""

import pytest
from long_runs import EARLY, FRAMES, STEPS, measured

pytestmark = pytest.mark.slow
TINY = {
    "generator.scales": 2,
    "size": 8,
    "descriptor.layers": "[relu1_1]",
    "loss.octaves": 1,
}


@pytest.fixture
def runs(small, exemplar_file, vgg_file, model):
    trained = [item for item in small if item.split("=")[0] not in ("steps", *TINY)]
    trained += [f"{key}={value}" for key, value in TINY.items()]
    painted = [f"exemplar={exemplar_file}", f"descriptor.weights={vgg_file}", "threads=1"]
    painted += ["optimizer=adam", "scales=1", "device=cpu", f"steps={STEPS}"]
    film = [f"model={model}", "kind=loop", "size=16", "fps=50", f"seconds={FRAMES // 50}"]
    return {
        "train": (["train", *trained, f"steps={STEPS}", "out=run"], STEPS),
        "gatys": (["gatys", *painted, "out=run"], STEPS),
        "film": (["film", *film, "threads=1", "out=film.mp4"], FRAMES),
    }


@pytest.mark.parametrize("kind", ["train", "gatys", "film"])
def test_a_long_run_holds_no_more_than_a_short_one(kind, runs, tmp_path):
    arguments, most = runs[kind]
    early, late, over = measured(kind, arguments, tmp_path, (EARLY, most))
    assert late[0] < 1.05 * early[0], (early, late)
    assert late[1] <= early[1], "files stay open"
    assert over[1] <= early[1]
