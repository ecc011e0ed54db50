"""A form with a file in it: multipart/form-data (RFC 7578), taken apart byte for byte."""

from __future__ import annotations

import re
from typing import NamedTuple

from chalicelib.entry.guard import FORM, Fields, fields_of

MULTIPART = "multipart/form-data"
MOST_PARTS = 20
BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^;,\s]{1,70}))', re.IGNORECASE)
NAMED = re.compile(r'[;\s](filename|name)="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


class Upload(NamedTuple):
    """A file as a browser sent it. Its `name` is only words."""

    name: str
    content: bytes


def form_of(content_type: str, body: bytes) -> tuple[Fields, dict[str, Upload]]:
    """The fields and the files, by their names. Never fails: what cannot be read is not there."""
    if content_type.partition(";")[0].strip().lower() == FORM:
        return fields_of(body), {}
    found = BOUNDARY.search(content_type)
    fields, files = Fields(), dict[str, Upload]()
    if not found:
        return fields, files
    line = b"--" + (found[1] or found[2]).encode()
    for part in (b"\r\n" + body).split(b"\r\n" + line)[1 : MOST_PARTS + 1]:
        head, gap, content = part.partition(b"\r\n\r\n")
        if not gap or head.startswith(b"--"):
            continue
        names = {name.lower(): unescaped(text) for name, text in NAMED.findall(head.decode("utf-8", "replace"))}
        if "filename" in names:
            files.setdefault(names.get("name", ""), Upload(names["filename"], content))
        elif "name" in names:
            fields.setdefault(names["name"], []).append(content.decode("utf-8", "replace"))
    return fields, files


def unescaped(text: str) -> str:
    r"""As browsers write names: %22 for a quote, or \"."""
    return re.sub(r"\\(.)", r"\1", text.replace("%22", '"').replace("%0D", " ").replace("%0A", " "))
