"""The front end of every service on this machine: a loopback port for each service and for each of its tags.

One event loop in a thread of its own holds all ports, the table and every request, so a change of the table is one
assignment between two requests.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Collection, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from wizard.workshop import gateway_refusals as refusals
from wizard.workshop.gateway_backend import BackendLostError, Pool
from wizard.workshop.gateway_exchange import Exchange
from wizard.workshop.gateway_front import Front
from wizard.workshop.gateway_headers import Headers, for_container, value
from wizard.workshop.gateway_load import Load
from wizard.workshop.gateway_refusals import RefusedError
from wizard.workshop.gateway_request import Request
from wizard.workshop.gateway_split import Split
from wizard.workshop.gateway_table import Routes, Share
from wizard.workshop.loopback_only import is_loopback_host
from wizard.workshop.tokens import Authority, TokenError, without_signature

_HOST = "127.0.0.1"
_BACKLOG = 1024
_SWEEP = 1.0
_LAST_REQUESTS = 2.0
"""Seconds that requests under way get when the gateway closes."""
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class Access(Protocol):
    """Who may call which service. Both are asked for every request, from the gateway's thread."""

    def may_invoke(self, service: str, email: str | None) -> bool:
        """Whether that principal holds run.routes.invoke; None is anybody."""
        ...

    def audiences(self, service: str) -> Collection[str]:
        """What the ID tokens of its callers may be made for: its URLs, its tags' URLs, its custom audiences."""
        ...


class _Port:
    """A port of a service (tag "") or of a tag."""

    def __init__(self, service: str, tag: str) -> None:
        self.service = service
        self.tag = tag
        self.split = Split()
        self.fronts: set[Front] = set()
        self.server: asyncio.Server | None = None
        self.number = 0


class LoopbackGateway:
    """The gateway of `gateway_table.Gateway`, over HTTP/1.1. Thread-safe; `close` ends it."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._access: Access | None = None
        self._routes: dict[str, Routes] = {}
        self._ports: dict[tuple[str, str], _Port] = {}
        self._loads: dict[str, Load] = {}
        self._loop = asyncio.new_event_loop()
        self._pool = Pool(self._loop)
        self._closed = False
        self._thread = threading.Thread(target=self._live, name="workshop-gateway", daemon=True)
        self._thread.start()

    def guard(self, access: Access) -> None:
        """Ask this one who may call. Before, nobody may."""
        self._access = access

    def publish(self, routes: Routes, ports: Mapping[str, int]) -> Mapping[str, int]:
        """See `Gateway.publish`."""
        return self._do(self._publish(routes, dict(ports)))

    def drain(self, revision: str, timeout: float) -> bool:
        """See `Gateway.drain`."""
        return self._do(self._drain(revision, timeout))

    def withdraw(self, service: str) -> None:
        """See `Gateway.withdraw`."""
        self._do(self._withdraw(service))

    def close(self) -> None:
        """Take no more requests, let those under way finish for a moment, and end. A second call does nothing."""
        if self._closed:
            return
        self._do(self._end())
        self._closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    # In the event loop

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.call_later(_SWEEP, self._sweep)
        self._loop.run_forever()

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _publish(self, routes: Routes, ports: dict[str, int]) -> dict[str, int]:
        service = routes.service
        wanted = {"", *routes.tags}
        for tag in wanted:
            if (service, tag) not in self._ports:
                self._ports[service, tag] = await self._open(service, tag, ports.get(tag, 0))
        before = self._routes.get(service)
        self._routes[service] = routes
        for key in [key for key in self._ports if key[0] == service and key[1] not in wanted]:
            self._shut(self._ports.pop(key))
        if before is not None:
            self._forget_loads()
        return {tag: self._ports[service, tag].number for tag in wanted}

    async def _open(self, service: str, tag: str, wanted: int) -> _Port:
        port = _Port(service, tag)

        async def serve(front: Front, request: Request) -> None:
            await self._serve(port, front, request)

        def front() -> Front:
            return Front(self._loop, serve, port.fronts)

        for number in dict.fromkeys((wanted, 0)):
            try:
                port.server = await self._loop.create_server(front, _HOST, number, backlog=_BACKLOG)
                break
            except OSError:  # somebody else has taken it meanwhile
                if number == 0:
                    raise
        assert port.server is not None
        port.number = int(port.server.sockets[0].getsockname()[1])
        return port

    def _shut(self, port: _Port) -> None:
        if port.server is not None:
            port.server.close()
        for front in list(port.fronts):
            front.end_when_idle()

    async def _drain(self, revision: str, timeout: float) -> bool:
        load = self._loads.get(revision)
        if load is None:
            return True
        try:
            await asyncio.wait_for(load.end(), timeout)
        except TimeoutError:
            return False
        return True

    async def _withdraw(self, service: str) -> None:
        self._routes.pop(service, None)
        for key in [key for key in self._ports if key[0] == service]:
            self._shut(self._ports.pop(key))
        self._forget_loads()

    def _forget_loads(self) -> None:
        named = {
            share.revision for routes in self._routes.values() for share in (*routes.traffic, *routes.tags.values())
        }
        for revision in [name for name, load in self._loads.items() if not load.under_way and name not in named]:
            del self._loads[revision]

    def _sweep(self) -> None:
        now = self._loop.time()
        self._pool.sweep()
        for port in self._ports.values():
            for front in list(port.fronts):
                front.check_time(now)
        self._loop.call_later(_SWEEP, self._sweep)

    async def _end(self) -> None:
        fronts = [front for port in self._ports.values() for front in port.fronts]
        for port in self._ports.values():
            self._shut(port)
        loads = [load.end() for load in self._loads.values()]
        if loads:
            await asyncio.wait([asyncio.ensure_future(end) for end in loads], timeout=_LAST_REQUESTS)
        for front in fronts:
            front.abort()
        self._pool.sweep(everything=True)
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    # A request

    async def _serve(self, port: _Port, front: Front, request: Request) -> None:
        try:
            share, headers = self._route(port, front, request)
        except RefusedError as refused:
            front.refuse(refused.refusal, request)
            return
        load = self._loads.get(share.revision)
        if load is None:
            load = self._loads[share.revision] = Load(self._loop)
        exchange = Exchange(front, request, self._pool)
        entered = False
        try:
            async with asyncio.timeout(share.timeout):
                await load.enter(share.concurrency)
                entered = True
                name = share.revision.rpartition("/")[2].encode()
                await exchange.run(share.backend, headers, [(b"x-workshop-revision", name)])
        except RefusedError as refused:
            self._give_up(front, request, exchange, refused.refusal)
        except BackendLostError:
            self._give_up(front, request, exchange, refusals.BROKEN)
        except TimeoutError:
            self._give_up(front, request, exchange, refusals.TOO_LATE if entered else refusals.NO_INSTANCE)
        except Exception:  # a fault of ours must not leave a caller without an answer
            _log.exception("The gateway of the local Cloud Run failed.")
            self._give_up(front, request, exchange, refusals.BROKEN)
        finally:
            if entered:
                load.leave()

    def _give_up(self, front: Front, request: Request, exchange: Exchange, refusal: refusals.Refusal) -> None:
        if exchange.began:
            front.abort()
        else:
            front.refuse(refusal, request)

    def _route(self, port: _Port, front: Front, request: Request) -> tuple[Share, Headers]:
        hosts = [text for name, text in request.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and not request.old) or request.method == b"CONNECT":
            raise RefusedError(refusals.BAD_REQUEST)
        if hosts and not is_loopback_host(hosts[0].decode("latin-1")):
            raise RefusedError(refusals.NO_HOST)
        routes = self._routes.get(port.service)
        if routes is None:
            raise RefusedError(refusals.NO_TRAFFIC)
        authorization = self._admit(port.service, request.headers)
        share = routes.tags.get(port.tag) if port.tag else port.split.choose(routes.traffic)
        if share is None:
            raise RefusedError(refusals.NO_TRAFFIC)
        return share, for_container(request.headers, front.caller, authorization)

    def _admit(self, service: str, headers: Headers) -> bytes | None:
        """Let the caller in or raise RefusedError. Returns what the container gets as `authorization`; None: what was sent."""
        access = self._access
        other = value(headers, b"x-serverless-authorization")  # for callers whose own header is meant for the container
        sent = other or value(headers, b"authorization")
        text = None if sent is None else sent.decode("latin-1")
        if access is None:
            raise RefusedError(refusals.NO_TOKEN)
        if text is None:
            if access.may_invoke(service, None):
                return None
            raise RefusedError(refusals.NO_TOKEN)
        try:
            email = self._authority.check_identity(text, access.audiences(service))
        except TokenError as error:
            if access.may_invoke(service, None):
                return None  # it is for the container
            raise RefusedError(refusals.bad_token(str(error))) from None
        if not access.may_invoke(service, email):
            raise RefusedError(refusals.NOT_ALLOWED)
        return None if other else without_signature(text).encode("latin-1")
