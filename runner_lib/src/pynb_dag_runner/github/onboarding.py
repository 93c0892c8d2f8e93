"""Publishes a generated project on GitHub, for a person with ``gh`` and ``git``: says what it will do, asks, does it step by step.

It can be stopped at any moment and called again: each step first looks whether it is so already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pynb_dag_runner.github.gh import CONTINUE
from pynb_dag_runner.github.onboarding_actions import FirstRunStep, PagesStep, PublishStep
from pynb_dag_runner.github.onboarding_scene import Scene, look
from pynb_dag_runner.github.onboarding_steps import (
    CommitStep,
    OriginStep,
    PushStep,
    RepositoryStep,
    Say,
    Step,
    count_text,
)
from pynb_dag_runner.github.programs import called_with, shown
from pynb_dag_runner.github.remotes import FullName, readme_leads_to


class Onboarding:
    """What is to be done for one folder."""

    def __init__(self, scene: Scene, say: Say) -> None:
        self._scene = scene
        self._say = say
        self._first_run = FirstRunStep(scene)
        self._steps: list[Step] = [
            CommitStep(scene),
            RepositoryStep(scene),
            OriginStep(scene),
            PushStep(scene),
            PagesStep(scene),
            self._first_run,
            PublishStep(scene),
        ]

    def tell_plan(self) -> bool:
        """Say what will be done, by which commands; whether there is anything to do.

        Raises:
            GitHubError: GitHub cannot be reached.
        """
        scene, say = self._scene, self._say
        where = f"{scene.gh.host}, where gh is logged in as {scene.login}"
        say(f"To publish {scene.git.folder.name} as {scene.name} on {where}:")
        say("")
        is_to_do = False
        for number, step in enumerate(self._steps, 1):
            already = step.already()
            say(f"  {number}. {step.title}{_remark(already)}")
            if already is None:
                is_to_do = True
                self._tell_commands(step, indent=" " * 7)
        say("")
        for note in self._notes():
            say(note)
            say("")
        return is_to_do

    def carry_out(self) -> bool:
        """Do what is to be done; whether all of it could be.

        Raises:
            GitHubError: GitHub refuses a step or cannot be reached.
            EngineError: git fails.
        """
        try:
            for number, step in enumerate(self._steps, 1):
                already = step.already()
                self._say(f"[{number}/{len(self._steps)}] {step.title}{_remark(already)}")
                if already is None:
                    if step is not self._first_run:  # which tells its command only when it is needed
                        self._tell_commands(step, indent=" " * 6)
                    self._say_indented(step.do(self._say_indented))
        except KeyboardInterrupt:
            self._say("")
            self._say(f"Stopped; {CONTINUE}.")
            raise
        self._say("")
        return self.tell_places()

    def tell_places(self) -> bool:
        """Say where to look; whether all is as it should be."""
        scene, say = self._scene, self._say
        say("Look here:")
        say(f"  code     {scene.web}")
        say(f"  runs     {scene.web}/actions")
        if scene.tracker is not None:
            say(f"  tracker  {scene.tracker}")
            if not scene.is_published:
                say(
                    "           It is there when the first run and then 'Publish tracker' have ended: in 5 to 10 minutes."
                )
        if scene.pages_problem is not None:
            say("")
            say(scene.pages_problem)
        # A private repository without Pages is what was asked for, and said before.
        return scene.pages_problem is None or scene.is_private

    def _say_indented(self, text: str) -> None:
        for line in text.splitlines():
            self._say(f"      {line}")

    def _tell_commands(self, step: Step, indent: str) -> None:
        if step is self._first_run:
            self._say(f"{indent}The push starts it. Only where it does not:")
        for command in step.commands():
            self._say(f"{indent}{shown(command)}")

    def _notes(self) -> list[str]:
        scene = self._scene
        notes = []
        if scene.facts is None and not scene.is_private:
            notes.append(
                "Public: everybody can read the code, and the notebooks, logs and artifacts of all runs.\n"
                f"Only for you: {called_with('--private', scene.environment)}\n"
                "But then a free account gets no tracker on GitHub Pages."
            )
        if scene.is_private:
            notes.append(
                "Private: only a paid account gets GitHub Pages for it, where anybody may read the tracker; with a free one\n"
                "step 5 is left out. Runs are free up to 2,000 minutes a month, artifacts up to 500 MB."
            )
        links = readme_leads_to(scene.git.folder)
        if links is not None and not links.is_same(scene.name):
            notes.append(_readme_note(links, scene))
        changes = scene.git.count_changes() if scene.git.head() else 0
        if changes:
            files = count_text(changes, "changed file")
            notes.append(f"Not in a commit, so not published: {files} (git status).")
        return notes


def publish(
    folder: Path,
    repository: str | None,
    private: bool,
    environment: Mapping[str, str],
    agree: Callable[[], bool],
    say: Say,
    dry_run: bool = False,
) -> bool:
    """Publish the project in ``folder``, after ``agree`` said that it may; whether all of it could be done.

    Args:
        folder: of the project.
        repository: ``OWNER/NAME``; else it follows from the remote origin, or from the account and the project's name.
        private: make the repository private, if it is made.
        environment: for git and gh.
        agree: asked once, when the plan has been said, and only where there is something to do.
        say: takes what is to be read, line by line.
        dry_run: say the plan, and leave it at that.

    Raises:
        UsageError: something is in the way that only the person can decide.
        GitHubError: GitHub refuses a step or cannot be reached.
        EngineError: git fails.
    """
    onboarding = Onboarding(look(folder, repository, private, environment), say)
    is_to_do = onboarding.tell_plan()
    if dry_run:
        say("Nothing was done (--dry-run).")
        return True
    if not is_to_do:
        say("There is nothing left to do.")
        say("")
        return onboarding.tell_places()
    if not agree():
        say("Nothing was done.")
        return True
    return onboarding.carry_out()


def _readme_note(links: FullName, scene: Scene) -> str:
    name = scene.name
    # So written that both kinds of sed take it.
    command = (
        f"sed -i.bak -e 's|{links}|{name}|g' -e 's|{links.owner.lower()}.github.io/{links.name}|"
        f"{name.owner.lower()}.github.io/{name.name}|g' README.md && rm README.md.bak"
    )
    commit = f" && git commit --quiet -m 'README leads to {name}' README.md" if scene.git.head() else ""
    return f"README.md leads to {links}: its badges, its link to the tracker. For {name}, best before you go on:\n  {command}{commit}"


def _remark(already: str | None) -> str:
    return "" if already is None else f": {already}"
