from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pynb_dag_runner.cli.main import main
from pynb_dag_runner.cli.run import assignments
from pynb_dag_runner.errors import UsageError
from pynb_dag_runner.runlog.reader import read_run

PIPELINE = """\
from pynb_dag_runner import Pipeline

ATTEMPTS = {"dev": 1, "ci": 2}


def images() -> int:
    return 600


def halve(count: int, divisor: int = 2) -> None:
    if divisor == 0:
        raise ValueError("::error::[bold]divisor[/bold] is 0")


def build(environment: str = "dev") -> Pipeline:
    pipeline = Pipeline("tiny")
    ingest = pipeline.function(images)
    pipeline.function(halve, needs=[ingest], attempts=ATTEMPTS[environment])
    return pipeline
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder."""
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    return tmp_path


def _pdr(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pynb_dag_runner", *arguments], capture_output=True, text=True)


@pytest.mark.slow
def test_that_a_run_ends_with_a_table_and_where_to_look_next(project: Path) -> None:
    ended = _pdr("run", "--set", "divisor=3", "--tag", "reason=a test", "--tag", "level=1", "--outputs", "elsewhere")
    assert ended.returncode == 0, ended.stderr
    (run_log,) = project.glob("elsewhere/runs/*")
    assert stat.S_IMODE(run_log.stat().st_mode) == 0o444
    run = read_run(run_log)
    assert run.settings == {"divisor": 3}
    assert run.tags == {"reason": "a test", "level": 1}

    lines = ended.stdout.splitlines()
    events = [line.split()[2:4] for line in lines[:6]]
    assert events == [
        ["start", "run"],
        ["start", "images"],
        ["success", "images"],
        ["start", "halve"],
        ["success", "halve"],
        ["success", "run"],
    ]
    assert [line.split() for line in lines if line.startswith("Task ")] == [["Task", "Attempts", "Duration", "Result"]]
    assert f"Run log  elsewhere/runs/{run.run_id}.otlp.jsonl" in lines
    assert f"Again    pdr show {run.run_id} --outputs elsewhere" in lines
    assert "Tracker  pdr ui --outputs elsewhere" in lines
    assert any(line.startswith("Files    pdr expand ") for line in lines)
    assert "\x1b" not in ended.stdout


@pytest.mark.slow
def test_that_a_failing_task_is_exit_code_1_and_annotated_on_github(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(project.parent),
        "GITHUB_STEP_SUMMARY": "job.md",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "octo/tiny",
        "GITHUB_RUN_ID": "77",
        "GITHUB_RUN_ATTEMPT": "1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ended = _pdr("run", "--environment", "ci", "--set", "divisor=0")
    assert ended.returncode == 1, ended.stderr
    commands = [line for line in ended.stdout.splitlines() if line.lstrip().startswith("::")]
    data = "::ValueError: ::error::[bold]divisor[/bold] is 0"
    place = f"file={project.name}/pipeline.py,line=12"
    assert commands == [
        f"::warning {place},title=halve%2C attempt 1 of 2%3A failure{data}",
        f"::error {place},title=halve%2C attempt 2 of 2%3A failure{data}%0Ahttps://octo.github.io/tiny/#/run/77-1/task/halve",
    ]
    assert "halve  failure in attempt 2 of 2" in ended.stdout
    assert not (project / "job.md").exists(), "a step of its own writes it"
    text = _pdr("show", "--format", "markdown").stdout
    assert text.startswith("### <code>tiny</code>: **failure**")
    assert (
        '#### <a href="https://octo.github.io/tiny/#/run/77-1/task/halve"><code>halve</code></a>: **failure**' in text
    )
    assert '<a href="https://github.com/octo/tiny/actions/runs/77/attempts/1">Workflow run</a>' in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "divisor"], "error: --set: expected NAME=VALUE, got 'divisor'"),
        (["--set", "=1"], "error: --set: expected NAME=VALUE, got '=1'"),
        (["--tag", "reason"], "error: --tag: expected NAME=VALUE, got 'reason'"),
        (["--set", "divisor=1", "--set", "divisor=2"], "error: --set divisor is given twice"),
        (["--set", "diviser=1"], "error: --set diviser: no task declares this parameter, did you mean divisor?"),
        (["--environment", "staging"], "pipeline.py:18: error: unknown environment 'staging': ATTEMPTS has dev, ci"),
        (["--address", "10.0.0.5"], "error: --address '10.0.0.5': give local, auto or HOST:PORT"),
        (["--address", "host:99999"], "error: --address 'host:99999'"),
        (["--outputs", "pipeline.py"], "error: --outputs pipeline.py: "),
        (["--outputs", "pipeline.py/deeper"], "error: --outputs pipeline.py/deeper: "),
        (["--progress", "live"], "error: --progress live needs a terminal"),
        (["--progress", "loud"], "invalid choice: 'loud'"),
    ],
)
def test_that_a_wrong_call_starts_nothing(
    arguments: list[str], message: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""
    assert [path.name for path in project.iterdir()] == ["pipeline.py"]


def test_that_every_problem_of_the_pipeline_is_printed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = PIPELINE.replace(
        "    return pipeline\n", '    pipeline.notebook("a")\n    pipeline.notebook("b")\n    return pipeline\n'
    )
    (project / "pipeline.py").write_text(text)
    assert main(["run"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("pipeline.py:19: error: task a: there is no notebook ")
    assert second.startswith("pipeline.py:20: error: task b: there is no notebook ")
    assert [path.name for path in project.iterdir()] == ["pipeline.py"]


def test_that_problems_are_annotated_on_github(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (project / "pipeline.py").write_text('raise KeyError("\\x1b[31m::error::x\\n::error::y")')
    assert main(["run"]) == 2
    captured = capsys.readouterr()
    assert captured.out.startswith("::error file=pipeline.py,line=1,title=The pipeline is defined wrongly::KeyError: ")
    assert captured.out.count("\n") == 1
    assert "\x1b" not in captured.err
    assert not any(line.lstrip().startswith("::") for line in captured.err.splitlines())


def test_that_a_missing_secret_starts_nothing(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("IMAGE_STORE_KEY", raising=False)
    text = PIPELINE.replace("function(images)", 'function(images, secrets=["IMAGE_STORE_KEY"])')
    (project / "pipeline.py").write_text(text)
    assert main(["run"]) == 2
    assert "pipeline.py:17: error: task images names the secret IMAGE_STORE_KEY" in capsys.readouterr().err
    assert [path.name for path in project.iterdir()] == ["pipeline.py"]


def test_that_ray_is_not_even_imported_for_a_broken_pipeline(project: Path) -> None:
    (project / "pipeline.py").write_text("def build(environment):\n    return 1 / 0\n")
    code = (
        "import sys; from pynb_dag_runner.cli.main import main; print(main(['run']))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('ray', 'papermill', 'opentelemetry')])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "2\n[]\n"
    assert ended.stderr == "pipeline.py:2: error: ZeroDivisionError: division by zero\n"


def test_that_values_are_json_or_text() -> None:
    given = ["a=1", "b=[1, 2]", "c=text", 'd="1"', "e=x=y", "f="]
    assert assignments("--set", given) == {"a": 1, "b": [1, 2], "c": "text", "d": "1", "e": "x=y", "f": ""}
    with pytest.raises(UsageError, match="--tag a is given twice"):
        assignments("--tag", ["a=1", "a=1"])


def test_that_the_verb_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--help"]) == 0
    text = capsys.readouterr().out
    assert "example:\n  pdr run\n" in text
    assert max(len(line) for line in text.splitlines()) <= 80
