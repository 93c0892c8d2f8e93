"""Watching a project: what was saved, what that affects, and tools that run again."""
