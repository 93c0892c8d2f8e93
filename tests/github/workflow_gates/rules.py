"""Rules of this project for a workflow, where no linter has them. Each yields what is wrong, in words for who has to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from workflow_gates.files import Step, Workflow

Rule = Callable[[Workflow], Iterator[str]]

PINNED = re.compile(r"uses: (?:\$/\.github/workflows/[a-z-]+\.yml|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)")
UNTRUSTED_TRIGGERS = {"pull_request", "pull_request_target", "issue_comment", "issues"}
WRITES = {("pages", "write"), ("id-token", "write"), ("actions", "write")}
"""The only permissions to write that anything here may have."""
TOKEN_NAMES = {"GITHUB_TOKEN", "GH_TOKEN"}


def pinned(workflow: Workflow) -> Iterator[str]:
    """Only a whole SHA cannot be moved to other code; its version says to people what it is."""
    for line in workflow.text.splitlines():
        if re.match(r"\s*(- )?uses:", line) and not PINNED.search(line):
            yield f"not pinned by SHA with its version: {line.strip()}"


def least_permissions(workflow: Workflow) -> Iterator[str]:
    """Nothing by default, reading by job, writing only where strangers start nothing."""
    if workflow.content.get("permissions") != {}:
        yield "permissions at the top are not {}"
    for name, job in workflow.jobs.items():
        permissions = job.get("permissions")
        if not isinstance(permissions, dict):
            yield f"job {name} does not say its permissions"
            continue
        writes = {(scope, access) for scope, access in permissions.items() if access != "read"}
        for scope, access in sorted(writes - WRITES):
            yield f"job {name} has {scope}: {access}"
        if writes and UNTRUSTED_TRIGGERS & set(workflow.triggers):
            yield f"job {name} can write, and a pull request can start it"
        if writes & {("pages", "write"), ("id-token", "write")} and "environment" not in job:
            yield f"job {name} deploys without the environment that guards the site"


def no_foreign_code_with_rights(workflow: Workflow) -> Iterator[str]:
    """What runs after somebody else's run takes only the default branch's files."""
    if "pull_request_target" in workflow.triggers:
        yield "pull_request_target gives a stranger's pull request our rights"
    for step in workflow.steps:
        if step.action == "actions/checkout":
            if step.inputs.get("persist-credentials") is not False:
                yield f"{step.where}: leaves the token in the files of the repository"
            if {"ref", "repository"} & set(step.inputs):
                yield f"{step.where}: takes other code than GitHub's default for the event"
        if "download-artifact" in step.action:
            yield f"{step.where}: unpacks what may be a stranger's; pdr collect reads it with care"


def tokens_where_needed(workflow: Workflow) -> Iterator[str]:
    """A token is in the environment of the one step that calls GitHub, and secrets are nowhere."""
    if "secrets." in workflow.text:
        yield "secrets are used"
    tokens = len(re.findall(r"github\.token", workflow.text))
    in_steps = 0
    for step in workflow.steps:
        for name, value in dict(step.content.get("env", {})).items():
            if "github.token" in str(value):
                in_steps += 1
                if name not in TOKEN_NAMES:
                    yield f"{step.where}: the token is called {name}"
    if tokens != in_steps:
        yield "the token is given to more than single steps"


def named_and_limited(workflow: Workflow) -> Iterator[str]:
    """Names are what people see at GitHub; limits end what hangs."""
    for name, job in workflow.jobs.items():
        if not job.get("name"):
            yield f"job {name} has no name"
        if "uses" not in job and not isinstance(job.get("timeout-minutes"), int):
            yield f"job {name} has no time limit"
    for step in workflow.steps:
        if not step.content.get("name"):
            yield f"{step.where}: has no name"


def scripts_without_expressions(workflow: Workflow) -> Iterator[str]:
    """GitHub pastes the value of an expression into a script as it is, so that it could be code."""
    for step in workflow.steps:
        for key in ("run", "shell", "working-directory"):
            if "${{" in str(step.content.get(key, "")):
                yield f"{step.where}: an expression in {key}; pass it by env"
    if any(step.run for step in workflow.steps) and not _has_strict_shell(workflow):
        yield "scripts run without pipefail: say shell: bash in defaults"


def _has_strict_shell(workflow: Workflow) -> bool:
    several_lines = [step for step in workflow.steps if "|" in step.run or "\n" in step.run.strip()]
    shell = workflow.content.get("defaults", {}).get("run", {}).get("shell")
    return shell == "bash" or not several_lines


def off_the_hour(workflow: Workflow) -> Iterator[str]:
    """At full and quarter hours GitHub is late, or leaves schedules out."""
    for entry in workflow.triggers.get("schedule") or ():
        minute = str(entry["cron"]).split()[0]
        if not minute.isdecimal() or int(minute) % 15 == 0:
            yield f"schedule {entry['cron']} starts when everybody's does"


def schedule_alone(workflow: Workflow) -> Iterator[str]:
    """GitHub switches off the whole file after 60 quiet days."""
    others = set(workflow.triggers) - {"schedule", "workflow_dispatch"}
    if "schedule" in workflow.triggers and others:
        yield f"a schedule stands with {', '.join(sorted(others))}"


def cancelled_runs_close_their_log(workflow: Workflow) -> Iterator[str]:
    """The signal that cancels a job reaches pdr, and there is time to upload what it left."""
    steps = list(workflow.steps)
    for position, step in enumerate(steps):
        if "pdr run" not in step.run:
            continue
        if not step.run.startswith("exec .venv/bin/pdr run ") or len(step.run.strip().splitlines()) > 1:
            yield f"{step.where}: pdr is not the step's own process"
        left = workflow.jobs[step.job]["timeout-minutes"] - step.content.get("timeout-minutes", 0)
        if not 10 <= left < workflow.jobs[step.job]["timeout-minutes"]:
            yield f"{step.where}: its time limit leaves no time for uploads"
        later = [one for one in steps[position + 1 :] if one.job == step.job]
        for one in later:
            if not str(one.content.get("if", "")).startswith("${{ always()"):
                yield f"{one.where}: does not happen after failures and cancellations"
        if not later or later[0].action != "actions/upload-artifact":
            yield f"{step.where}: the run log is not uploaded next"


def artifacts_as_agreed(workflow: Workflow) -> Iterator[str]:
    """Names by which others find artifacts. They hold the attempt, since one run can have several."""
    for step in workflow.steps:
        if step.action == "actions/upload-artifact":
            name = artifact_name(step)
            if not any(re.fullmatch(pattern, name) for pattern in ARTIFACT_NAMES):
                yield f"{step.where}: nobody looks for an artifact {name}"
            if "retention-days" not in step.inputs:
                yield f"{step.where}: does not say how long it is kept"


ARTIFACT_NAMES = (
    re.escape("run-log-v1-${{ github.run_attempt }}"),
    re.escape("outputs-v1-${{ github.run_attempt }}"),
    re.escape("run-report-${{ github.run_id }}-${{ github.run_attempt }}.html"),
)


def artifact_name(step: Step) -> str:
    """What an artifact will be called: as its file, where it is no archive."""
    if step.inputs.get("archive") is False:
        return str(step.inputs["path"]).rpartition("/")[2]
    return str(step.inputs.get("name", "artifact"))


RULES: tuple[Rule, ...] = (
    pinned,
    least_permissions,
    no_foreign_code_with_rights,
    tokens_where_needed,
    named_and_limited,
    scripts_without_expressions,
    off_the_hour,
    schedule_alone,
    cancelled_runs_close_their_log,
    artifacts_as_agreed,
)


def broken_rules(text: str) -> list[str]:
    """All that is wrong with a workflow by our own rules."""
    workflow = Workflow(text)
    return [problem for rule in RULES for problem in rule(workflow)]


def pins(text: str) -> dict[str, set[str]]:
    """Each action that a workflow uses, with the SHAs and versions that it is pinned to."""
    found: dict[str, set[str]] = {}
    for action, pin in re.findall(r"uses: ([\w./-]+)@([0-9a-f]{40} # \S+)", text):
        found.setdefault(action, set()).add(pin)
    return found


def variables(text: str) -> set[str]:
    """The repository's variables that a workflow reads."""
    return set(re.findall(r"\bvars\.(\w+)", text))
