"""Who may ask a studio, and what every answer forbids."""

import pytest
from helpers.studio import HERE, TOKEN

FOREIGN = "http://elsewhere.example"


def test_the_page_comes_to_who_knows_the_word(window):
    answer = window.get("")
    assert answer.status_code == 200
    assert "texturenet studio" in answer.text
    assert window.client.get(f"/{TOKEN}").url == f"{HERE}/{TOKEN}/"


@pytest.mark.parametrize("path", ["/", "/wrong/", f"/{TOKEN}x/", f"/{TOKEN[:-1]}/api/state", "//"])
def test_a_wrong_word_gets_a_page_with_a_sentence(window, path):
    answer = window.client.get(path)
    assert answer.status_code == 403
    assert "open the whole address that texturenet studio printed" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4321", "127.0.0.1:1", "127.0.0.1"])
def test_another_name_is_refused_so_that_rebinding_does_not_help(window, host):
    answer = window.client.get(f"/{TOKEN}/api/state", headers={"host": host})
    assert answer.status_code == 403
    assert "on this machine alone" in answer.text


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://127.0.0.1:80", HERE.upper()])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_page_is_refused_also_with_the_word(window, origin, method):
    headers = {"origin": origin}
    answer = window.client.request(method, f"/{TOKEN}/api/sources", headers=headers)
    assert answer.status_code == 403
    assert "another page" in answer.text


def test_what_changes_something_has_to_name_its_page(window):
    del window.client.headers["origin"]
    assert window.client.post(f"/{TOKEN}/api/sources", json={}).status_code == 403
    assert window.client.get(f"/{TOKEN}/api/state").status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_page_embeds_is_refused_and_a_link_is_not(window, site):
    headers = {"sec-fetch-site": site, "sec-fetch-mode": "no-cors"}
    assert window.client.get(f"/{TOKEN}/api/state", headers=headers).status_code == 403
    headers["sec-fetch-mode"] = "navigate"
    assert window.client.get(f"/{TOKEN}/", headers=headers).status_code == 200


def test_every_answer_forbids_requests_to_elsewhere(window):
    for path in ("", "api/state", "page/main.js", "../nothing"):
        policy = window.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "http" not in policy, path
    assert "connect-src 'self'" in window.get("").headers["content-security-policy"]


def test_files_are_inert(window, tmp_path):
    folder = tmp_path / "runs" / "made"
    folder.mkdir(parents=True)
    (folder / "a.png").write_text("<script>")
    headers = window.get("files/made/a.png").headers
    assert "sandbox" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "attachment" in window.get("files/made/a.png?download").headers["content-disposition"]
