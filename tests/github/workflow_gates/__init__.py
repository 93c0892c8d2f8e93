"""Gates that a workflow has to pass, here and without GitHub: its own language service, linters, and rules of this project."""
