"""What tests of collecting share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from collecting import NAME, Surroundings
from fake_github import FakeGitHub, GitHub


@pytest.fixture
def there(tmp_path: Path, record_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Surroundings]:
    """GitHub with one repository without runs. At the end: no request was unknown, and no token went astray."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    log = record_run(tmp_path / "recorded").read_bytes()
    github = GitHub()
    repository = github.add_repository(NAME)
    with FakeGitHub(github) as fake:
        yield Surroundings(fake, repository, tmp_path, log)
    assert fake.unknown == []
    assert [
        request.path for request in fake.requests if request.server != "api" and "authorization" in request.headers
    ] == []
