"""What ends an emulation. A job that fails as it would at GitHub is no error of these."""

from __future__ import annotations


class EmulationError(Exception):
    """A workflow wants what the emulation does not know, or what GitHub would refuse before any job starts."""


class StepError(Exception):
    """A step fails, with a message that GitHub would show as an error."""
