"""Notebooks: reading them, giving them parameters, evaluating them in a kernel, showing them as HTML."""
