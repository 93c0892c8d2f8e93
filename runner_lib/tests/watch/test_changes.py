from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from pynb_dag_runner.project.files import project_files
from pynb_dag_runner.watch.changes import Changes, Debounce, difference

A, B = Path("a.py"), Path("b.py")


def test_what_is_new_gone_or_written_anew_is_a_difference() -> None:
    before = {A: (1, 1, 1), B: (1, 1, 1), Path("same"): (1, 1, 1)}
    after = {A: (2, 1, 1), Path("new"): (1, 1, 1), Path("same"): (1, 1, 1)}
    assert difference(before, after) == {A, B, Path("new")}


def test_a_burst_of_saves_is_one_change() -> None:
    debounce = Debounce(settle_s=0.1, longest_s=2.0)
    taken = []
    for step in range(50):
        debounce.note({A}, step * 0.02)
        taken.append(debounce.take(step * 0.02))
    assert not any(taken)
    assert debounce.take(0.98 + 0.05) == set()
    assert debounce.take(0.98 + 0.11) == {A}
    assert debounce.take(9.0) == set()


def test_saves_without_end_are_not_waited_for_without_end() -> None:
    debounce = Debounce(settle_s=0.1, longest_s=2.0)
    times = [step * 0.05 for step in range(60)]
    taken = []
    for now_s in times:
        debounce.note({A}, now_s)
        if debounce.take(now_s):
            taken.append(now_s)
    assert len(taken) == 1
    assert 2.0 <= taken[0] < 2.1


def test_nothing_saved_is_no_change() -> None:
    debounce = Debounce()
    debounce.note(set(), 1.0)
    assert debounce.take(9.0) == set()


def test_what_tools_and_environments_write_is_not_seen(tmp_path: Path) -> None:
    for name in (
        *("pipeline.py", "src/own/part.py", "notebooks/one.py", "data/rows.csv"),
        *(
            ".git/index",
            ".cache/x",
            "src/own/__pycache__/part.pyc",
            "venv/lib/site-packages/other.py",
            "venv/pyvenv.cfg",
        ),
        *("pipeline-outputs/runs/log.jsonl", "elsewhere/runs/log.jsonl", "notebooks/.one.py.swp", "notebooks/one.py~"),
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = {str(path.relative_to(tmp_path)) for path in project_files(tmp_path, [tmp_path / "elsewhere"])}
    assert found == {"pipeline.py", "src/own/part.py", "notebooks/one.py", "data/rows.csv"}


def test_that_saves_in_new_folders_and_by_renaming_are_seen(tmp_path: Path) -> None:
    (tmp_path / "kept.py").write_text("1")
    changes = Changes(tmp_path)
    (tmp_path / "new" / "deep").mkdir(parents=True)
    (tmp_path / "new" / "deep" / "one.py").write_text("1")
    (tmp_path / "kept.tmp").write_text("2")
    os.replace(tmp_path / "kept.tmp", tmp_path / "kept.py")
    assert changes.wait(lambda: False) == {tmp_path / "new/deep/one.py", tmp_path / "kept.py"}


def test_fifty_saves_by_another_thread_are_one_change(tmp_path: Path) -> None:
    changes = Changes(tmp_path)

    def save() -> None:
        for number in range(50):
            (tmp_path / "one.py").write_text(str(number))
            time.sleep(0.01)

    saver = threading.Thread(target=save)
    saver.start()
    assert changes.wait(lambda: False) == {tmp_path / "one.py"}
    saver.join()


def test_the_wait_ends_when_it_is_over(tmp_path: Path) -> None:
    assert Changes(tmp_path).wait(lambda: True) == set()
