"""Where a reader can go from a run that a job of GitHub Actions made: pages of the tracker, of GitHub, and the report."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

from pynb_dag_runner.conventions import ResourceAttribute
from pynb_dag_runner.github.addresses import pull_request_url, run_address, run_url, task_url, tracker_url
from pynb_dag_runner.report.links import NO_LINKS, Links
from pynb_dag_runner.runlog.records import PipelineRun

REPORT_VARIABLE = "PDR_REPORT_URL"
"""Address of the run report, where the job has uploaded it already."""

_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")


def job_links(run: PipelineRun, environment: Mapping[str, str], tracker: str | None = None) -> Links:
    """Links of ``run`` where this job made it; none where the log is of another one, or this is no job.

    ``tracker`` is where it is published, None for the address that follows from the environment.
    """
    made_by = run.resource.get(ResourceAttribute.GITHUB_RUN_ID), run.resource.get(ResourceAttribute.GITHUB_RUN_ATTEMPT)
    if run_address(environment) is None or made_by != (
        environment["GITHUB_RUN_ID"],
        environment.get("GITHUB_RUN_ATTEMPT", "1"),
    ):
        return NO_LINKS
    job = _job_url(environment)
    site = tracker or tracker_url(environment)
    pages = NO_LINKS if site is None else tracker_links(run, site)
    return replace(pages, job=job, report=_said_report(environment) or _artifacts(job))


def tracker_links(run: PipelineRun, tracker: str) -> Links:
    """Pages of ``run`` in a tracker: one of GitHub has the address that it was collected by, another one its id."""
    site = f"{tracker.rstrip('/')}/"
    said = [
        str(run.resource.get(name)) for name in (ResourceAttribute.GITHUB_RUN_ID, ResourceAttribute.GITHUB_RUN_ATTEMPT)
    ]
    address = "-".join(said) if all(_NUMBER.fullmatch(number) for number in said) else run.run_id
    change = str(run.resource.get(ResourceAttribute.CHANGE_ID))
    return Links(
        run=run_url(site, address),
        task=partial(task_url, site, address),
        pull_request=pull_request_url(site, change) if _NUMBER.fullmatch(change) else None,
    )


def _job_url(environment: Mapping[str, str]) -> str | None:
    server, repository = environment.get("GITHUB_SERVER_URL", ""), environment.get("GITHUB_REPOSITORY", "")
    if urlsplit(server).scheme not in ("http", "https") or not _REPOSITORY.fullmatch(repository):
        return None
    attempt = environment.get("GITHUB_RUN_ATTEMPT", "1")
    return f"{server.rstrip('/')}/{repository}/actions/runs/{environment['GITHUB_RUN_ID']}/attempts/{attempt}"


def _said_report(environment: Mapping[str, str]) -> str | None:
    said = environment.get(REPORT_VARIABLE, "").strip()
    return said if urlsplit(said).scheme in ("http", "https") else None


def _artifacts(job: str | None) -> str | None:
    return None if job is None else f"{job}#artifacts"
