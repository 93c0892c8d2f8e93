from __future__ import annotations

from pathlib import Path

import pytest

from pynb_dag_runner.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--name", "mypy"], "--name is for a tool: say which"),
        (["--set", "one"], "--set"),
        (["--tag", "a=1", "--tag", "a=2"], "--tag a is given twice"),
        (["--outputs", "file"], "--outputs file: "),
        (["--", "./there-is-no-such-tool"], "./there-is-no-such-tool cannot be started: No such file or directory"),
    ],
)
def test_a_wrong_call_is_told_and_nothing_is_watched(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main(["watch", *arguments]) == 2
    assert message in capsys.readouterr().err
