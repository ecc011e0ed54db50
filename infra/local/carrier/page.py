"""The page with phones: its few files, read once, with the headers that keep everything else out."""

from __future__ import annotations

from pathlib import Path

from infra.local.carrier.http_server import Answer, Refused, Request, Response, Route, route

FOLDER = Path(__file__).parent.parent / "phones"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def page_routes(number: str) -> list[Route]:
    """`number` is the one that people text."""
    files = {
        path.name: Response(
            path.read_bytes().replace(b"{{number}}", number.encode()),
            content_type=f"{TYPES[path.suffix]}; charset=utf-8",
            headers=HEADERS,
        )
        for path in FOLDER.iterdir()
        if path.suffix in TYPES
    }

    async def index(_request: Request) -> Answer:
        return files["index.html"]

    async def file(_request: Request, name: str) -> Answer:
        if name not in files:
            raise Refused(404, f"The page has no file {name}")
        return files[name]

    return [route("GET", "/", index), route("GET", "/page/{}", file)]
