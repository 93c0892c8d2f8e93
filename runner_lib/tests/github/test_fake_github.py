"""The imitation of GitHub answers as GitHub does in what tests rely on."""

from __future__ import annotations

import urllib3
from fake_github import FakeGitHub, Fault, GitHub, Pages

AUTHORIZED = {"Authorization": "Bearer secret"}


def test_artifacts_come_page_by_page_and_lead_to_a_storage_that_wants_no_token() -> None:
    github = GitHub()
    repository = github.add_repository("ann/digits", pages=Pages(site={"index.html": b"hello"}))
    for number in range(3):
        github.add_artifact(repository, github.add_run(repository), "run-log-v1-1", b"content %d" % number)
    http = urllib3.PoolManager(retries=False)
    with FakeGitHub(github) as fake:
        first = http.request("GET", f"{fake.api_url}/repos/ann/digits/actions/artifacts?per_page=2&name=run-log-v1-1")
        assert first.json()["total_count"] == 3
        newest = first.json()["artifacts"][0]
        link = first.headers["link"].partition(">")[0][1:]
        assert [one["name"] for one in http.request("GET", link).json()["artifacts"]] == ["run-log-v1-1"]

        led = http.request("GET", newest["archive_download_url"], headers=AUTHORIZED, redirect=False)
        assert led.status == 302
        assert http.request("GET", led.headers["location"], headers=AUTHORIZED).status == 400
        assert http.request("GET", led.headers["location"]).data == b"content 2"
        assert http.request("GET", f"{fake.site_url('digits')}").data == b"hello"

        github.advance(days=91)
        assert http.request("GET", newest["archive_download_url"], headers=AUTHORIZED, redirect=False).status == 410

        fake.faults.append(Fault("api .*/pages", status=500, times=1))
        assert [http.request("GET", f"{fake.api_url}/repos/ann/digits/pages").status for _ in range(2)] == [500, 200]
        assert http.request("GET", f"{fake.api_url}/nothing").status == 404
        assert [request.path for request in fake.unknown] == ["/nothing"]
