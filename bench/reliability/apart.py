"""Processes of their own, forked from one that has everything imported already."""

import multiprocessing

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "texturenet.commands.descriptor.run",
        "texturenet.commands.film",
        "texturenet.commands.gatys",
        "texturenet.commands.sample",
        "texturenet.commands.train.run",
        # What these import when they run.
        "hydra._internal.hydra",
        "hydra._internal.core_plugins.basic_launcher",
        "hydra._internal.core_plugins.basic_sweeper",
        "hydra._internal.core_plugins.file_config_source",
        "matplotlib.backends.backend_agg",
        "matplotlib.figure",
        "torch._dynamo",
    ]
)
