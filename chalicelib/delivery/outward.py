"""A POST to an address that somebody else chose: to public hosts only, in five seconds, following nothing."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import IPv4Address, IPv6Network, ip_address
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

ANSWER_SECONDS = 5.0  # for all: looking up the name, connecting, and the answer
LONGEST_ADDRESS = 500
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")  # what nobody can read in two ways
EMBEDS_IPV4 = IPv6Network("64:ff9b::/96")


def why_not(url: str, is_town: bool) -> str:
    """What keeps us from calling this address, as words for its owner; nothing: it may be called.

    `is_town`: all of this runs on one machine, whose own addresses are as good as any. A name is looked up.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "it cannot be read"
    if parts.scheme != "https" and not (is_town and parts.scheme == "http"):
        return "it does not begin with https://"
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST_ADDRESS:
        return f"it is longer than {LONGEST_ADDRESS} characters, or has some that belong in no address"
    if "@" in parts.netloc or not HOST.fullmatch(host) or port == 0:
        return "it needs a plain host, without a user's name or password before it"
    if is_town:
        return ""
    try:
        found = addresses(host, port or 443)
    except OSError:
        return f"{host} cannot be found"
    return "" if found and all(map(is_public, found)) else f"{host} is not on the public internet"


def addresses(host: str, port: int) -> list[str]:
    """Raises OSError, for a name that cannot be one too."""
    try:
        return [str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:
        raise OSError(str(error)) from error


def is_public(address: str) -> bool:
    """Whether an IP address is anybody's on the internet: not ours, nor of this network, nor a cloud's own service."""
    try:
        one = ip_address(address)
    except ValueError:
        return False
    if isinstance(one, IPv4Address):
        return one.is_global and not one.is_multicast
    if one in EMBEDS_IPV4 or one.sixtofour or one.teredo:
        return False
    return is_public(str(one.ipv4_mapped)) if one.ipv4_mapped else one.is_global and not one.is_multicast


@cache
def lookups() -> ThreadPoolExecutor:
    """A name server that does not answer holds up nobody else's look-ups."""
    return ThreadPoolExecutor(4, thread_name_prefix="lookups")


class Public(AbstractResolver):
    """Names that lead to public addresses: looked at when connecting, for they may have led elsewhere before."""

    def __init__(self, is_town: bool) -> None:
        self.is_town = is_town

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp gives it; both will do
    ) -> list[ResolveResult]:
        found = await asyncio.get_running_loop().run_in_executor(lookups(), addresses, host, port)
        able = [one for one in dict.fromkeys(found) if self.is_town or is_public(one)]
        if not able:
            raise OSError("not on the public internet")
        return [
            ResolveResult(
                hostname=host,
                host=one,
                port=port,
                family=socket.AF_INET6 if ":" in one else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in able
        ]

    async def close(self) -> None:
        pass


async def post(url: str, body: bytes, headers: Mapping[str, str], is_town: bool) -> int | None:
    """The status of the answer, of which nothing more is read; None: there was none. Never raises for the network."""
    host = urlsplit(url).hostname or ""
    is_number = ":" in host or host.replace(".", "").isdigit()  # then aiohttp looks nothing up
    if not is_town and (not url.startswith("https://") or (is_number and not is_public(host))):
        return None
    connector = aiohttp.TCPConnector(resolver=Public(is_town), force_close=True)
    limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=limit) as session,
            session.post(url, data=body, headers=headers, allow_redirects=False) as reply,
        ):
            return reply.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return None
