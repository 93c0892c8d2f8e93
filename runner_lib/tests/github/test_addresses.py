"""Addresses of the published tracker."""

from __future__ import annotations

import pytest

from pynb_dag_runner.github.addresses import pull_request_url, run_address, run_url, task_url, tracker_url

SITE = "https://ann.github.io/digits/"


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({"GITHUB_REPOSITORY": "ann/digits"}, SITE),
        ({"GITHUB_REPOSITORY": "Ann/Digits"}, "https://ann.github.io/Digits/"),
        ({"GITHUB_REPOSITORY": "Ann/ann.github.io"}, "https://ann.github.io/"),
        ({"GITHUB_REPOSITORY": "ann/digits", "GITHUB_SERVER_URL": "https://git.example.org"}, None),
        (
            {"GITHUB_REPOSITORY": "ann/digits", "PDR_TRACKER_URL": "https://runs.example.org"},
            "https://runs.example.org/",
        ),
        ({"GITHUB_REPOSITORY": "ann/digits", "PDR_TRACKER_URL": "javascript:alert(1)"}, None),
        ({"GITHUB_REPOSITORY": "ann/digits", "PDR_TRACKER_URL": ""}, SITE),
        ({"GITHUB_REPOSITORY": "digits"}, None),
        ({}, None),
    ],
)
def test_tracker(environment: dict[str, str], url: str | None) -> None:
    assert tracker_url(environment) == url


def test_run_of_this_job() -> None:
    assert run_address({"GITHUB_RUN_ID": "17", "GITHUB_RUN_ATTEMPT": "2"}) == "17-2"
    assert run_address({}) is None


def test_pages_are_those_of_the_front_end() -> None:
    assert run_url(SITE, "17-2") == f"{SITE}#/run/17-2"
    assert task_url(SITE, "17-2", "train-model[nr_train_images=600]") == (
        f"{SITE}#/run/17-2/task/train-model%5Bnr_train_images%3D600%5D"
    )
    assert pull_request_url(SITE, 12) == f"{SITE}#/pr/12"
