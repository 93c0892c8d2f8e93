"""Functions that the notebooks share."""
