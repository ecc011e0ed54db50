"""Fetches what browsers need and is not ours, and what git does not keep: htmx.

    python -m infra.vendor

`make` runs it when it makes .venv. What is there already, with the right content, is left alone.
"""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from infra.local.settings import ROOT

HTMX = Path("chalicelib/web/static/vendor/htmx.min.js")  # from the project's folder
HTMX_SHA256 = "71ea67185bfa8c98c39d31717c6fce5d852370fcdfd129db4543774d3145c0de"
IN_WHEEL = "django_htmx/static/django_htmx/htmx-2.min.js"
PINNED = ROOT / "infra" / "vendor.txt"


class WrongContent(Exception):
    """What was fetched is not what was pinned; the message says what to do."""


def is_vendored(project: Path = ROOT) -> bool:
    """Whether all of it is there as it should be."""
    path = project / HTMX
    return path.is_file() and is_htmx(path.read_bytes())


def is_htmx(content: bytes) -> bool:
    return sha256(content).hexdigest() == HTMX_SHA256


def fetched() -> bytes:
    """htmx, out of the pinned wheel. Raises CalledProcessError when pip cannot get it, WrongContent."""
    with TemporaryDirectory(prefix="giddyup-vendor-") as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
        what = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r", str(PINNED), "--dest", folder]
        subprocess.run([*pip, *what], check=True)  # noqa: S603 - no words of others in it
        (wheel,) = Path(folder).glob("*.whl")
        with ZipFile(wheel) as files:
            content = files.read(IN_WHEEL)
    if not is_htmx(content):
        raise WrongContent(f"{IN_WHEEL} in {wheel.name} has changed: look at it, then set HTMX_SHA256 in {__file__}.")
    return content


def vendor(project: Path = ROOT) -> None:
    """Puts it where the pages look for it; whoever reads it meanwhile sees all of it or nothing."""
    if is_vendored(project):
        return
    path = project / HTMX
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_bytes(fetched())
    unfinished.replace(path)


if __name__ == "__main__":
    try:
        vendor()
    except (subprocess.CalledProcessError, WrongContent) as error:
        sys.exit(f"htmx can't be fetched: {error}")
