"""Wall-clock time and peak memory of what `make demo` runs, as one process seen from outside.

python bench/demo.py [key=value for texturenet train ...]
"""

import resource
import subprocess
import sys
import tempfile
import time


def main():
    with tempfile.TemporaryDirectory() as folder:
        train = ["-m", "texturenet", "train", "exemplar=gravel", "recipe=fast", f"out={folder}"]
        start = time.perf_counter()
        subprocess.run([sys.executable, *train, *sys.argv[1:]], check=True)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"{seconds / 60:.1f} minutes, peak resident memory {peak:.2f} GB")


if __name__ == "__main__":
    main()
