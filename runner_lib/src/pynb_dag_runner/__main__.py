"""``python -m pynb_dag_runner`` is ``pdr``."""

from __future__ import annotations

import sys

from pynb_dag_runner.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
