"""The emulation of GitHub Actions does what GitHub documents; what it does not know, test_unknown.py has."""

from __future__ import annotations

import os

from actions_emulation.log import Annotation
from actions_emulation.playground import Playground
from actions_emulation.runs import Run
from actions_emulation.service import Started

CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"


def _workflow(jobs: str, on: str = "push", more: str = "") -> dict[str, str | None]:
    return {".github/workflows/w.yml": f"name: W\non: {on}\npermissions: {{}}\n{more}\njobs:\n{jobs}"}


def _steps(text: str, job: str = "") -> str:
    lines = "\n".join(f"      {line}" for line in text.strip("\n").splitlines())
    return f"  a:\n    runs-on: ubuntu-24.04\n{job}    steps:\n{lines}\n"


def _only(runs: list[Run]) -> Run:
    (run,) = runs
    return run


def test_a_step_gets_documented_variables_and_nothing_of_the_machine(playground: Playground) -> None:
    os.environ["PRIVATE_OF_THIS_MACHINE"] = "yes"
    run = _only(playground.push(_workflow(_steps("- run: env | sort; pwd"))))
    del os.environ["PRIVATE_OF_THIS_MACHINE"]
    log = run.jobs["a"].log.text
    assert run.conclusion == "success"
    assert "PRIVATE_OF_THIS_MACHINE" not in log
    assert "GITHUB_TOKEN" not in log
    for line in ("CI=true", "GITHUB_ACTIONS=true", "GITHUB_EVENT_NAME=push", "GITHUB_REF=refs/heads/main"):
        assert line in log.splitlines()
    assert f"GITHUB_SHA={playground.head}" in log
    assert f"GITHUB_API_URL={playground.world.fake.api_url}" in log
    assert f"GITHUB_WORKSPACE={run.jobs['a'].workspace}" in log
    assert log.splitlines()[-1] == str(run.jobs["a"].workspace)


def test_what_a_step_hands_on(playground: Playground) -> None:
    run = _only(playground.push(_workflow(_steps("""
- id: first
  run: |
    echo "WORD=from a file" >> "$GITHUB_ENV"
    printf 'LINES<<END\\none\\ntwo\\nEND\\n' >> "$GITHUB_OUTPUT"
    mkdir "$RUNNER_TEMP/bin"; echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
    printf '#!/bin/sh\\necho called' > "$RUNNER_TEMP/bin/tool"; chmod +x "$RUNNER_TEMP/bin/tool"
    echo "# Summary" >> "$GITHUB_STEP_SUMMARY"
- run: echo "$WORD ${{ env.WORD }} $OWN"; tool; echo "${{ steps.first.outputs.LINES }}" | wc -l
  env: {OWN: "${{ env.WORD }}!"}
- run: echo "[$OWN]"
"""))))
    log = run.jobs["a"].log.lines
    assert "from a file from a file from a file!" in log
    assert "called" in log
    assert "2" in log
    assert "[]" in log
    assert run.summary == "# Summary\n"


def test_shells_as_documented(playground: Playground) -> None:
    run = _only(playground.push(_workflow(_steps("""
- run: |
    false | true
    echo "without pipefail"
- shell: bash
  continue-on-error: true
  name: strict
  run: |
    false | true
    echo "not here"
- run: echo "after ${{ job.status }}"
"""))))
    log = run.jobs["a"].log.lines
    assert "without pipefail" in log
    assert "not here" not in log
    assert "after success" in log
    assert (run.jobs["a"].step("strict").outcome, run.jobs["a"].step("strict").conclusion) == ("failure", "success")
    assert run.conclusion == "success"


def test_after_a_failure(playground: Playground) -> None:
    jobs = (
        _steps("""
- {name: fails, run: exit 3}
- {name: ordinary, run: "true"}
- {name: on failure, if: failure(), run: "true"}
- {name: always, if: "${{ always() }}", run: "true"}
- {name: without a status, if: "github.ref == 'refs/heads/main'", run: "true"}
""")
        + "  b:\n    needs: a\n    runs-on: ubuntu-24.04\n    steps: [{run: echo}]\n"
        + "  c:\n    needs: [a, b]\n    if: ${{ failure() }}\n    runs-on: ubuntu-24.04\n    steps: [{run: echo}]\n"
        + "  d:\n    needs: b\n    if: ${{ always() && needs.b.outputs.nothing == '' }}\n"
        + "    runs-on: ubuntu-24.04\n    steps: [{run: 'echo ${{ needs.b.result }}'}]\n"
    )
    run = _only(playground.push(_workflow(jobs)))
    outcomes = {step.name: step.outcome for step in run.jobs["a"].steps}
    assert outcomes == {
        "fails": "failure",
        "ordinary": "skipped",
        "on failure": "success",
        "always": "success",
        "without a status": "skipped",
    }
    assert {name: job.result for name, job in run.jobs.items()} == {
        "a": "failure",
        "b": "skipped",
        "c": "success",
        "d": "success",
    }
    assert "skipped" in run.jobs["d"].log.lines
    assert run.conclusion == "failure"
    assert Annotation("error", "Process completed with exit code 3.", step="fails") in run.annotations


def test_outputs_of_jobs(playground: Playground) -> None:
    jobs = _steps(
        "- {id: one, run: 'echo word=text >> \"$GITHUB_OUTPUT\"'}",
        '    outputs: {word: "${{ steps.one.outputs.word }}"}\n',
    )
    jobs += (
        "  b:\n    needs: a\n    runs-on: ubuntu-24.04\n    steps: [{run: 'echo got ${{ needs.a.outputs.word }}'}]\n"
    )
    assert "got text" in _only(playground.push(_workflow(jobs))).jobs["b"].log.lines


def test_workflow_commands_become_annotations_and_masks(playground: Playground) -> None:
    playground.repository.secrets["PASSWORD"] = "correct horse"
    run = _only(playground.push(_workflow(_steps("""
- name: talks
  env: {PASSWORD: "${{ secrets.PASSWORD }}", TOKEN: "${{ github.token }}"}
  run: |
    echo "::error file=a.py,line=3,title=A%2C b::first%0Asecond"
    echo "::add-mask::own secret"
    echo "it is own secret and $PASSWORD and $TOKEN"
    echo "::stop-commands::pause"
    echo "::notice::not now"
    echo "::pause::"
    for i in $(seq 12); do echo "::notice::$i"; done
"""))))
    errors = [one for one in run.annotations if one.level == "error"]
    assert errors == [Annotation("error", "first\nsecond", "A, b", "a.py", "3", "talks")]
    assert "it is *** and *** and ***" in run.jobs["a"].log.lines
    assert [one.message for one in run.annotations if one.level == "notice"] == [str(i + 1) for i in range(10)]


def test_checkout_is_one_commit_and_leaves_no_token(playground: Playground) -> None:
    steps = f"""
- uses: {CHECKOUT}
  with: {{persist-credentials: false}}
- run: git rev-parse HEAD; git branch --show-current; git remote get-url origin; git rev-list --count HEAD; ls -A; cat .git/config
"""
    job = "    permissions: {contents: read}\n"
    run = _only(playground.push({**_workflow(_steps(steps, job)), "file.txt": "text"}))
    lines = run.jobs["a"].log.lines
    start = lines.index(playground.head)
    assert lines[start : start + 4] == [playground.head, "main", "https://github.com/ann-/waves", "1"]
    assert "file.txt" in lines
    assert "ghs_" not in run.jobs["a"].log.text
    without_right = _only(playground.push(_workflow(_steps(steps))))
    assert without_right.conclusion == "failure"


def test_time_limits(playground: Playground) -> None:
    run = _only(playground.push(_workflow(_steps("""
- {name: slow, timeout-minutes: 1, run: exec sleep 60}
- {name: after, if: always(), run: echo after}
"""))))
    job = run.jobs["a"]
    assert job.step("slow").outcome == "failure"
    assert job.step("slow").signals == ["SIGINT"]
    assert "after" in job.log.lines
    assert (job.result, run.conclusion) == ("failure", "failure")

    limited = _only(
        playground.push(_workflow(_steps("- {name: slow, run: exec sleep 60}", "    timeout-minutes: 1\n")))
    )
    assert limited.jobs["a"].result == "cancelled"


def test_cancellation_reaches_the_entry_process_alone(playground: Playground) -> None:
    steps = """
- name: closes
  run: |
    exec python3 -c "
    import signal, time, sys
    def close(*_): print('closed'); sys.exit(0)
    signal.signal(signal.SIGINT, close)
    print('started', flush=True)
    time.sleep(60)"
- {name: ordinary, run: "true"}
- {name: kept, if: "${{ always() }}", run: echo kept}
- {name: told, if: cancelled(), run: echo told}
- {name: failed, if: failure(), run: echo}
"""
    started = playground.start(_workflow(_steps(steps)))
    _wait_for(started, "started")
    started.runs[0].stop()
    run = _only(started.wait())
    job = run.jobs["a"]
    assert {step.name: step.outcome for step in job.steps} == {
        "closes": "cancelled",
        "ordinary": "skipped",
        "kept": "success",
        "told": "success",
        "failed": "skipped",
    }
    assert "closed" in job.log.lines
    assert job.step("closes").signals == ["SIGINT"]
    assert run.conclusion == "cancelled"


def test_a_shell_does_not_pass_the_signal_on(playground: Playground) -> None:
    """Which is why the pipeline's step has to say ``exec``."""
    started = playground.start(_workflow(_steps("- {name: shell, run: 'echo started; sleep 60; echo not reached'}")))
    _wait_for(started, "started")
    started.runs[0].stop()
    job = _only(started.wait()).jobs["a"]
    assert job.step("shell").signals[:2] == ["SIGINT", "SIGTERM"]
    assert "not reached" not in job.log.lines


def _wait_for(started: Started, line: str) -> None:
    started.wait_for(lambda run: any(line in job.log.lines for job in list(run.jobs.values())))
