"""Options of tasks, and the names made from their ids."""

from __future__ import annotations

from typing import Any

import pytest

from pynb_dag_runner.dag.task import TaskOptions, default_id, folder_name
from pynb_dag_runner.errors import PipelineError, SourceLocation

HERE = SourceLocation("pipeline.py", 7)


def test_options_have_defaults() -> None:
    assert TaskOptions.checked("a", HERE, {}) == TaskOptions()


def test_lists_become_tuples() -> None:
    options = TaskOptions.checked("a", HERE, {"secrets": ["KEY"], "never_retry": [KeyError]})
    assert (options.secrets, options.never_retry) == (("KEY",), (KeyError,))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"attempts": 0}, "attempts=0: give the total number of tries, at least 1"),
        ({"attempts": True}, "attempts=True"),
        ({"attempts": 1.5}, "attempts=1.5"),
        ({"timeout_s": -1}, "timeout_s=-1: give seconds above 0, or None"),
        ({"timeout_s": 0}, "timeout_s=0"),
        ({"timeout_s": "10"}, "timeout_s='10'"),
        ({"timeout_s": float("nan")}, "timeout_s=nan"),
        ({"retry_wait_s": -0.1}, "retry_wait_s=-0.1: give a number, 0 or more"),
        ({"num_cpus": "two"}, "num_cpus='two'"),
        ({"num_gpus": -1}, "num_gpus=-1"),
        ({"memory_bytes": 0}, "memory_bytes=0"),
        ({"memory_bytes": True}, "memory_bytes=True"),
        ({"resources": {"disk": -1}}, r"resources\['disk'\]=-1"),
        ({"resources": ["disk"]}, "resources takes a dict"),
        ({"never_retry": KeyError}, "never_retry takes a list"),
        ({"never_retry": ["KeyError"]}, "never_retry takes exception types, got 'KeyError'"),
        ({"never_retry": 3}, "never_retry takes a list, got 3"),
        ({"secrets": "KEY"}, "secrets takes a list, got 'KEY'"),
        ({"secrets": [""]}, "secrets takes names of variables, got ''"),
        ({"retries": 3}, "unknown option retries; there are: attempts, timeout_s"),
    ],
)
def test_bad_options_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(PipelineError, match=message) as caught:
        TaskOptions.checked("train", HERE, arguments)
    assert str(caught.value).startswith("pipeline.py:7: error: task train: ")


def test_ids_show_parameters() -> None:
    assert default_id("train", {}) == "train"
    assert default_id("train", {"size": 600, "kind": "a b"}) == 'train[size=600,kind="a b"]'


def test_plain_folder_names() -> None:
    assert folder_name("train-model[nr_train_images=600]") == "train-model-nr_train_images=600"


@pytest.mark.parametrize(
    "task_id", ["Train", "a/b", "../x", "con", "aux.py", "nul", "ü", "a" * 300, "a b", ".", "x[k=\ud800]", "a:b", "-"]
)
def test_folder_names_are_safe_and_differ(task_id: str) -> None:
    folder = folder_name(task_id)
    assert folder.isascii()
    assert 0 < len(folder) <= 100
    assert not set(folder) & set('/\\:*?"<>| ')
    assert folder.split(".")[0] not in {"con", "aux", "nul", ""}
    assert folder != folder_name(task_id + "x")
    assert folder_name(task_id) == folder
