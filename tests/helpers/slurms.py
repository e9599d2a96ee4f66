"""The commands of Slurm, stood in for by scripts that read and write files."""

from pathlib import Path

SCRIPTS = {
    "sbatch": 'cp "$1" given.sh\nn=$(cat number)\necho $((n + 1)) > number\n'
    "echo Submitted batch job $n\n",
    "srun": "",
    "squeue": "echo . >> asked\n[ -e slow ] && sleep 0.3\n"
    "[ -e down ] && { echo timed out >&2; exit 1; }\n"
    '[ -s queue ] || { echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1; }\n'
    "cat queue\n",
    "sacct": "echo 'JobID|State|NodeList'\ncat ended\n",
    "scancel": 'echo $1 >> cancelled\ngrep -v "^$1 " queue > rest\nmv rest queue\n',
}


class Slurm:
    """A cluster that is what the files of a folder say.

    queue : lines such as "7_0 PENDING", what squeue prints
    ended : lines such as "7_1|CANCELLED by 1000|", what sacct prints
    """

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        for name, text in SCRIPTS.items():
            (folder / name).write_text(f"#!/bin/sh\ncd {folder}\n{text}")
            (folder / name).chmod(0o755)
        self.write("number", "7\n")
        self.write("queue", "")
        self.write("ended", "")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)

    def read(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""


def stand_in(monkeypatch, folder: Path) -> Slurm:
    """In the PATH of this process, with a queue that nothing is known of yet."""
    from texturenet.cluster import slurm_queue

    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(slurm_queue, "QUEUE", slurm_queue.Queue())
    monkeypatch.setattr(slurm_queue, "POLL", 0.0)
    monkeypatch.setattr(slurm_queue, "HANDLES", {})
    return Slurm(folder)
