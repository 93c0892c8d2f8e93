"""Functions that tasks and notebooks share."""
