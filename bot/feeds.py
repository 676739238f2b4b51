"""Reads people's calendars: asks for what is due, over https, and trusts neither the address nor what is there.

**Where it connects.** A person names the address, so that it may lead into the network of the house ("server-side
request forgery"). Before each request, also of every hop of a redirect, the host is resolved here; each of its
addresses must be a public one, or lie in LOOPKEEPER_CALENDAR_NETWORKS. The connection then goes to the very address
that was checked: the request's URL names it by number, the Host header and the name TLS asks for and verifies
(`sni_hostname`) are the host's own. So a name that resolves to something else a moment later (DNS rebinding) reaches
nothing. No proxy is used, for it would resolve the name again.
"""

import asyncio
import ipaddress
import logging
import socket
import ssl
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

import httpx
from sqlmodel import Session

from models.db import Database
from models.organization import CalendarFeed, Person
from services import calendar, feeds
from services.feeds import FeedError, Off
from services.vault import Sealer, WrongKey

log = logging.getLogger(__name__)
SECONDS_IN_ALL = 10.0
MOST_BYTES = 1_000_000
CHUNK = 65_536
MOST_HOPS = 3
USER_AGENT = "Loopkeeper"

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]
NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Fetched:
    """`text` is None where nothing has changed since `etag`."""

    text: str | None
    etag: str


@dataclass(frozen=True)
class Outcome:
    """`found` is None where nothing has changed; `error` is the code of a FeedError."""

    found: list[Off] | None = None
    etag: str = ""
    error: str = ""


class Reader:
    """Reads what is due. `networks`: inside of which addresses may be visited that are not public."""

    def __init__(
        self, database: Database, sealer: Sealer | None, networks: Networks, now: Callable[[], datetime]
    ) -> None:
        self._database, self._sealer, self._networks, self._now = database, sealer, networks, now
        self._tls: ssl.SSLContext | None = None

    async def read_next(self) -> bool:
        """Returns whether there were any."""
        if self._sealer is None:
            return False
        due = await asyncio.to_thread(self._claim, self._sealer)
        await asyncio.gather(*(self._read(*each) for each in due))
        return bool(due)

    def _claim(self, sealer: Sealer) -> list[tuple[CalendarFeed, Person, str | None]]:
        """The addresses opened; None where it cannot be."""
        with self._database.reading() as session:
            if not feeds.any_due(session, self._now()):
                return []
        with self._database.transaction() as session:
            claimed = feeds.claim(session, self._now())
            return [(feed, session.get_one(Person, feed.person_id), _opened(session, sealer, feed)) for feed in claimed]

    async def _read(self, feed: CalendarFeed, person: Person, address: str | None) -> None:
        try:
            if not address:
                raise FeedError("wrong_key")
            fetched = await self.fetch(address, feed.etag)
            outcome = Outcome(await asyncio.to_thread(self._days_off, fetched, person), fetched.etag or feed.etag)
        except FeedError as error:
            log.warning("A calendar could not be read", extra={"action": "calendar_unread", "code": error.code})
            outcome = Outcome(error=error.code)
        await asyncio.to_thread(self._keep, feed, outcome)

    def _days_off(self, fetched: Fetched, person: Person) -> list[Off] | None:
        if fetched.text is None:
            return None
        from services import ics  # its libraries are for those who have a calendar

        first, last = feeds.window(person, self._now())
        return ics.read(fetched.text, calendar.zone(person.time_zone), first, last)

    def _keep(self, claimed: CalendarFeed, outcome: Outcome) -> None:
        """Unless it was disconnected, or another calendar took its place, meanwhile."""
        now = self._now()
        with self._database.transaction() as session:
            feed = session.get(CalendarFeed, claimed.id)
            if feed is None or feed.due_at != claimed.due_at:
                return
            person = session.get_one(Person, feed.person_id)
            if outcome.error:
                feeds.failed(session, feed, person, outcome.error, now)
            else:
                feeds.read(session, feed, person, outcome.found, outcome.etag, now)

    async def fetch(self, address: str, etag: str = "") -> Fetched:
        """Raises FeedError."""
        try:
            async with asyncio.timeout(SECONDS_IN_ALL):
                return await self._follow(address, etag)
        except (TimeoutError, httpx.TimeoutException):
            raise FeedError("slow") from None
        except zlib.error:
            raise FeedError("not_a_calendar") from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, ValueError):
            raise FeedError("unreachable") from None

    async def _follow(self, address: str, etag: str) -> Fetched:
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpx.create_ssl_context)
        async with httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=SECONDS_IN_ALL) as client:
            for _ in range(MOST_HOPS + 1):
                request = await self._request(client, address, etag)
                response = await client.send(request, stream=True)
                try:
                    if not response.has_redirect_location:
                        return await _taken(response)
                    address = urljoin(address, response.headers["location"])
                finally:
                    await response.aclose()
        raise FeedError("redirected")

    async def _request(self, client: httpx.AsyncClient, address: str, etag: str) -> httpx.Request:
        """To the very address that was checked, under the host's own name."""
        url = httpx.URL(address)
        if url.scheme != "https":
            raise FeedError("redirected")
        host = url.raw_host.decode()
        at = await self._checked(host, url.port or 443)
        headers = {
            "Host": url.netloc.decode(),
            "User-Agent": USER_AGENT,
            "Accept": "text/calendar, */*;q=0.1",
            "Accept-Encoding": "gzip",
        }
        if etag:
            headers["If-None-Match"] = etag
        name = {"sni_hostname": host.strip("[]")}
        return client.build_request("GET", url.copy_with(host=str(at)), headers=headers, extensions=name)

    async def _checked(self, host: str, port: int) -> IPAddress:
        """Where the host is; all of its addresses must be allowed."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise FeedError("unreachable") from None
        addresses = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
        if not addresses or not all(may_visit(address, self._networks) for address in addresses):
            raise FeedError("forbidden")
        return addresses[0]


def _opened(session: Session, sealer: Sealer, feed: CalendarFeed) -> str | None:
    try:
        return feeds.address(session, sealer, feed)
    except WrongKey:
        return None


def may_visit(address: IPAddress, networks: Networks) -> bool:
    """A public address, or one the operator allowed; an IPv4 address inside of an IPv6 one counts as what it is."""
    inner = _inner(address)
    if any(inner in network for network in networks if network.version == inner.version):
        return True
    return inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified)


def _inner(address: IPAddress) -> IPAddress:
    """Mapped (::ffff:1.2.3.4), 6to4, Teredo and NAT64 addresses lead to the IPv4 address they hold."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


async def _taken(response: httpx.Response) -> Fetched:
    """The text, if it is one and not too long."""
    etag = response.headers.get("etag", "")[:200]
    if response.status_code == 304:
        return Fetched(None, etag)
    if response.status_code != 200:
        raise FeedError("broken" if response.status_code >= 500 else "refused")
    return Fetched((await _unpacked(response)).decode("utf-8-sig", "replace"), etag)


async def _unpacked(response: httpx.Response) -> bytes:
    """httpx unpacks without a limit, as often as the header says: here a bomb ends at its first byte too much."""
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip"):
        raise FeedError("not_a_calendar")
    gzip = zlib.decompressobj(zlib.MAX_WBITS | 16) if packed == "gzip" else None
    taken = bytearray()
    async for part in response.aiter_raw(CHUNK):
        taken += gzip.decompress(part, MOST_BYTES + 1 - len(taken)) if gzip else part
        if len(taken) > MOST_BYTES:
            raise FeedError("too_large")
    return bytes(taken)
