"""A project's own modules: which of them a piece of Python imports, found without running anything.

Found is what ``import`` statements name, also those inside of functions. Names that a program makes up while it runs
(``importlib.import_module(name)``) cannot be found this way.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

_BLOCK_SIZE_BYTES = 1024 * 1024


class OwnModules:
    """The modules below ``src/``, beside ``pipeline.py``, and in further folders; every file is read once."""

    def __init__(self, project_dir: Path, folders: Iterable[Path] = ()) -> None:
        """``folders`` are those of notebooks, from which a notebook can import, too."""
        self.project_dir = project_dir.resolve()
        self._folders = tuple(dict.fromkeys([self.project_dir / "src", self.project_dir, *folders]))
        self._texts: dict[Path, str | None] = {}
        self._digests: dict[Path, str | None] = {}
        self._files: dict[str, tuple[Path, ...]] = {}
        self._direct: dict[Path, tuple[Path, ...]] = {}
        self._closures: dict[Path, frozenset[Path]] = {}

    def text(self, path: Path) -> str | None:
        """A file's text with ``\\n`` as line ends, None where there is no such file."""
        if path not in self._texts:
            try:
                text = path.read_bytes().decode("utf-8-sig", "backslashreplace")
                self._texts[path] = text.replace("\r\n", "\n").replace("\r", "\n")
            except OSError:
                self._texts[path] = None
        return self._texts[path]

    def digest(self, path: Path) -> str | None:
        """SHA-256 of a file's content, of Python whatever its line ends are; None where there is no such file."""
        if path not in self._digests:
            text = self.text(path) if path.suffix == ".py" else None
            self._digests[path] = _content_digest(path) if text is None else sha256(text)
        return self._digests[path]

    def is_own(self, path: Path) -> bool:
        """Whether a file belongs to the project, and not to what is installed in it."""
        if not path.is_relative_to(self.project_dir):
            return False
        parts = path.relative_to(self.project_dir).parts
        return not any(part == "site-packages" or part.startswith(".") for part in parts)

    def files(self, module: str) -> tuple[Path, ...]:
        """The files that importing a module runs: its own, and those of the packages around it; none if it is not ours."""
        if module not in self._files:
            names = module.split(".")
            around = [".".join(names[: length + 1]) for length in range(len(names))]
            found = [file for name in around if (file := self._file(name)) is not None]
            self._files[module] = tuple(found)
        return self._files[module]

    def imported(self, sources: Iterable[str], package: str = "") -> frozenset[Path]:
        """Every file that the sources import, directly or by way of other modules of the project."""
        found = {
            file for source in sources for module in imported_modules(source, package) for file in self.files(module)
        }
        return frozenset(found).union(*(self.closure(file) for file in found))

    def closure(self, path: Path) -> frozenset[Path]:
        """A module's file and every file of the project that it imports, directly or not."""
        if path not in self._closures:
            found, todo = {path}, [path]
            while todo:
                for file in self._imported_by(todo.pop()):
                    if file not in found:
                        found.add(file)
                        todo.append(file)
            self._closures[path] = frozenset(found)
        return self._closures[path]

    def _imported_by(self, path: Path) -> tuple[Path, ...]:
        if path not in self._direct:
            package = self._package(path)
            modules = [*([package] if package else []), *imported_modules(self.text(path) or "", package)]
            self._direct[path] = tuple(dict.fromkeys(file for module in modules for file in self.files(module)))
        return self._direct[path]

    def _package(self, path: Path) -> str:
        """The package in which a module's file lies: what its relative imports start from."""
        for folder in self._folders:
            if path.is_relative_to(folder):
                return ".".join(path.relative_to(folder).parent.parts)
        return ""

    def _file(self, module: str) -> Path | None:
        relative = Path(*module.split("."))
        for folder in self._folders:
            for candidate in (folder / relative / "__init__.py", folder / relative.with_suffix(".py")):
                with contextlib.suppress(OSError):  # a folder that nobody may look into
                    if candidate.is_file():
                        return candidate
        return None


def imported_modules(source: str, package: str = "") -> Iterator[str]:
    """Every module that the source imports, and what it imports from one, which may be a module too.

    Nothing, where it is no Python: IPython's own syntax, or a mistake that running it will show.
    """
    if "import" not in source:
        return
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: nested deeper than Python can read
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            if module:
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names if alias.name != "*")


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    if node.level - 1 >= len(parts):
        return ""
    around = parts[: len(parts) - (node.level - 1)]
    return ".".join([*around, *([node.module] if node.module else [])])


def sha256(text: str) -> str:
    """The hash of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _content_digest(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_SIZE_BYTES):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
