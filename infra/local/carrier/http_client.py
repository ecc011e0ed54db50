"""A small HTTP client on asyncio: POSTs a form, keeps connections alive, never more than so many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlencode, urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unreachable(Exception):
    """No whole answer came: refused, reset, too slow, or not HTTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes


class Client:
    def __init__(self, most_connections: int) -> None:
        self._free = asyncio.Semaphore(most_connections)
        self._idle: dict[tuple[str, str], list[Connection]] = {}

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None, timeout: float = 15
    ) -> Reply:
        """Raises Unreachable. `timeout` in seconds, from the moment that a connection is free."""
        target = urlsplit(url)
        wanted = _as_bytes(target, form, headers or {})
        async with self._free:
            try:
                return await asyncio.wait_for(self._exchange(target, wanted), timeout)
            except TimeoutError as error:
                raise Unreachable(f"no answer within {timeout:g} s") from error
            except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
                raise Unreachable(str(error) or type(error).__name__) from error

    async def _exchange(self, target: SplitResult, wanted: bytes) -> Reply:
        idle = self._idle.setdefault((target.scheme, target.netloc), [])
        while idle:
            try:
                return await self._over(idle.pop(), wanted, idle)
            except (ConnectionError, EOFError):
                continue  # the other side had closed it meanwhile, as it may; what we post bears being posted twice
        is_tls = target.scheme == "https"
        port = target.port or (443 if is_tls else 80)
        connection = await asyncio.open_connection(target.hostname, port, ssl=is_tls or None)
        return await self._over(connection, wanted, idle)

    async def _over(self, connection: Connection, wanted: bytes, idle: list[Connection]) -> Reply:
        reader, writer = connection
        may_stay = False
        try:
            writer.write(wanted)
            await writer.drain()
            reply, may_stay = await _read(reader)
        finally:
            if may_stay:
                idle.append(connection)
            else:
                writer.close()
        return reply


def _as_bytes(target: SplitResult, form: Mapping[str, str], headers: Mapping[str, str]) -> bytes:
    body = urlencode(form).encode()
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    head = [
        f"POST {path} HTTP/1.1",
        f"Host: {target.netloc}",
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Accept: */*",
        "User-Agent: TwilioProxy/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


async def _read(reader: asyncio.StreamReader) -> tuple[Reply, bool]:
    """The answer, and whether its connection may be used again."""
    lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
    status = int(lines[0].split(" ")[1])
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    may_stay = headers.get("connection", "").lower() != "close" and lines[0].startswith("HTTP/1.1")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Reply(status, await _read_chunks(reader)), may_stay
    if "content-length" in headers:
        return Reply(status, await reader.readexactly(int(headers["content-length"]))), may_stay
    if status == 204:
        return Reply(status, b""), may_stay
    return Reply(status, await reader.read()), False


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    while (await reader.readuntil(b"\r\n")) != b"\r\n":
        continue  # trailers
    return b"".join(parts)
