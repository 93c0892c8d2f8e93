"""Refuse answers that would give a broken repository, each with one sentence that says what is allowed.

Runs before anything is written, in cookiecutter's own Python, with nothing but the standard library.
"""

import keyword
import re
import sys

ANSWERS = {
    "project_name": {{cookiecutter.project_name | jsonify}},
    "project_slug": {{cookiecutter.project_slug | jsonify}},
    "description": {{cookiecutter.description | jsonify}},
    "author": {{cookiecutter.author | jsonify}},
    "github_owner": {{cookiecutter.github_owner | jsonify}},
}

SLUG = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
GITHUB_OWNER = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
# Free text ends up inside double quotes in TOML and YAML, in Markdown, and in Jinja again when cruft updates.
NOT_IN_TEXT = re.compile(r'["\\{}\x00-\x1f\x7f-\x9f\u2028\u2029]')
MAX_SLUG, MAX_OWNER, MAX_TEXT = 40, 39, 200

# Importable names of what a generated project uses, and of its own files: a package of this name would hide them.
IN_USE = frozenset(
    "black cloudpickle cookiecutter flit_core ipykernel ipython jupyter jupyter_client jupytext matplotlib mypy nbclient "
    "nbconvert nbformat notebooks numpy onnx onnxruntime opentelemetry pandas papermill pip pipeline psutil pydantic "
    "pynb_dag_runner pytest ray rich ruff runner_lib scipy setuptools site_packages skl2onnx sklearn src starters test "
    "tests zmq".split()
)
WINDOWS_DEVICES = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")


def problem_with_slug(slug: str) -> str:
    """What is wrong with the name of the folder, or an empty string."""
    if not SLUG.fullmatch(slug) or len(slug) > MAX_SLUG:
        return (
            f"use small letters a-z, digits and single hyphens or underscores, start with a letter, "
            f"at most {MAX_SLUG} characters"
        )
    package = slug.replace("-", "_")
    if keyword.iskeyword(package) or package in keyword.softkwlist:
        return f"{package} is a word of the Python language; choose another name, such as {slug}-pipeline"
    if package in sys.stdlib_module_names or package in IN_USE:
        return f"a package {package} would hide the module of that name; choose another name, such as {slug}-project"
    if WINDOWS_DEVICES.fullmatch(package):
        return f"Windows cannot have a folder of this name; choose another one, such as {slug}-project"
    return ""


def problem_with_owner(owner: str) -> str:
    """What is wrong with the GitHub user or organization, or an empty string."""
    if not GITHUB_OWNER.fullmatch(owner) or len(owner) > MAX_OWNER:
        return f"use letters, digits and single hyphens between them, at most {MAX_OWNER} characters, as GitHub does"
    return ""


def problem_with_text(text: str) -> str:
    """What is wrong with free text, or an empty string."""
    if not text.strip() or text != text.strip() or len(text) > MAX_TEXT or NOT_IN_TEXT.search(text):
        return (
            f"write one line of 1 to {MAX_TEXT} characters, without spaces at its ends, double quotes, backslashes, "
            "curly braces and control characters"
        )
    return ""


CHECKS = {"project_slug": problem_with_slug, "github_owner": problem_with_owner}


def main() -> int:
    """Print every problem; 1 if there is one."""
    problems = [
        f"{name} {answer!r}: {problem}\n"
        for name, answer in ANSWERS.items()
        if (problem := CHECKS.get(name, problem_with_text)(answer))
    ]
    sys.stderr.writelines(problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
