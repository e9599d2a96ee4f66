"""Whatever is asked for: one sentence, and never an error of the program's own."""

import pytest
from helpers.studio import TOKEN

LONG = "x" * 300


@pytest.mark.parametrize(
    "path",
    ["api/net?model=", "api/net", "api/net?model=a%00b", f"api/net?model={LONG}", "files/a%00.png",
     f"files/{LONG}.png", "zip/a%00", f"zip/{LONG}", "page/a%00.js", f"page/{LONG}.js",
     "engine/a%00.js", f"api/jobs/{'9' * 5000}/log", "api/jobs/none/steps", "api/jobs/-1/moment",
     "api/thumbs/a%00", "api/exemplars/a%00", "api/sources/a%00/view",
     "api/jobs/%D9%A1/preview"],
)  # fmt: skip
def test_an_odd_path_gets_a_sentence(window, tmp_path, path):
    (tmp_path / "runs").mkdir(exist_ok=True)
    answer = window.get(path)
    assert answer.status_code in (400, 404), answer.text
    assert answer.text.strip()


ODD = [
    {"verb": "sample"},
    {"verb": "sample", "model": ""},
    {"verb": "sample", "model": None},
    {"verb": "sample", "model": ["brick"]},
    {"verb": "sample", "model": "a\0b"},
    {"verb": "sample", "model": "x" * 5000},
    {"verb": "sample", "model": "brick", "values": [1]},
    {"verb": "sample", "model": "brick", "values": "seed=1"},
    {"verb": "sample", "model": "brick", "values": {"seed": "9" * 5000}},
    {"verb": "sample", "model": "brick", "values": {"size": "[" * 5000}},
    {"verb": "sample", "model": "brick", "more": "\0"},
    {"verb": "film", "model": "brick", "values": {"kind": ["loop"]}},
    {"verb": ["train"]},
    {"verb": {}},
    {"verb": "train", "source": "0" * 12, "values": [1]},
]


@pytest.mark.parametrize("said", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("path", ["api/jobs", "api/command", "api/advise", "api/mend"])
def test_an_odd_order_gets_a_sentence(window, path, said):
    answer = window.post(path, **said)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"].strip()


@pytest.mark.parametrize(
    "text",
    ['{"values": {"size": ' + "[" * 400 + "]" * 400 + "}}",
     "[" * 100_000, '{"a":' * 100_000, "[1]", "{", "\xff", '{"verb": "\\ud800"}', "NaN",
     '{"verb": "sample", "model": "brick", "values": {"preset": "\\udfff"}}'],
)  # fmt: skip
def test_what_is_no_json_gets_a_sentence(window, text):
    answer = window.client.post(f"/{TOKEN}/api/jobs", content=text.encode("latin-1"))
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True), answer.text


@pytest.mark.parametrize("name", ["n" * 400, "ж" * 200, "𝒳" * 100])
def test_a_long_name_is_cut_to_what_a_disk_takes(window, name):
    source = window.post("api/exemplars/gravel").json()["source"]
    answer = window.post("api/jobs", verb="train", source=source, values={"name": name})
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["folder"].rsplit("/", 1)[1].encode()) <= 200


def test_a_length_of_many_digits_is_no_length(window):
    source = window.post("api/sources").json()["source"]
    headers = {"content-length": "9" * 5000}
    path = f"/{TOKEN}/api/sources/{source}/files/a.png"
    assert window.client.put(path, content=b"1234", headers=headers).status_code in (200, 400, 413)


def test_words_that_no_process_can_be_given_fail_that_job_alone(window, tmp_path):
    jobs = window.runner.jobs
    jobs.add("sample", ["seed=1", "a=\0"], "odd", str(tmp_path), 0)
    after = window.order(1)
    assert "could not be started" in window.wait(1, "failed")["said"]
    window.wait(after, "done")
