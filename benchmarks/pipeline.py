"""The pipeline: which tasks run, in which order, with which parameters."""

from pynb_dag_runner import Pipeline

TRAIN_SIZES = {"dev": [400, 500, 600], "ci": [600, 800, 1000, 1200]}


def build(environment: str = "dev") -> Pipeline:
    """The demo for one environment, a set of sizes: ``dev`` is quick, ``ci`` trains more and larger models."""
    pipeline = Pipeline("mnist-digits")
    notebook = pipeline.notebook

    ingest = notebook("ingest", attempts=15, timeout_s=10)
    notebook("eda", needs=[ingest])
    split = notebook("split-train-test", needs=[ingest], parameters={"train_ratio": 0.7})

    benchmarks = []
    for size in TRAIN_SIZES[environment]:
        sized = {"nr_train_images": size}
        train = notebook("train-model", needs=[split], parameters=sized)
        benchmarks.append(notebook("benchmark-model", needs=[train], parameters=sized))

    notebook("summary", needs=benchmarks)
    return pipeline
