"""The shape of the DAG: what runs, and what waits for what."""

from __future__ import annotations

import pytest

from pipeline import SIZES, build


@pytest.mark.parametrize("environment", ["dev", "ci"])
def test_report_needs_the_measurements(environment: str) -> None:
    (measure,) = build(environment)["report"].needs

    assert measure.name == "measure"
    assert measure.parameters == {"nr_measurements": SIZES[environment]}
