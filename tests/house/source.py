"""Our own source as tests about the code read it: files, imports, and string constants, with the line of each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def files(*folders: str) -> list[Path]:
    """Every Python file of these folders, and those files that are named themselves."""
    named = [ROOT / one for one in folders]
    return sorted(file for one in named for file in ([one] if one.is_file() else one.rglob("*.py")))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def at(file: Path, node: ast.AST) -> str:
    """file:line, as an editor opens it."""
    return f"{file.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def imports(file: Path) -> Iterator[tuple[ast.stmt, str]]:
    """Every module that a file imports, also within functions; `from a import b` is `a.b`, for b may be a module."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from ((node, one.name) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{at(file, node)} imports relatively"
            yield from ((node, f"{node.module}.{one.name}") for one in node.names)
