"""A user's project: loading its ``pipeline.py``, settings from the command line, and checks before anything runs."""
