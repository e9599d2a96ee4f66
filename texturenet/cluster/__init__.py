"""Independent jobs -> their results, by processes here, by Ray or by Slurm.

jobs.py says what a job, a result and an engine are; version.py which code they are of; parcel.py
packs files with their SHA-256; store.py is the folder of what is finished and of what a job goes on
from; work.py does one job; local.py, on_ray.py (with on_node.py) and on_slurm.py (with
slurm_queue.py) are the engines. Which job runs where and when is decided by the pool of processes,
by Ray or by Slurm.
"""
