"""Imports point inward (README, "How it is built"), and what is pure stays pure."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.source import ROOT, at, files, imports, tree

PURE = frozenset({"core", "grammar", "languages"})
PLAIN = frozenset({"settings", "runtime", "log", "metrics", "numbers"})  # the outside world as values

# What each part of chalicelib may import of chalicelib.
MAY_IMPORT: dict[str, frozenset[str]] = {
    **dict.fromkeys(PURE, PURE),
    "settings": frozenset({"core"}),
    "log": frozenset(),
    "metrics": frozenset(),
    "numbers": frozenset({"core"}),
    "runtime": frozenset({"secrets", "settings"}),
    "secrets": frozenset({"aws", "settings"}),
    "aws": frozenset(),
    "links": frozenset({"settings"}),
    "web": PURE | PLAIN | {"links", "web"},
    "store": PURE | PLAIN | {"aws", "links", "store"},
    "handle": PURE | PLAIN | {"store"},
    "delivery": PURE | PLAIN | {"aws", "links", "store", "handle", "delivery"},
    "entry": PURE | PLAIN | {"links", "store", "handle", "delivery", "web", "entry"},
}
# Whose business each library is.
ONLY_IN: dict[str, frozenset[str]] = {
    "chalice": frozenset({"entry", "app"}),
    "pynamodb": frozenset({"store"}),
    "botocore": frozenset({"aws", "secrets", "store", "delivery"}),
    "boto3": frozenset(),
    "aiohttp": frozenset({"delivery"}),
    "twilio": frozenset({"entry"}),
    "phonenumbers": frozenset({"numbers"}),
    "aws_lambda_powertools": frozenset({"log", "metrics"}),
    **dict.fromkeys(("icalendar", "itsdangerous", "jinja2", "PIL", "segno"), frozenset({"web"})),
}
NOT_SHIPPED = frozenset({"infra", "tests", "bench"})
SHIPPED = files("app.py", "chalicelib")

OUTSIDE = frozenset(
    {"os", "random", "secrets", "socket", "subprocess", "threading", "time", "uuid", "urllib", "pathlib"}
)
TELLS_TIME = frozenset({"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter"})
TIMEPIECES = frozenset({"datetime", "date", "time"})
SIDE_DOORS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})


def part_of(file: Path) -> str:
    """`core` of chalicelib/core/model.py, `handle` of chalicelib/handle.py, `app` of app.py."""
    inside = file.relative_to(ROOT).with_suffix("").parts
    return inside[1] if inside[0] == "chalicelib" else inside[0]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_imports_only_what_lies_further_in(file: Path) -> None:
    part = part_of(file)
    may = MAY_IMPORT["entry"] if part == "app" else MAY_IMPORT.get(part, frozenset())

    outward = [
        f"{at(file, node)} imports {module}"
        for node, module in imports(file)
        if module.split(".")[0] == "chalicelib" and module.split(".")[1] not in may
    ]

    assert outward == []


def test_every_part_of_chalicelib_is_in_the_table_of_what_may_import_what() -> None:
    parts = {part_of(file) for file in files("chalicelib")} - {"__init__"}

    assert parts == set(MAY_IMPORT)


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_that_is_shipped_imports_what_is_not(file: Path) -> None:
    found = [
        f"{at(file, node)} imports {module}" for node, module in imports(file) if module.split(".")[0] in NOT_SHIPPED
    ]

    assert found == []


def test_only_the_app_and_the_doors_themselves_import_the_doors() -> None:
    others = [file for file in SHIPPED if part_of(file) not in {"app", "entry"}]

    found = [
        f"{at(file, node)} imports {module}"
        for file in others
        for node, module in imports(file)
        if module.startswith("chalicelib.entry")
    ]

    assert found == []


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_known_only_where_it_is_wrapped(library: str) -> None:
    found = [
        f"{at(file, node)} imports {module}"
        for file in SHIPPED
        for node, module in imports(file)
        if module.split(".")[0] == library and part_of(file) not in ONLY_IN[library]
    ]

    assert found == []


def impurities(file: Path) -> Iterator[str]:
    """What a pure file takes from the world: other libraries, clock, chance, environment, files."""
    for node, module in imports(file):
        top = module.split(".")[0]
        if top != "chalicelib" and top not in sys.stdlib_module_names:
            yield f"{at(file, node)} imports {module}, which is not the standard library's"
        if top in OUTSIDE:
            yield f"{at(file, node)} imports {module}"
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in TIMEPIECES and node.attr in TELLS_TIME:
                yield f"{at(file, node)} reads the clock: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SIDE_DOORS:
            yield f"{at(file, node)} calls {node.func.id}"


@pytest.mark.parametrize("part", sorted(PURE))
def test_what_is_pure_takes_no_clock_no_chance_and_no_environment(part: str) -> None:
    found = [one for file in files(f"chalicelib/{part}") for one in impurities(file)]

    assert found == []
