"""Processes of their own, forked from one that has everything imported already."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [f"texturenet.commands.{verb}" for verb in ("train", "gatys", "descriptor", "film", "sample")]
)
