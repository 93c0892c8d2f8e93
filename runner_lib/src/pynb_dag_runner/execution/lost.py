"""What Ray knows of an attempt whose worker is gone without an outcome."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ray import ObjectRef

NODE_LOST = "the node on which it ran was lost"


@dataclass(frozen=True)
class WorkerLost:
    """The process that made an attempt is gone without an outcome; ``message`` says what Ray knows of it."""

    message: str


def value_or_loss(ray: ModuleType, reference: ObjectRef[Any]) -> Any | WorkerLost:
    """What a call of Ray that has ended returned, or why it returned nothing."""
    try:
        return ray.get(reference)
    except ray.exceptions.OutOfMemoryError:
        return WorkerLost("memory ran out: Ray ended the worker to save the machine")
    except (ray.exceptions.NodeDiedError, ray.exceptions.LocalRayletDiedError):
        return WorkerLost(NODE_LOST)
    except (ray.exceptions.WorkerCrashedError, ray.exceptions.TaskCancelledError):
        return WorkerLost("its worker process was killed, perhaps since memory ran out")
    except ray.exceptions.RayTaskError as error:
        return WorkerLost(f"{type(error.cause).__name__}: {error.cause}")
    except ray.exceptions.RayError as error:
        return WorkerLost(f"Ray: {type(error).__name__}: {error}")
