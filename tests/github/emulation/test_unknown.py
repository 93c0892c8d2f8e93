"""The emulation of GitHub Actions ends with an error wherever it meets what it does not know: nothing passes in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from actions_emulation.errors import EmulationError
from actions_emulation.official import Official
from actions_emulation.playground import Playground, open_playground
from actions_emulation.processes import Patience

SHA = "a" * 40
CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1"
STEP = "- run: echo"


def _workflow(step: str = STEP, job: str = "", top: str = "", on: str = "push") -> str:
    steps = "\n".join(f"      {line}" for line in step.strip().splitlines())
    return f"name: W\non: {on}\n{top}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n{job}\n    steps:\n{steps}\n"


UNKNOWN = {
    "key of a workflow": (_workflow(top="colour: red"), "Unexpected value 'colour'"),
    "key of a job": (_workflow(job="    colour: red"), "Unexpected value 'colour'"),
    "matrix": (_workflow(job="    strategy: {matrix: {x: [1, 2]}}"), "does not know strategy"),
    "container": (_workflow(job="    container: debian"), "does not know container"),
    "services": (_workflow(job="    services: {db: {image: postgres}}"), "does not know services"),
    "event": (_workflow(on="release"), "does not know release"),
    "filter of an event": (_workflow(on="{push: {paths-ignore: [a]}}"), "does not know paths-ignore"),
    "pattern of a file": (_workflow(on="{push: {paths: ['**.py']}}"), "does not know the patterns"),
    "pattern of a branch": (_workflow(on="{push: {branches: ['ma*']}}"), "does not know the patterns"),
    "machine": (_workflow().replace("ubuntu-24.04", "windows-2025"), "no machine windows-2025"),
    "shell": (_workflow("- {run: echo, shell: pwsh}"), "does not know the shell pwsh"),
    "function": (_workflow("- run: echo ${{ sha256('x') }}"), "Unrecognized function"),
    "context": (_workflow("- run: echo ${{ secret.x }}"), "Unrecognized named-value"),
    "context of a matrix": (_workflow("- run: echo ${{ matrix.x }}"), "Unrecognized named-value"),
    "name in github": (_workflow("- run: echo ${{ github.repositoryUrl }}"), "does not know github.repositoryUrl"),
    "name in the event": (
        _workflow("- run: echo ${{ github.event.repository.stargazers_count }}"),
        "does not know github.event.repository.stargazers_count",
    ),
    "name in runner": (_workflow("- run: echo ${{ runner.debug }}"), "does not know runner.debug"),
    "step": (_workflow("- run: echo ${{ steps.nobody.outputs.x }}"), "does not know steps.nobody"),
    "job that is needed": (_workflow(job="    needs: b"), "at least one job with no dependencies"),
    "condition of two parts": (_workflow("- {run: echo, if: 'github.ref = 1'}"), "Unexpected symbol"),
    "pattern of files": (_workflow("- {run: echo, if: \"hashFiles('**/x')\"}"), "does not know the pattern"),
    "action": (_workflow(f"- uses: actions/setup-go@{SHA}"), "does not know the action actions/setup-go"),
    "action of a tag": (_workflow("- uses: actions/checkout@v7"), "not v7"),
    "action of another commit": (_workflow(f"- uses: actions/checkout@{SHA}"), f"not {SHA}"),
    "input of an action": (_workflow(f"- {{uses: {CHECKOUT}, with: {{lfs: true}}}}"), "does not know lfs"),
    "token that stays": (_workflow(f"- uses: {CHECKOUT}"), "does not know persist-credentials: true"),
    "action in the repository": (_workflow("- uses: ./action"), "does not know the action"),
    "image": (_workflow("- uses: docker://debian"), "does not know the action"),
    "workflow command": (_workflow("- run: 'echo ::set-output name=x::y'"), "workflow commands ['set-output']"),
    "workflow of others": (
        f"on: push\njobs: {{a: {{uses: ann/other/.github/workflows/w.yml@{SHA}}}}}",
        "workflow of another repository",
    ),
    "group of itself": (
        "on: {push: , workflow_call: }\nconcurrency: x\njobs: {a: {uses: ./.github/workflows/w.yml}}",
        "both in the group x",
    ),
}


@pytest.fixture(scope="module")
def playground(official: Official, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    """One repository for all: none of these runs gets far."""
    with open_playground(official, tmp_path_factory.mktemp("unknown"), Patience()) as opened:
        yield opened


@pytest.mark.parametrize("what", UNKNOWN)
def test_unknown(playground: Playground, what: str) -> None:
    workflow, message = UNKNOWN[what]
    with pytest.raises(EmulationError, match=re.escape(message)):
        playground.push({".github/workflows/w.yml": workflow})


def test_a_called_workflow_may_not_do_more_than_its_caller(playground: Playground) -> None:
    called = _workflow(on="workflow_call", job="    permissions: {pages: write}")
    caller = "on: push\npermissions: {contents: read}\njobs: {a: {uses: $/.github/workflows/called.yml}}"
    with pytest.raises(EmulationError, match="pages: write, but is only allowed pages: none"):
        playground.push({".github/workflows/called.yml": called, ".github/workflows/w.yml": caller})


def test_inputs_that_nobody_declared(playground: Playground) -> None:
    playground.push({".github/workflows/w.yml": _workflow(on="{workflow_dispatch: {inputs: {x: {type: boolean}}}}")})
    with pytest.raises(EmulationError, match="Unexpected inputs provided"):
        playground.actions.dispatch(playground.repository, "w.yml", {"y": "1"}).wait()
    with pytest.raises(EmulationError, match="input x"):
        playground.actions.dispatch(playground.repository, "w.yml", {"x": "true"}).wait()
