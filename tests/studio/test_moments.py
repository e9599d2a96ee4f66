"""What a command tells of itself while it works: lines of progress, and the net of the moment."""

import json

import pytest
from helpers.training import RECIPE, equal, fit, module, weights

import texturenet
from texturenet.commands.terminal import Bar
from texturenet.training.callbacks import Moments


class KeptMoments(Moments):
    """As if the process were killed at the end."""

    def on_train_end(self, trainer, module):
        pass


def test_the_net_of_a_moment_draws_and_the_run_does_not_notice(tmp_path):
    path = tmp_path / "moment" / "dots.safetensors"
    plain = fit(module())
    watched = fit(module(), callbacks=[KeptMoments(path, "dots", 2)])
    assert equal(weights(plain), weights(watched))
    net = texturenet.load(path)
    assert net.card["step"] == RECIPE.steps
    assert net.render(16, 16).isfinite().all()


@pytest.mark.parametrize("stop", [1, 3, 7])
def test_there_is_one_from_the_first_step_on(tmp_path, stop):
    path = tmp_path / "moment" / "dots.safetensors"
    fit(module(), stop=stop, callbacks=[KeptMoments(path, "dots", 3)])
    assert texturenet.load(path).card["step"] == (stop if stop != 7 else 6)


def test_it_makes_room_for_the_released_net(tmp_path):
    fit(module(), stop=3, callbacks=[Moments(tmp_path / "moment" / "dots.safetensors", "dots", 2)])
    assert not (tmp_path / "moment").exists()


def test_log_moments_of_train_is_this(cli, small, elsewhere, tmp_path, monkeypatch):
    monkeypatch.setattr(Moments, "on_train_end", KeptMoments.on_train_end)
    status, _, error = cli("train", *small, "log.score=false", "log.moments=4", "out=run")
    assert status == 0, error
    assert texturenet.load(tmp_path / "run" / "moment" / "dots.safetensors").card["step"] == 4
    cli("train", *small, "log.score=false", "out=without")
    assert not (tmp_path / "without" / "moment").exists()


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_progress_is_told_as_lines_of_json(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTURENET_PROGRESS", str(tmp_path / "progress"))
    with Bar("drawing", 3) as bar:
        bar.start_at(0)
        for _ in range(3):
            bar.advance("loss 1", {"loss": 1.0})
    found = lines(tmp_path / "progress")
    assert [line["done"] for line in found] == [1, 3], "one in a quarter of a second, and the last"
    assert found[0] | {"seconds": 0} == {
        "what": "drawing", "done": 1, "total": 3, "seconds": 0, "loss": 1.0,
    }  # fmt: skip


def test_a_training_tells_its_steps_and_errors(cli, small, elsewhere, tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTURENET_PROGRESS", str(tmp_path / "progress"))
    assert cli("train", *small, "log.score=false", "out=run")[0] == 0
    last = lines(tmp_path / "progress")[-1]
    assert (last["step"], last["steps"], last["done"]) == (6, 6, 6)
    assert last["error"] > 0


def test_a_file_that_cannot_be_written_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TEXTURENET_PROGRESS", str(tmp_path / "no" / "such"))
    with Bar("drawing", 3) as bar:
        bar.start_at(0)
        bar.advance()
    assert bar.done == 1
