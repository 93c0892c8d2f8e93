"""Every task of the editor calls a verb of make, which is there."""

from __future__ import annotations

import re
from typing import Any


def test_every_command_is_a_verb_of_make(opened: Any) -> None:
    listed = re.findall(r"^  make ([a-z-]+) ", "\n".join(opened.run("make", exit_code=0)), re.MULTILINE)
    commands = [task for task in opened.tasks.values() if "command" in task]
    assert len(commands) == len(opened.tasks) - 1
    for task in commands:
        assert task["command"] == "make"
        verb, *others = task["args"]
        assert verb in listed, task["label"]
        assert task["detail"] == f"make {verb}"
        assert all(re.fullmatch(r"[A-Z]+=.*", other) for other in others)
