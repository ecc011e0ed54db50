"""Builds what gets deployed: a template by Chalice, and a package of our own making.

    python -m infra.package build [--architecture arm64]

Chalice knows the routes, so the template begins with it. What runs is installed here from the lock, hashes and all, for
the processor that Lambda has: Chalice fetches for one only, leaves out what it could not fetch, and compiles nothing.
What never runs is taken out (infra/shrink.py). The same sources make the same bytes, so a deployment without a change
changes nothing.
"""

from __future__ import annotations

import argparse
import fnmatch
import inspect
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import chalice
import chalice.app
import jinja2

from chalicelib.web.render import COMPILED, TEMPLATES, environment
from infra.local.settings import ROOT
from infra.shrink import PRUNED, CannotShrink, compile_all, shrink, sizes
from infra.vendor import HTMX, is_vendored

# What settings.py cannot do without at import. Packaging imports app.py, and sends nothing anywhere.
PLACEHOLDERS = dict.fromkeys(
    ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM", "PUBLIC_URL", "NUMBER_KEY", "LINK_KEYS"),
    "set at deployment",
)
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}  # Lambda's names of processors, and Python's
HERE = next((name for name, machine in MACHINES.items() if machine == platform.machine()), "x86_64")
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"  # Lambda's runtime is the one that packages
# The C library of Lambda's image, which is Amazon Linux 2 up to Python 3.11 and Amazon Linux 2023 from 3.12 on.
GLIBC_MINOR = 26 if sys.version_info < (3, 12) else 34
MOST_BYTES = 250 * 1024 * 1024  # Lambda's limit, unpacked
MOST_OF_OURS = MOST_BYTES * 2 // 3
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name


class CannotPackage(Exception):
    """Something that the app needs would not be in the package; the message says what to do."""


def package(out: Path, project: Path = ROOT, architecture: str = "arm64") -> list[tuple[str, int]]:
    """Leaves `sam.json` and `deployment.zip` in `out`; answers bytes by library, unpacked.

    Raises CannotPackage; CalledProcessError if Chalice does.
    """
    if not is_vendored(project):
        raise CannotPackage(f"{HTMX} is missing, or not the pinned one: run `python -m infra.vendor`.")
    with TemporaryDirectory(prefix="giddyup-package-") as temporary:
        bare, unpacked = Path(temporary, "project"), Path(temporary, "unpacked")
        copy_app(project, bare)
        out.mkdir(parents=True, exist_ok=True)
        template = chalices_template(bare, Path(temporary, "chalice"))
        install(project, unpacked, architecture)
        copy_app(project, unpacked)
        copy_chalice(unpacked)
        compile_templates(unpacked)
        try:
            compile_all(unpacked)
        except CannotShrink as error:
            raise CannotPackage(str(error)) from error
        zip_up(unpacked, out / "deployment.zip")
        found = sizes(unpacked)
    check_is_whole(project, out / "deployment.zip")
    if (total := sum(size for _, size in found)) > MOST_OF_OURS:
        raise CannotPackage(f"{total / 1e6:.0f} MB unpacked is more than two thirds of what Lambda takes: {found[:5]}.")
    (out / "sam.json").write_text(json.dumps(template, indent=2) + "\n")
    return found


def chalices_template(project: Path, out: Path) -> dict[str, Any]:
    """What Chalice makes of the routes and handlers; its package, without a requirement in it, is left behind."""
    (project / "requirements.txt").touch()
    tool = Path(sys.executable).with_name("chalice")
    command = [str(tool), "--project-dir", str(project), "package", "--pkg-format", "cloudformation", str(out)]
    environment = {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, **PLACEHOLDERS}
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own words
    template: dict[str, Any] = json.loads((out / "sam.json").read_text())
    return template


def copy_app(project: Path, into: Path) -> None:
    """What is ours, without what Python left beside it."""
    into.mkdir(parents=True, exist_ok=True)
    shutil.copy(project / "app.py", into)
    for name in ("chalicelib", ".chalice"):
        if (project / name).exists():
            leave = shutil.ignore_patterns("__pycache__", "*.pyc", "deployments")
            shutil.copytree(project / name, into / name, ignore=leave)


def copy_chalice(into: Path) -> None:
    """What of Chalice runs on Lambda is one file, made to be copied; the rest is its commands."""
    (into / "chalice").mkdir()
    for module in (chalice, chalice.app):
        shutil.copy(inspect.getfile(module), into / "chalice")
    remove_config(into)


def compile_templates(unpacked: Path) -> None:
    """Into Python, which is compiled with the rest: what Jinja does at a first answer is done here."""
    folder = unpacked / TEMPLATES.relative_to(ROOT)
    made = environment().overlay(loader=jinja2.FileSystemLoader(folder))
    made.compile_templates(unpacked / COMPILED.relative_to(ROOT), zip=None, ignore_errors=False)


def remove_config(folder: Path) -> None:
    """`.chalice` says how Chalice packages; nothing of it runs."""
    if (folder / ".chalice").exists():
        shutil.rmtree(folder / ".chalice")


def install(project: Path, into: Path, architecture: str) -> None:
    """The pinned requirements as they are for Lambda's processor and C library, less what never runs."""
    into.mkdir(parents=True, exist_ok=True)
    requirements = locked(project)
    if not requirements:
        return
    machine = MACHINES[architecture]
    fits = [f"manylinux_2_{minor}_{machine}" for minor in range(17, GLIBC_MINOR + 1)] + [f"manylinux2014_{machine}"]
    with TemporaryDirectory(prefix="giddyup-requirements-") as folder:
        wanted = Path(folder, "requirements.txt")
        wanted.write_text(requirements)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        where = ["--target", str(into), "--python-version", PYTHON, "--implementation", "cp"]
        what = ["--only-binary=:all:", "--no-deps", "-r", str(wanted)]
        platforms = [word for one in fits for word in ("--platform", one)]
        done = subprocess.run(  # noqa: S603 - no words of others in it
            [*pip, *where, *platforms, *what], check=False, capture_output=True, text=True
        )
    if done.returncode:
        said = " ".join(line for line in done.stderr.splitlines() if line.startswith("ERROR"))
        raise CannotPackage(
            f"Not everything is to be had for Lambda's Python {PYTHON} on {architecture}: {said or done.stderr} "
            "Pin versions that have a wheel."
        )
    try:
        shrink(into)
    except CannotShrink as error:
        raise CannotPackage(str(error)) from error


def locked(project: Path) -> str:
    """The requirements with the lock's hashes, where there is a lock."""
    wanted = [line.strip() for line in (project / "requirements.txt").read_text().splitlines() if "==" in line]
    lock = project / "requirements.lock"
    if not lock.exists():
        return "\n".join(wanted)
    entries = dict(re.findall(r"(?m)^(\S+==\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", lock.read_text()))
    if unlocked := [one for one in wanted if one not in entries]:
        raise CannotPackage(f"{', '.join(unlocked)}: not in requirements.lock. Run `make lock`.")
    return "".join(f"{one} \\\n{entries[one]}" for one in wanted)


def zip_up(folder: Path, archive: Path) -> None:
    """In order and without a time, so that the same files make the same bytes."""
    with ZipFile(archive, "w") as files:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = ZipInfo(path.relative_to(folder).as_posix(), LONG_AGO)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = 0o644 << 16  # anybody may read it: Lambda runs it as somebody else
            files.writestr(entry, path.read_bytes())


def check_is_whole(project: Path, archive: Path) -> None:
    """Raises CannotPackage."""
    if missing := left_out(project, archive):
        raise CannotPackage(f"Left out of the package, though the app needs it: {', '.join(missing)}.")
    if alien := built_here(archive):
        raise CannotPackage(f"No wheel for Lambda's Python {PYTHON}: {', '.join(alien)}. Pin a version that has one.")


def left_out(project: Path, archive: Path) -> list[str]:
    """Files of the app, and requirements, that are not in the package."""
    with ZipFile(archive) as files:
        packed = set(files.namelist())
    files_of_ours = (path for path in (project / "chalicelib").rglob("*") if path.is_file())
    names = {"app.py", *(path.relative_to(project).as_posix() for path in files_of_ours if path.suffix != ".pyc")}
    installed = {name.partition(".dist-info/")[0].lower() for name in packed if ".dist-info/" in name}
    missing = [line for line in requirements_that_run(project) if folder_name(line) not in installed]
    return sorted(names - packed) + missing


def requirements_that_run(project: Path) -> Iterator[str]:
    """All but those that infra/shrink.py takes out whole."""
    patterns = [pattern for pruned in PRUNED for pattern in pruned.patterns if pattern.endswith("-*")]
    for line in (project / "requirements.txt").read_text().splitlines():
        if "==" in line and not any(fnmatch.fnmatch(folder_name(line), pattern) for pattern in patterns):
            yield line


def built_here(archive: Path) -> list[str]:
    """What is compiled against this machine's libraries, as its wheel says: Lambda's are older."""
    with ZipFile(archive) as files:
        notes = {name: files.read(name) for name in files.namelist() if name.endswith(".dist-info/WHEEL")}
    return [
        name.partition(".dist-info/")[0] for name, note in notes.items() if re.search(rb"(?m)^Tag: .*-linux_", note)
    ]


def folder_name(requirement: str) -> str:
    """What the folder of an installed wheel is called, without `.dist-info`: `pynamodb-6.1.0` for `PynamoDB==6.1.0`."""
    name, _, version = requirement.strip().partition("==")
    return f"{re.sub('[-_.]+', '_', name).lower()}-{version}"


def main(arguments: list[str]) -> None:
    reader = argparse.ArgumentParser(prog="python -m infra.package")
    reader.add_argument("out", type=Path, help="the folder that sam.json and deployment.zip are left in")
    reader.add_argument("--architecture", choices=sorted(MACHINES), default="arm64", help="Lambda's processor")
    asked = reader.parse_args(arguments)
    try:
        found = package(asked.out, architecture=asked.architecture)
    except CannotPackage as error:
        sys.exit(str(error))
    for name, size in found:
        if size >= 100_000:
            print(f"{size / 1e6:8.1f} MB  {name}")
    zipped = (asked.out / "deployment.zip").stat().st_size
    print(f"{sum(size for _, size in found) / 1e6:8.1f} MB  in all, {zipped / 1e6:.1f} zipped; Lambda takes 262.1")


if __name__ == "__main__":
    main(sys.argv[1:])
