"""A cluster of Ray on this machine."""

import os
from contextlib import contextmanager

STORE = 90 * 2**20  # bytes of each node's object store; Ray takes no fewer than 75 MiB


@contextmanager
def ray_cluster(root, nodes=1):
    """A head that does no work, and nodes of one core that do; more can be added and removed. root:
    of the project, whose code and helpers workers import."""
    import ray
    from ray.cluster_utils import Cluster

    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = f"{root}:{root / 'tests'}"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    made = Cluster(True, head_node_args={"num_cpus": 0, "object_store_memory": STORE})
    try:
        for _ in range(nodes):
            add_node(made)
        ray.init(address=made.address, log_to_driver=False, logging_level="error")
        yield made
    finally:
        ray.shutdown()
        made.shutdown()
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


def add_node(cluster):
    return cluster.add_node(num_cpus=1, object_store_memory=STORE)


def remove_node(cluster, name):
    """The node of that name, without a chance to finish anything."""
    node = next(each for each in cluster.worker_nodes if each.node_id == name)
    cluster.remove_node(node, allow_graceful=False)
