"""One process that serves the UI, and the pages beside it, until it is stopped."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from assets.settings import Settings
from assets.web.hosts import allowed_host_names
from assets.web.processes import CODE_SERVER, DAEMON, Children, children

# Maximum wait for the web sockets of open tabs.
GRACE_SECONDS = 3
# uvicorn's variable and default: the proxies that are trusted.
PROXIES, OWN_MACHINE = "FORWARDED_ALLOW_IPS", "127.0.0.1,::1"


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where to listen, and for which hosts."""

    host: str
    listener: socket.socket
    pages: socket.socket | None


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Do nothing: this process has its own handlers, for several servers and the children."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises OSError if the address is not available."""
    (family, _, _, _, address), *_ = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    return socket.create_server(address[:2], family=family, backlog=2048)


def run(
    settings: Settings,
    environment: Mapping[str, str],
    address: ListenAddress,
    *,
    with_daemon: bool,
    up: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM. Calls `up` once the UI answers. Raises ChildEnded if a child ends, after ending
    the others."""
    hosts, proxies = allowed_host_names(address.host, settings.allowed_hosts), environment.get(PROXIES) or OWN_MACHINE
    names = (CODE_SERVER, DAEMON) if with_daemon else (CODE_SERVER,)
    with _interrupts() as stop, children(environment, names) as family:
        # Imported while the children start.
        from dagster._utils.log import configure_loggers

        from assets.runs.instance import open_instance
        from assets.web.app import ui
        from assets.web.pages import pages

        configure_loggers(log_level="WARNING")
        family.wait_for_code_server()
        with open_instance(settings.warehouse) as instance, ui(instance, family.workspace, hosts, proxies) as app:
            served = [(app, address.listener)]
            if address.pages is not None:
                served.append((pages(settings.warehouse, hosts, proxies), address.pages))
            asyncio.run(_serve(served, family, stop, up))


async def _serve(
    served: Sequence[tuple[ASGIApp, socket.socket]], family: Children, stop: Callable[[], bool], up: Callable[[], None]
) -> None:
    servers = [_server(app) for app, _ in served]
    tasks = [asyncio.create_task(server.serve([at])) for server, (_, at) in zip(servers, served, strict=True)]
    announced = False
    try:
        while not stop() and not any(task.done() for task in tasks):
            family.check()
            if not announced and all(server.started for server in servers):
                up()
                announced = True
            await asyncio.sleep(0.1)
    finally:
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*tasks)


def _server(app: ASGIApp) -> _Server:
    # The guard reads the proxy's headers itself (guard.Forwarded).
    return _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


@contextmanager
def _interrupts() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns whether SIGINT or SIGTERM has arrived. Before the UI serves, either raises
    KeyboardInterrupt; while the children end, neither has an effect."""
    asked = serving = False

    def stop() -> bool:
        nonlocal serving
        serving = True
        return asked

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        first, asked = not asked, True
        if first and not serving:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
