"""Fetches Twilio's own description of its API, which tests hold every request of ours against.

    python -m infra.description

It is in an npm package of Twilio's; git does not keep it, and nothing that is deployed needs it. `make test` runs this.
What is there already, with the right content, is left alone.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
import tarfile
from hashlib import sha512
from pathlib import Path
from tempfile import TemporaryDirectory

PACKAGE = "@twilio/cli-core@8.3.2"
# `npm view @twilio/cli-core@8.3.2 dist.integrity`
SHA512 = "qRTAZS15i/nseKHu2zZIb1BD78WFRVOWM65iC9JqjZdNpz5KQaiEI1klsLcWDi1pwXH9JG6pbFXJrIiYRJw/dw=="
IN_PACKAGE = "package/src/services/twilio-api"
# What the app, the carrier and `make doctor` speak of: messages and numbers, messaging services, where we may send
NAMES = ("twilio_api_v2010.json", "twilio_messaging_v1.json", "twilio_accounts_v1.json")
FOLDER = Path(sys.prefix) / "share" / "giddyup" / f"twilio-{PACKAGE.rpartition('@')[2]}"  # goes when .venv does


class WrongContent(Exception):
    """What was fetched is not what was pinned; the message says what to do."""


class NoNpm(Exception):
    """There is no npm here to fetch it with."""


def is_there(folder: Path = FOLDER) -> bool:
    """Written whole or not at all, so its being there is enough."""
    return all((folder / name).is_file() for name in NAMES)


def fetched(into: Path) -> Path:
    """The package, from the registry that npm is set up for. Raises NoNpm, CalledProcessError, WrongContent."""
    npm = shutil.which("npm")
    if npm is None:
        raise NoNpm
    pack = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into), PACKAGE]
    subprocess.run(pack, check=True, cwd=into, stdout=subprocess.DEVNULL)  # noqa: S603 - no words of others in it
    (archive,) = into.glob("*.tgz")
    return checked(archive)


def checked(archive: Path) -> Path:
    """Raises WrongContent."""
    if base64.b64encode(sha512(archive.read_bytes()).digest()).decode() != SHA512:
        raise WrongContent(f"{PACKAGE} is not the package that was pinned: look at it, then set SHA512 in {__file__}.")
    return archive


def describe(folder: Path = FOLDER) -> None:
    """Leaves Twilio's descriptions in `folder`; whoever looks meanwhile sees all of them or none."""
    if is_there(folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="twilio-", dir=folder.parent) as made:
        unpacked = Path(made) / "unpacked"
        unpacked.mkdir()
        with tarfile.open(fetched(Path(made))) as package:
            for name in NAMES:
                content = package.extractfile(f"{IN_PACKAGE}/{name}")
                if content is None:
                    raise WrongContent(f"{IN_PACKAGE}/{name} is no file in {PACKAGE}")
                (unpacked / name).write_bytes(content.read())
        shutil.rmtree(folder, ignore_errors=True)
        unpacked.rename(folder)


if __name__ == "__main__":
    try:
        describe()
    except NoNpm:
        print("There is no npm (apt-get install npm): the tests against Twilio's own description are left out.")
    except (subprocess.CalledProcessError, WrongContent) as error:
        sys.exit(f"Twilio's description of its API can't be fetched: {error}")
