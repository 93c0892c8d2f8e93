"""The pipeline: which tasks run, in which order, with which parameters."""

from pynb_dag_runner import Pipeline

from {{ cookiecutter.__package }}.measurements import measure

SIZES = {"dev": 100, "ci": 1000}


def build(environment: str = "dev") -> Pipeline:
    """A function and a notebook that draws what the function returns."""
    pipeline = Pipeline("{{ cookiecutter.project_slug }}")

    measured = pipeline.function(measure, parameters={"nr_measurements": SIZES[environment]})
    pipeline.notebook("report", needs=[measured])
    return pipeline
