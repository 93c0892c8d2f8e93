"""What a project's notebooks import, found without running them."""

from __future__ import annotations

from pathlib import Path

from pynb_dag_runner import Pipeline
from pynb_dag_runner.project.imports import third_party_imports


def write(project: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def test_imports_of_notebooks_and_of_the_modules_they_use(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "notebooks/a.py": "# %%\nimport os, numpy as np\nfrom mine import plots\nfrom pynb_dag_runner import current_task\n",
            "notebooks/b.py": "# %%\n%matplotlib inline\nthis is no Python\n# %%\nimport torch\n",
            "src/mine/__init__.py": "",
            "src/mine/plots.py": "from matplotlib import figure\ndef draw():\n    import scipy.stats\n    from . import other\n",
            "src/mine/other.py": "import pandas\n",
        },
    )
    pipeline = Pipeline("p")
    pipeline.notebook("a")
    pipeline.notebook("a", id="again")
    pipeline.notebook("b")
    pipeline.notebook("missing")
    found = third_party_imports(pipeline, tmp_path)
    assert list(found) == ["notebooks/a.py", "notebooks/b.py", "notebooks/missing.py"]
    of_a = found["notebooks/a.py"]
    assert {"numpy", "matplotlib", "matplotlib.figure", "scipy.stats"} <= set(of_a)
    assert len(of_a) == len(set(of_a))
    assert not {"os", "mine", "mine.plots", "pynb_dag_runner", "draw"} & set(of_a)
    assert found["notebooks/b.py"] == found["notebooks/missing.py"] == [], "torch cannot be forked"
