"""What can go wrong between this machine and GitHub, told apart where the caller does something different."""

from __future__ import annotations

from pynb_dag_runner.errors import GitHubError


class NetworkError(GitHubError):
    """A server cannot be reached, or the connection broke."""


class SlowError(NetworkError):
    """Something takes longer than it may; trying again would take as long."""


class AnswerError(GitHubError):
    """An answer is not what it should be: no JSON, the wrong shape, too large, or it leads elsewhere."""


class SizeError(AnswerError):
    """An answer is larger than it may be."""


class StatusError(GitHubError):
    """A server answered with an error; ``status`` is the HTTP status code."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class RateLimitError(GitHubError):
    """GitHub wants no requests for ``wait_s`` seconds."""

    def __init__(self, wait_s: float, message: str) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class HostileError(GitHubError):
    """An artifact is not what the pipeline uploads; it cannot change, so it never will be."""
