"""What the emulation gives whom: tokens and their rights, secrets, forks, queues, runs that follow runs."""

from __future__ import annotations

from actions_emulation.playground import Playground
from actions_emulation.runs import Run

ASK = 'curl --silent --header "authorization: Bearer $TOKEN" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/%s"'


def _asks(path: str, permissions: str, on: str = "push") -> dict[str, str | None]:
    text = f"""
name: W
on: {on}
permissions: {{}}
jobs:
  a:
    runs-on: ubuntu-24.04
    permissions: {permissions}
    steps:
      - run: >-
          {ASK % path}
        env: {{TOKEN: "${{{{ github.token }}}}"}}
"""
    return {".github/workflows/w.yml": text}


def _log(runs: list[Run]) -> str:
    (run,) = runs
    return run.jobs["a"].log.text


def test_a_token_may_what_its_job_asked_for(playground: Playground) -> None:
    refused = '"message": "Resource not accessible by integration"'
    assert refused in _log(playground.push(_asks("actions/artifacts", "{contents: read}")))
    assert '"total_count": 0' in _log(playground.push(_asks("actions/artifacts", "{actions: read}")))
    assert refused in _log(playground.push(_asks("pages", "{actions: read}")))
    enable = "actions/workflows/w.yml/enable"
    writes = {
        name: text.replace("--silent", "--silent -X PUT")
        for name, text in _asks(enable, "{actions: read}").items()
        if text
    }
    assert refused in _log(playground.push(writes))
    assert [request.path for request in playground.world.fake.refused] == [
        "/repos/ann-/waves/actions/artifacts",
        "/repos/ann-/waves/pages",
        "/repos/ann-/waves/actions/workflows/w.yml/enable",
    ]


def test_a_token_ends_with_its_job(playground: Playground) -> None:
    playground.push(_asks("actions/artifacts", "{actions: read}"))
    (token,) = playground.world.fake.github.job_tokens.values()
    assert token.is_over
    assert playground.world.fake.unknown == []


def test_a_fork_gets_no_secrets_no_variables_and_reads_only(playground: Playground) -> None:
    playground.repository.secrets["PASSWORD"] = "correct horse"
    playground.repository.variables["NAME"] = "value"
    workflow = """
name: W
on: pull_request
jobs:
  a:
    runs-on: ubuntu-24.04
    permissions: {actions: write}
    steps:
      - run: echo "[${{ secrets.PASSWORD }}] [${{ vars.NAME }}] $GITHUB_REF $GITHUB_HEAD_REF"
      - run: >-
          curl --silent -X PUT --header "authorization: Bearer ${{ github.token }}"
          "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/workflows/w.yml/enable"
"""
    playground.push({".github/workflows/w.yml": workflow})
    own = _log(playground.pull_request({"a.txt": "a"}, owner="ann-"))
    assert "[***] [value] refs/pull/1/merge change" in own
    assert "not accessible" not in own
    fork = _log(playground.pull_request({"a.txt": "a"}, owner="eve"))
    assert "[] [] refs/pull/2/merge change" in fork
    assert "Resource not accessible by integration" in fork
    runs = list(playground.repository.runs.values())
    assert [(run.head_repository, run.pull_requests) for run in runs] == [("ann-/waves", [1]), ("eve/waves", [])]


def test_runs_that_follow_are_of_the_default_branch(playground: Playground) -> None:
    first = "name: First\non: [push, pull_request]\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: exit 1}]}}"
    second = """
name: Second
on: {workflow_run: {workflows: [First], types: [completed]}}
jobs:
  a:
    runs-on: ubuntu-24.04
    steps:
      - env: {REF: "${{ github.event.workflow_run.head_branch }} ${{ github.event.workflow_run.conclusion }}"}
        run: echo "$REF $GITHUB_REF $GITHUB_SHA $GITHUB_EVENT_NAME"
"""
    evil = second.replace('echo "', 'echo "evil ')
    playground.push({".github/workflows/first.yml": first, ".github/workflows/second.yml": second})
    main = playground.head
    runs = playground.pull_request({".github/workflows/second.yml": evil})
    assert [(run.workflow.name, run.conclusion) for run in runs] == [("First", "failure"), ("Second", "success")]
    assert f"change failure refs/heads/main {main} workflow_run" in runs[1].jobs["a"].log.text
    assert "evil" not in runs[1].jobs["a"].log.text


def test_queues(playground: Playground) -> None:
    text = """
name: W
on: push
concurrency: {group: one, cancel-in-progress: %s}
jobs: {a: {runs-on: ubuntu-24.04, steps: [{run: "echo started; sleep 2"}]}}
"""
    waiting = [playground.start({".github/workflows/w.yml": text % "false", "n": str(number)}) for number in range(3)]
    assert [started.wait()[0].conclusion for started in waiting] == ["success", "cancelled", "success"]
    ending = []
    for number in range(2):
        ending.append(playground.start({".github/workflows/w.yml": text % "true", "n": f"again {number}"}))
        ending[-1].wait_for(lambda run: any("started" in job.log.lines for job in run.jobs.values()))
    assert [started.wait()[0].conclusion for started in ending] == ["cancelled", "success"]


def test_a_second_attempt(playground: Playground) -> None:
    text = "name: W\non: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: 'echo attempt $GITHUB_RUN_ATTEMPT'}]}}"
    (run,) = playground.push({".github/workflows/w.yml": text})
    (again,) = playground.actions.rerun(run).wait()
    assert "attempt 2" in again.jobs["a"].log.lines
    assert [attempt.conclusion for attempt in run.model.attempts] == ["success", "success"]
