"""Finish a generated repository: verify the vendored library, take the chosen starter, say what comes next.

Runs inside the new project, in cookiecutter's own Python, with nothing but the standard library. cruft runs it as well,
also for updates and in folders that are thrown away, so whatever it does must depend on the answers alone.
"""

import os
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

PROJECT = Path.cwd()
LIBRARY = PROJECT / "runner_lib"
STARTERS = PROJECT / "starters"
STARTER = {{cookiecutter.starter | jsonify}}
SLUG = {{cookiecutter.project_slug | jsonify}}
OWNER = {{cookiecutter.github_owner | jsonify}}
NOBODY = "your-github-name"  # as cookiecutter.json suggests
# cruft gives no folder of the template; asking with a default keeps its strict templates content.
TEMPLATE_FOLDER = {{cookiecutter.get("_repo_dir", "") | jsonify}}
TEMPLATE = {{cookiecutter.get("_template", "") | jsonify}}
OUTPUT_FOLDER = {{cookiecutter.get("_output_dir", "") | jsonify}}

# What a checkout of the template collects when people work in it, and a copy must not bring along.
LEFTOVERS = (
    "__pycache__ *.py[co] .venv .cache .*_cache .coverage .coverage.* htmlcov .hypothesis .ipynb_checkpoints *.egg-info "
    "pipeline-outputs .DS_Store .idea .vscode-server *.swp"
).split()
TOP_LEFTOVERS = ("build", "dist", "venv", "env")  # only at the top: these may be names of packages further down


def has_library(folder: Path) -> bool:
    """Whether the whole runner library is in ``folder``, told by its two ends."""
    return (folder / "pyproject.toml").is_file() and (folder / "src" / "pynb_dag_runner" / "__init__.py").is_file()


def repair_library() -> None:
    """Copy the library from the template where the template's symbolic link did not survive.

    Links become text files in zip archives and in Windows checkouts. A relative path to the template is as the user
    typed it, so it is tried from the folders where that can have been.
    """
    bases = [OUTPUT_FOLDER, os.environ.get("PWD", "")]
    for template in filter(None, (TEMPLATE_FOLDER, TEMPLATE)):
        for base in filter(None, bases):
            source = Path(base, Path(template).expanduser(), "runner_lib")
            if has_library(source):
                remove(LIBRARY)
                shutil.copytree(source, LIBRARY)
                return
    sys.exit(
        "The runner library did not arrive in runner_lib/, and the template's folder was not found to copy it from.\n"
        "Clone the template with git (on Windows inside WSL), then call cookiecutter with the path of the clone."
    )


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def remove_leftovers(folder: Path, patterns: tuple[str, ...] = TOP_LEFTOVERS) -> None:
    """Remove build products, so that a used checkout of the template gives the same project as a fresh one."""
    for path in list(folder.iterdir()):
        if any(fnmatch(path.name, pattern) for pattern in (*LEFTOVERS, *patterns)):
            remove(path)
        elif path.is_dir():
            remove_leftovers(path, patterns=())
            if not any(path.iterdir()):  # git does not know empty folders either
                path.rmdir()


def move_up(source: Path, target: Path) -> None:
    """Move what is in one folder into another one, folder by folder."""
    target.mkdir(exist_ok=True)
    for path in list(source.iterdir()):
        if path.is_dir():
            move_up(path, target / path.name)
        else:
            path.replace(target / path.name)


def git(*arguments: str) -> bool:
    """Run git quietly; whether there is a git and it succeeded."""
    # Set while git runs a hook, these would make it act on the repository that is being committed to.
    unwanted = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    try:
        return subprocess.run(["git", *arguments], env=environment, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


IDENTITY = ['git config --global user.name "YOUR NAME"', "git config --global user.email YOU@EXAMPLE.ORG"]


def make_repository() -> list[str]:
    """Make a git repository where that is the user's wish for sure; the git commands that remain to be run."""
    commands = {
        "git init --initial-branch=main": ("init", "--initial-branch=main"),
        "git add --all": ("add", "--all"),
        'git commit -m "Start from pdr-template"': ("commit", "-m", "Start from pdr-template"),
    }
    under_cruft = not TEMPLATE_FOLDER
    if under_cruft or git("rev-parse", "--is-inside-work-tree"):
        return list(commands)
    # Without this setting git makes up an identity from the names of user and machine.
    has_identity = all(
        git("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT") for role in ("AUTHOR", "COMMITTER")
    )
    remaining = list(commands)
    for command, arguments in commands.items():
        if arguments[0] == "commit" and not has_identity:
            return [*IDENTITY, *remaining]
        if not git(*arguments):
            break
        remaining.remove(command)
    return remaining


def main() -> None:
    """Do all of it."""
    if not has_library(LIBRARY):
        repair_library()
    remove_leftovers(LIBRARY)
    remove_leftovers(STARTERS)
    move_up(STARTERS / STARTER, PROJECT)
    shutil.rmtree(STARTERS)
    license_file = PROJECT / "LICENSE"
    if not license_file.read_text(encoding="utf-8").strip():
        license_file.unlink()

    # `cruft update` and `cruft diff` make two projects to compare, and throw them away.
    if not TEMPLATE_FOLDER and Path(os.environ.get("PWD", ""), ".cruft.json").is_file():
        return
    remaining = make_repository()
    steps = [
        "make setup run     # installs into .venv, then runs the pipeline",
        "make ui            # the tracker of its runs",
        "make help          # what else there is",
    ]
    print(f"\nMade {SLUG}/. Next:\n")
    print("\n".join(f"  {step}" for step in [f"cd {SLUG}", *steps]))
    # Whoever did not say who will own it is told no more than that: gh knows who is logged in.
    named = "" if OWNER == NOBODY else f' ARGS="--repository {OWNER}/{SLUG}"'
    github = f"make github{named}        # code, daily runs and tracker on GitHub; shows each step and asks first"
    print("\nNot done for you:\n")
    print("\n".join(f"  {command}" for command in [*remaining, github]))


if __name__ == "__main__":
    main()
