"""Many connections to one vendor at a constant cost for each request.

httpx2's pool walks all its connections, and probes the idle ones, at the start and at the end of
every request: with 500 in flight that is the larger part of a worker's time. Here a pool holds
few, and requests go to the first one that has room, so that spare pools are left alone.
"""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cache

import httpx2

ROOM = 8  # requests at once in one pool


@dataclass
class _Pool:
    transport: httpx2.AsyncHTTPTransport
    in_flight: int = 0


class Connections(httpx2.AsyncBaseTransport):
    """As many small pools as the requests in flight need. For one event loop."""

    def __init__(self, keepalive_seconds: float) -> None:
        self._limits = httpx2.Limits(
            max_connections=ROOM,
            max_keepalive_connections=ROOM,
            keepalive_expiry=keepalive_seconds,
        )
        self._pools: list[_Pool] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send in the first pool with room; its place is free once the body was read."""
        pool = next((p for p in self._pools if p.in_flight < ROOM), None) or self._grow()
        pool.in_flight += 1
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            pool.in_flight -= 1
            raise
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Body(response.stream, pool)
        return response

    async def aclose(self) -> None:
        pools, self._pools = self._pools, []
        for pool in pools:
            await pool.transport.aclose()

    def _grow(self) -> _Pool:
        pool = _Pool(httpx2.AsyncHTTPTransport(verify=_trust(), limits=self._limits))
        self._pools.append(pool)
        return pool


class _Body(httpx2.AsyncByteStream):
    """A response's body, which gives its place back once."""

    def __init__(self, stream: httpx2.AsyncByteStream, pool: _Pool) -> None:
        self._stream = stream
        self._pool: _Pool | None = pool

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            pool, self._pool = self._pool, None
            if pool is not None:
                pool.in_flight -= 1


@cache
def _trust() -> ssl.SSLContext:
    """The authorities that are believed, for all providers: to read them takes 20 ms of CPU."""
    return httpx2.create_ssl_context()
