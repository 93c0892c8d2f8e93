"""The gates close: each of these flaws, put into a workflow that passes, is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from workflow_gates import linters
from workflow_gates.files import THEIRS
from workflow_gates.language_service import LanguageService
from workflow_gates.rules import broken_rules

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in THEIRS.workflows.items()}
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


def flawed(name: str, right: str, wrong: str) -> str:
    """The text of a workflow with one flaw."""
    text = TEXTS[name]
    assert right in text, "the flaw does not apply any more"
    return text.replace(right, wrong, 1)


MARKED = [
    ("pipeline.yml", "timeout-minutes: 60", "timeout-minute: 60", "Unexpected value 'timeout-minute'"),
    ("pipeline.yml", "branches: [main]", "branch: [main]", "Unexpected value 'branch'"),
    ("pipeline.yml", "github.run_id }}", "github.run_nr }}", "Context access might be invalid: run_nr"),
    ("pipeline.yml", "vars.PIPELINE_RUNNER", "var.PIPELINE_RUNNER", "Unrecognized named-value: 'var'"),
    ("pipeline.yml", "hashFiles(", "hashFile(", "Unrecognized function: 'hashFile'"),
    ("pipeline.yml", "steps.run.outcome", "steps.runs.outcome", "Context access might be invalid: runs"),
    ("pipeline.yml", "if-no-files-found:", "if-no-file-found:", "Invalid action input 'if-no-file-found'"),
    ("publish.yml", "needs: build", "needs: built", "Job 'deploy' depends on unknown job 'built'"),
    (
        "publish.yml",
        "needs.build.outputs.pages",
        "needs.build.outputs.page",
        "Context access might be invalid: page",
    ),
    ("publish.yml", "types: [completed]", "types: [complete]", "Unexpected value 'complete'"),
    ("publish.yml", "id-token: write", "id-tokens: write", "Unexpected value 'id-tokens'"),
    ("publish.yml", "inputs.start_over", "inputs.start_again", "Context access might be invalid: start_again"),
    ("daily.yml", '"23 4 * * *"', '"23 25 * * *"', "Invalid cron"),
    ("daily.yml", "pipeline.yml\n", "pipelines.yml\n", "Unable to find reusable workflow"),
    ("daily.yml", "    uses: $/", "    uses: ", "Invalid workflow reference"),
]


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What GitHub's language service says of all these flaws, by their numbers: it takes a while to start."""
    files = {f"good/.github/workflows/{name}": text for name, text in TEXTS.items()}
    for number, (name, right, wrong, _) in enumerate(MARKED):
        files[f"{number}/.github/workflows/{name}"] = flawed(name, right, wrong)
    said = LanguageService(tmp_path_factory.mktemp("service")).problems(files, *files)
    return {path.partition("/")[0]: problems for path, problems in said.items()}


@pytest.mark.parametrize("number", range(len(MARKED)), ids=[flaw[-1] for flaw in MARKED])
def test_githubs_language_service(marked: dict[str, list[str]], number: int) -> None:
    assert MARKED[number][-1] in str(marked[str(number)])
    assert marked["good"] == []


@pytest.mark.parametrize(
    ("name", "right", "wrong", "message"),
    [
        ("pipeline.yml", CHECKOUT, "actions/checkout@v7", "not pinned by SHA with its version"),
        ("pipeline.yml", " # v7.0.1", "", "not pinned by SHA with its version"),
        ("daily.yml", "$/.github", "someone/else/.github", "not pinned by SHA with its version"),
        ("pipeline.yml", "permissions: {}", "permissions: read-all", "permissions at the top are not {}"),
        ("pipeline.yml", "contents: read", "contents: write", "job check has contents: write"),
        ("pipeline.yml", "contents: read", "actions: write", "job check can write, and a pull request can start it"),
        ("publish.yml", "pull-requests: read", "pull-requests: write", "job build has pull-requests: write"),
        ("publish.yml", "    environment:\n", "    env:\n", "deploys without the environment"),
        ("daily.yml", "    permissions:\n      contents", "    env:\n      contents", "does not say its permissions"),
        ("pipeline.yml", "  pull_request:\n", "  pull_request_target:\n", "gives a stranger's pull request our rights"),
        ("pipeline.yml", "persist-credentials: false", "persist-credentials: true", "leaves the token"),
        (
            "publish.yml",
            "persist-credentials: false",
            "persist-credentials: false\n          ref: ${{ github.event.workflow_run.head_sha }}",
            "takes other code than GitHub's default",
        ),
        ("publish.yml", "upload-pages-artifact@", "download-artifact@", "unpacks what may be a stranger's"),
        (
            "publish.yml",
            "      SITE:",
            "      GITHUB_TOKEN: ${{ github.token }}\n      SITE:",
            "more than single steps",
        ),
        ("publish.yml", "github.token", "secrets.GITHUB_TOKEN", "secrets are used"),
        ("publish.yml", "GITHUB_TOKEN:", "TOKEN:", "the token is called TOKEN"),
        ("pipeline.yml", "    name: Run pipeline\n", "", "job pipeline has no name"),
        ("pipeline.yml", "- name: Install\n        run", "- run", "has no name"),
        ("daily.yml", "    timeout-minutes: 5\n", "", "job keep-alive has no time limit"),
        (
            "pipeline.yml",
            "run: make expand",
            "run: make expand ARGS=${{ github.head_ref }}",
            "an expression in run; pass it by env",
        ),
        ("publish.yml", "    shell: bash", "    shell: sh", "scripts run without pipefail"),
        ("daily.yml", "23 4 * * *", "0 4 * * *", "starts when everybody's does"),
        ("daily.yml", "  workflow_dispatch:", "  push:", "a schedule stands with push"),
        ("pipeline.yml", "exec .venv/bin/pdr run", "make run && pdr run", "pdr is not the step's own process"),
        ("pipeline.yml", "timeout-minutes: 45", "timeout-minutes: 59", "leaves no time for uploads"),
        ("pipeline.yml", "        timeout-minutes: 45\n", "", "leaves no time for uploads"),
        ("pipeline.yml", "${{ always() && hash", "${{ hash", "does not happen after failures and cancellations"),
        (
            "pipeline.yml",
            "run-log-v1-${{ github.run_attempt }}",
            "run-log-v1",
            "nobody looks for an artifact run-log-v1",
        ),
        ("pipeline.yml", "-${{ github.run_attempt }}.html", ".html", "nobody looks for an artifact run-report"),
        ("pipeline.yml", "          retention-days: 90\n", "", "does not say how long it is kept"),
    ],
)
def test_our_rules(name: str, right: str, wrong: str, message: str) -> None:
    assert message in str(broken_rules(flawed(name, right, wrong)))


ZIZMOR = [
    ("pipeline.yml", "run: make expand", "run: echo ${{ github.event.pull_request.title }}", "template-injection"),
    ("pipeline.yml", CHECKOUT, "actions/checkout@v7", "unpinned-uses"),
    ("pipeline.yml", "persist-credentials: false", "fetch-depth: 0", "artipacked"),
    ("pipeline.yml", "permissions: {}", "permissions: write-all", "excessive-permissions"),
    ("pipeline.yml", "  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
    (
        "daily.yml",
        "    uses: $/.github/workflows/pipeline.yml",
        "    uses: $/x.yml\n    secrets: inherit",
        "secrets-inherit",
    ),
]


@pytest.mark.parametrize(("name", "right", "wrong", "finding"), ZIZMOR, ids=[flaw[-1] for flaw in ZIZMOR])
def test_zizmor(tmp_path: Path, name: str, right: str, wrong: str, finding: str) -> None:
    path = tmp_path / ".github" / "workflows" / name
    path.parent.mkdir(parents=True)
    path.write_text(flawed(name, right, wrong), encoding="utf-8")
    assert any(said.startswith(f"{finding}:") for said in linters.zizmor(path.parents[1]))


def test_zizmor_looks_at_dependabot(tmp_path: Path) -> None:
    path = tmp_path / ".github" / "dependabot.yml"
    path.parent.mkdir()
    text = (THEIRS.folder / "dependabot.yml").read_text(encoding="utf-8")
    path.write_text(text.replace("    cooldown:\n      default-days: 7", "    labels:\n      - x"), encoding="utf-8")
    assert any(said.startswith("dependabot-cooldown:") for said in linters.zizmor(path.parent))


def test_schemas(tmp_path: Path) -> None:
    path = tmp_path / "flawed.yml"

    def problems(schema: str, text: str) -> list[str]:
        path.write_text(text, encoding="utf-8")
        return linters.schema(schema, path)

    assert problems("vendor.github-workflows", flawed("daily.yml", "cron:", "corn:"))
    assert problems("vendor.github-workflows", "jobs: [")
    no_limit = flawed("daily.yml", "    timeout-minutes: 5\n", "")
    assert problems("custom.github-workflows-require-timeout", no_limit)
    text = (THEIRS.folder / "dependabot.yml").read_text(encoding="utf-8")
    assert problems("vendor.dependabot", text.replace("github-actions", "github-action"))


@pytest.mark.parametrize(
    "script",
    [
        "cd $HOME/x; rm *",
        "for x in $(ls *.html); do echo $x; done",
        'if [ "$A" = "b" ; then echo; fi',
        'read x; echo "$x"',
    ],
)
def test_shellcheck(script: str) -> None:
    assert linters.shellcheck(flawed("pipeline.yml", "run: make expand", f"run: |\n          {script}"))
