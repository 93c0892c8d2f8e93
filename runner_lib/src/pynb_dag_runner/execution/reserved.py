"""What Ray reserves for an attempt, and whether a machine has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pynb_dag_runner.dag.task import TaskOptions


@dataclass(frozen=True)
class Reserved:
    """Processors, memory and other resources of an attempt; two that reserve the same are equal."""

    num_cpus: float
    num_gpus: float
    memory_bytes: int | None
    resources: tuple[tuple[str, float], ...]

    @classmethod
    def of(cls, options: TaskOptions) -> Reserved:
        """What a task with these options asks for."""
        resources = tuple(sorted(options.resources.items())) if options.resources else ()
        return cls(options.num_cpus, options.num_gpus, options.memory_bytes, resources)

    @property
    def ray_options(self) -> dict[str, Any]:
        """As Ray's ``options`` takes it."""
        return {
            "num_cpus": self.num_cpus,
            "num_gpus": self.num_gpus,
            "memory": self.memory_bytes,
            "resources": dict(self.resources) or None,
        }

    @property
    def amounts(self) -> dict[str, float]:
        """Amounts by the names that Ray's nodes give them; none is 0."""
        amounts = {"CPU": self.num_cpus, "GPU": self.num_gpus, "memory": self.memory_bytes or 0, **dict(self.resources)}
        return {name: amount for name, amount in amounts.items() if amount}

    def fits(self, node: dict[str, float], at_most: int) -> int:
        """How many of it a node has room for, were it idle; ``at_most`` where it asks for nothing."""
        return int(min((node.get(name, 0) // amount for name, amount in self.amounts.items()), default=at_most))
