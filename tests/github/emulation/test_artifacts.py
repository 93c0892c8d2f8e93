"""Artifacts and Pages in the emulation of GitHub Actions: what is uploaded, what is refused, what is deployed."""

from __future__ import annotations

import io
import zipfile

import pytest
from actions_emulation.artifacts import find_files
from actions_emulation.playground import Playground
from actions_emulation.runs import Run
from fake_github import Pages

UPLOAD = "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f"
UPLOAD_PAGES = "actions/upload-pages-artifact@fc324d3547104276b827a68afc52ff2a11cc49c9"
DEPLOY = "actions/deploy-pages@cd2ce8fcbc39b97be8ca5fce6e763baed58fa128"
RIGHTS = "{pages: write, id-token: write}"


def _workflow(steps: str, job: str = "", on: str = "push") -> dict[str, str | None]:
    lines = "\n".join(f"      {line}" for line in steps.strip().splitlines())
    return {
        ".github/workflows/w.yml": f"name: W\non: {on}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n{job}    steps:\n{lines}\n"
    }


def _artifacts(playground: Playground) -> dict[str, bytes]:
    return {one.name: one.content for one in playground.repository.artifacts.values()}


def _errors(runs: list[Run]) -> list[str]:
    return [one.message for run in runs for one in run.annotations if one.level == "error"]


def test_files_of_an_artifact(playground: Playground) -> None:
    steps = f"""
- run: mkdir -p out/deep out/.hidden; echo 1 | tee out/a.txt out/deep/b.txt out/.c out/.hidden/d.txt
- {{uses: {UPLOAD}, id: all, with: {{name: all, path: out/, retention-days: 30}}}}
- {{uses: {UPLOAD}, with: {{name: some, path: "out/*.txt"}}}}
- {{uses: {UPLOAD}, with: {{name: two, path: "out/a.txt\\nout/deep"}}}}
- {{uses: {UPLOAD}, with: {{name: ignored, path: out/a.txt, archive: false}}}}
- run: echo "${{{{ steps.all.outputs.artifact-digest }}}}"
"""
    (run,) = playground.push(_workflow(steps))
    assert run.conclusion == "success", run.jobs["a"].log.text
    found = _artifacts(playground)
    names = {
        name: sorted(zipfile.ZipFile(io.BytesIO(content)).namelist())
        for name, content in found.items()
        if name != "a.txt"
    }
    assert names == {"all": ["a.txt", "deep/b.txt"], "some": ["a.txt"], "two": ["a.txt", "deep/b.txt"]}
    assert found["a.txt"] == b"1\n"
    first = next(iter(playground.repository.artifacts.values()))
    assert (first.expires - first.created).days == 30
    assert (first.digest or "").removeprefix("sha256:") in run.jobs["a"].log.lines


def test_what_cannot_be_uploaded(playground: Playground) -> None:
    steps = f"""
- run: echo 1 | tee a.txt b.txt
- {{uses: {UPLOAD}, with: {{path: nothing}}}}
- {{uses: {UPLOAD}, with: {{path: nothing, if-no-files-found: ignore}}}}
- {{uses: {UPLOAD}, continue-on-error: true, with: {{path: nothing, if-no-files-found: error}}}}
- {{uses: {UPLOAD}, with: {{name: twice, path: a.txt}}}}
- {{uses: {UPLOAD}, continue-on-error: true, with: {{name: twice, path: b.txt}}}}
- {{uses: {UPLOAD}, continue-on-error: true, with: {{path: "*.txt", archive: false}}}}
- {{uses: {UPLOAD}, continue-on-error: true, with: {{name: "a/b", path: a.txt}}}}
"""
    (run,) = playground.push(_workflow(steps))
    assert [step.outcome for step in run.jobs["a"].steps] == [*["success"] * 3, "failure", "success", *["failure"] * 3]
    missing, twice, several, name = _errors([run])
    assert "No files were found" in missing
    assert "409" in twice
    assert "there are 2" in several
    assert "not valid" in name
    assert [one.message for one in run.annotations if one.level == "warning"] == [missing]
    assert list(_artifacts(playground)) == ["twice"]


def test_hidden_folders_stay_out_even_if_they_are_named(playground: Playground) -> None:
    folder = playground.world.folder / ".hidden"
    folder.mkdir()
    (folder / "file").write_text("text", encoding="utf-8")
    assert find_files(playground.world.folder, ".hidden") == (folder, [])


SITE = f"""
- run: mkdir -p site/sub site/.git; echo home > site/index.html; echo a > site/sub/a.txt; echo no | tee site/.hidden site/.git/x
- {{uses: {UPLOAD_PAGES}, with: {{path: site}}}}
"""


def _deployed(playground: Playground, job: str, on: str = "push") -> dict[str, str | None]:
    return _workflow(f"{SITE}- {{id: deployment, uses: {DEPLOY}}}\n", job, on)


def test_a_site_is_deployed(playground: Playground) -> None:
    playground.repository.pages = Pages(site={"old.html": b"old"})
    job = f"    permissions: {RIGHTS}\n    environment: {{name: github-pages, url: '${{{{ steps.deployment.outputs.page_url }}}}'}}\n"
    (run,) = playground.push(_deployed(playground, job))
    assert run.conclusion == "success", run.jobs["a"].log.text
    assert playground.repository.pages.site == {"index.html": b"home\n", "sub/a.txt": b"a\n"}
    assert run.jobs["a"].environment_url == playground.world.fake.site_url("waves")
    (deployment,) = playground.repository.deployments
    assert (deployment.environment, deployment.ref, deployment.sha) == ("github-pages", "main", playground.head)


@pytest.mark.parametrize(
    ("permissions", "message"),
    [("{pages: write}", "id-token: write"), ("{id-token: write}", "Resource not accessible by integration")],
)
def test_a_deployment_needs_both_rights(playground: Playground, permissions: str, message: str) -> None:
    playground.repository.pages = Pages()
    runs = playground.push(_deployed(playground, f"    permissions: {permissions}\n"))
    assert [run.conclusion for run in runs] == ["failure"]
    assert message in _errors(runs)[0]
    assert playground.repository.pages.site == {}


def test_a_deployment_needs_its_environment(playground: Playground) -> None:
    playground.repository.pages = Pages()
    assert "Missing environment" in _errors(playground.push(_deployed(playground, f"    permissions: {RIGHTS}\n")))[0]


def test_no_deployment_where_pages_is_off(playground: Playground) -> None:
    assert "404" in _errors(playground.push(_deployed(playground, f"    permissions: {RIGHTS}\n")))[0]


@pytest.mark.parametrize("owner", ["ann-", "eve"])
def test_a_pull_request_deploys_nothing(playground: Playground, owner: str) -> None:
    playground.repository.pages = Pages()
    job = f"    permissions: {RIGHTS}\n    environment: github-pages\n"
    assert playground.push(_deployed(playground, job, "pull_request")) == []
    runs = playground.pull_request({"a.txt": "a"}, owner=owner)
    assert "is not allowed to deploy" in _errors(runs)[0]
    without = _deployed(playground, f"    permissions: {RIGHTS}\n", "pull_request")
    fork = playground.pull_request(without, owner="mallory")
    assert [run.conclusion for run in (*runs, *fork)] == ["failure", "failure"]
    assert playground.repository.pages.site == {}


def test_only_the_artifact_of_the_same_run_is_deployed(playground: Playground) -> None:
    playground.repository.pages = Pages()
    playground.push(_workflow(SITE))
    runs = playground.push(_workflow(f"- uses: {DEPLOY}", f"    permissions: {RIGHTS}\n"))
    assert '0 artifacts named "github-pages"' in _errors(runs)[0]


def test_links_are_refused(playground: Playground) -> None:
    steps = f"- run: mkdir site; ln -s /etc/hostname site/x\n- {{uses: {UPLOAD_PAGES}, with: {{path: site}}}}"
    assert "Pages takes no links" in _errors(playground.push(_workflow(steps)))[0]
