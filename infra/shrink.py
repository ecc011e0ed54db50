"""What of the installed libraries goes to Lambda: what runs there, compiled, and nothing else.

Each line of PRUNED says why something never runs. A line that fits nothing of a library that is there is an error, so
that a new version of it is looked at. Sources stay beside what is compiled from them: a traceback shows its lines.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVICES = frozenset({"dynamodb", "sqs", "ssm"})  # of AWS, all that the app itself speaks to
# Of SSM, which has some hundred and fifty, we ask one thing; a client is made faster by what it need not know.
ONLY_OPERATIONS = {"ssm": frozenset({"GetParameters"})}
TASK_ROOT = "/var/task"  # where Lambda unpacks it; what is compiled names its sources by it


class CannotShrink(Exception):
    """A library is not laid out as it was when this was written; the message says where to look."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What is taken out (patterns as Path.glob reads them), and why nothing misses it."""

    patterns: tuple[str, ...]
    why: str


ONLY_CLIENT = (
    "only twilio.rest needs it: texts are sent by delivery/carrier.py, and of Twilio's library only the check \
of signatures runs"
)
# fmt: off
PRUNED = (
    Pruned(("bin", "share", "**/__pycache__"), "for terminals and for other machines"),
    Pruned(("*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED"), "pip's own notes"),
    Pruned(("**/*.pyi", "**/py.typed"), "for type checkers"),
    Pruned(("**/*.pyx", "**/*.pxd", "**/*.pxi", "**/*.c", "**/*.h"), "compiled already"),
    Pruned(("icalendar/tests",), "tests"),
    Pruned(("multidict/_testcapi*.so",), "tests"),
    Pruned(("twilio/rest", "twilio/base", "twilio/http", "twilio/jwt", "twilio/twiml"), ONLY_CLIENT),
    Pruned(("requests", "requests-*", "aiohttp_retry", "aiohttp_retry-*", "jwt", "pyjwt-*"), ONLY_CLIENT),
    Pruned(("charset_normalizer", "charset_normalizer-*", "certifi", "certifi-*"), "only requests needs it"),
    Pruned(("phonenumbers/geodata", "phonenumbers/carrierdata"), "names of places and carriers: nobody is shown them"),
    Pruned(("aws_lambda_powertools/event_handler",), "Chalice does this"),
    Pruned(("aiohttp/web*.py", "aiohttp/pytest_plugin.py", "aiohttp/test_utils.py"), "a server, and tests"),
    Pruned(("PIL/_avif*.so", "PIL/_webp*.so", "PIL/_imagingcms*.so", "PIL/_imagingtk*.so", "PIL/_imagingmath*.so",
            "PIL/_imagingmorph*.so"), "the one picture that is drawn is a PNG"),
    Pruned(("botocore/data/*/*/examples-1.json", "botocore/data/*/*/waiters-2.json*"), "nothing waits for a table"),
    Pruned(("segno/cli.py", "icalendar/cli.py"), "commands for a terminal"),
)
# fmt: on


def shrink(folder: Path) -> None:
    """Takes out of an installed folder what never runs. Raises CannotShrink."""
    if (folder / "botocore").exists():
        keep_services(folder / "botocore" / "data")
    for pattern in (one for pruned in PRUNED for one in pruned.patterns):
        found = sorted(folder.glob(pattern))
        if not found and (folder / Path(pattern).parts[0]).exists():
            raise CannotShrink(f"{pattern} fits nothing any more: look at PRUNED in {__file__}.")
        for path in found:
            remove(path)
    if (folder / "pillow.libs").exists():
        remove_unnamed(folder / "pillow.libs", folder.glob("PIL/*.so"))


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def keep_services(data: Path) -> None:
    """botocore's descriptions of our services alone, without their manual, ready to be read."""
    for service in sorted(path for path in data.iterdir() if path.is_dir()):
        if service.name not in SERVICES:
            remove(service)
    if missing := {one for one in SERVICES if not (data / one).is_dir()}:
        raise CannotShrink(f"botocore describes no {', '.join(sorted(missing))}: look at {data}.")
    for older in (one for service in SERVICES for one in sorted((data / service).iterdir())[:-1]):
        remove(older)
    for path in sorted(data.rglob("*.json.gz")):
        described = without_manual(json.loads(gzip.decompress(path.read_bytes())))
        if path.name == "service-2.json.gz":
            described = with_operations(described, ONLY_OPERATIONS.get(path.parts[-3]))
        write_json(path.with_suffix(""), described)
        path.unlink()
    endpoints = data / "endpoints.json"
    write_json(endpoints, of_our_services(json.loads(endpoints.read_text())))


def without_manual(described: Any) -> Any:
    """A service's description without the texts that its manual is made of."""
    if isinstance(described, list):
        return [without_manual(one) for one in described]
    if not isinstance(described, dict):
        return described
    is_text = {name for name, value in described.items() if name == "documentation" and isinstance(value, str)}
    return {name: without_manual(value) for name, value in described.items() if name not in is_text}


def with_operations(described: dict[str, Any], wanted: frozenset[str] | None) -> dict[str, Any]:
    """A service with these operations alone, and the shapes that they are told and answered in; None: with all."""
    if wanted is None:
        return described
    operations = {name: one for name, one in described["operations"].items() if name in wanted}
    shapes: dict[str, Any] = {}
    to_look_at = named_in(operations)
    while to_look_at:
        name = to_look_at.pop()
        if name not in shapes:
            shapes[name] = described["shapes"][name]
            to_look_at |= named_in(shapes[name])
    return {**described, "operations": operations, "shapes": dict(sorted(shapes.items()))}


def named_in(described: Any) -> set[str]:
    """The shapes that a part of a description refers to."""
    if isinstance(described, list):
        return {name for one in described for name in named_in(one)}
    if not isinstance(described, dict):
        return set()
    own = {described["shape"]} if isinstance(described.get("shape"), str) else set()
    return own | {name for one in described.values() for name in named_in(one)}


def of_our_services(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Where in the world our services are: a twentieth of what botocore reads when it makes its first client."""
    for partition in endpoints["partitions"]:
        partition["services"] = {name: one for name, one in partition["services"].items() if name in SERVICES}
    return endpoints


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, separators=(",", ":")))


def remove_unnamed(libraries: Path, roots: Iterable[Path]) -> None:
    """Shared libraries that neither a module that stays names nor a library that one needs."""
    found = {path.name.encode(): path for path in libraries.iterdir()}
    needed: set[bytes] = set()
    to_look_at = [path.read_bytes() for path in roots]
    while to_look_at:
        content = to_look_at.pop()
        named = {name for name in found if name in content} - needed
        needed |= named
        to_look_at += [found[name].read_bytes() for name in named]
    for name in found.keys() - needed:
        found[name].unlink()


def compile_all(folder: Path) -> None:
    """As Lambda's Python would, before it has to; it then believes what is compiled without looking at the sources.

    In a process of its own, which begins the same each time: the same sources make the same bytes.
    """
    how = ["--invalidation-mode", "unchecked-hash", "-q", "-f", "-s", str(folder), "-p", TASK_ROOT, str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(  # noqa: S603 - no words of others in it
        [sys.executable, "-m", "compileall", *how], env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise CannotShrink(f"Something cannot be compiled for Lambda: {done.stdout}{done.stderr}")


def sizes(folder: Path) -> list[tuple[str, int]]:
    """Bytes by top-level folder or file, the largest first, compiled files among them."""
    bytes_of: dict[str, int] = {}
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder).parts[0]
            bytes_of[name] = bytes_of.get(name, 0) + path.stat().st_size
    return sorted(bytes_of.items(), key=lambda one: (-one[1], one[0]))
