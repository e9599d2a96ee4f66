"""The address of a studio in tests, a job that does what it is told, and short requests."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

TOKEN, PORT = "long-word", 4321
HERE = f"http://127.0.0.1:{PORT}"
# seed=1: done; 2: works until it is stopped; 3: refuses; 4: dies; each says how far it is.
SCRIPT = """
import json, os, sys
seed = next(int(word[5:]) for word in sys.argv if word.startswith("seed="))
with open(os.environ["TEXTURENET_PROGRESS"], "a") as file:
    print(json.dumps({"what": "drawing", "done": 1, "total": 2, "seconds": 1.0}), file=file)
print("it begins", flush=True)
if seed == 2:
    while b"stop" not in (said := os.read(0, 64)) and said:
        pass
    sys.exit(130)
if seed == 3:
    print("texturenet: size is 0: it must lie between 1 and 9.", flush=True)
    sys.exit(2)
if seed == 4:
    os.kill(os.getpid(), 9)
"""


def in_a_loop(work):
    """What a coroutine gives, in a thread of its own: Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def calls(client):
    """Short forms of what tests ask for."""

    def get(path):
        return client.get(f"/{TOKEN}/{path}")

    def post(path, **facts):
        return client.post(f"/{TOKEN}/{path}", json=facts)

    def put(path, data):
        return client.put(f"/{TOKEN}/{path}", content=data)

    def order(seed, model="brick"):
        return post("api/jobs", verb="sample", model=model, values={"seed": seed}).json()["number"]

    def states():
        return {job["number"]: job["state"] for job in get("api/state").json()["jobs"]}

    def wait(number, *wanted, tries=500):
        for _ in range(tries):
            if (state := states()[number]) in wanted:
                return next(j for j in get("api/state").json()["jobs"] if j["number"] == number)
            time.sleep(0.02)
        raise AssertionError(f"job {number} is {state}, not {wanted}")

    def upload(name, data, kind="photograph"):
        source = post("api/sources").json()["source"]
        answer = put(f"api/sources/{source}/files/{name}", data)
        if answer.status_code != 200:
            return answer
        return post(f"api/sources/{source}", kind=kind)

    return {"get": get, "post": post, "put": put, "order": order, "states": states,
            "wait": wait, "upload": upload}  # fmt: skip
