"""What all tests of the library share."""

from collecting import there
from recording import record_run, start_recording

__all__ = ["record_run", "start_recording", "there"]
