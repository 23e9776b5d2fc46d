"""Serve a sandbox over HTTP to any client on this machine."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import uvicorn

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.sandbox.core.errors import PortInUse
from segops_tui.sandbox.server.asgi import asgi_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from segops_tui.sandbox.core.calls import Answering
    from segops_tui.sandbox.server.asgi import Application

__all__ = ["asgi_app", "serve", "serving", "serving_app"]

IDLE_TICK: Final = 0.2
"""Seconds between two ticks while no work is due."""
BUSY_TICK: Final = 0.02
"""Seconds between two ticks while work remains."""
_GRACE: Final = 3
"""Seconds that calls in progress have to finish when the server stops."""
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
logger = logging.getLogger(__name__)


def serve(
    sandbox: Answering,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted; `on_ready` receives the base address, `http://…/api`.

    Returns normally on Ctrl-C and on SIGTERM. The sandbox stays open.

    Raises:
        PortInUse: another program listens there.
        SegOpsConfigError: the host or port is not available.
    """
    listener = _listen(host, port)
    app = asgi_app(sandbox, host)
    server = _Server(app, on_ready=lambda: on_ready(_address(listener)) if on_ready else None)
    try:
        with _ticking(sandbox), suppress(KeyboardInterrupt):
            server.run(sockets=[listener])
    finally:
        listener.close()
        app.close()


@contextmanager
def serving(sandbox: Answering, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in the background while the block runs; yields the base address.

    Raises:
        PortInUse: another program listens there.
    """
    app = asgi_app(sandbox, host)
    try:
        with _ticking(sandbox), serving_app(app, host=host, port=port) as address:
            yield address
    finally:
        app.close()


@contextmanager
def serving_app(app: Application, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve any application in the background, without a ticker, and leave it open.

    Raises:
        PortInUse: another program listens there.
    """
    listener = _listen(host, port)
    is_ready = threading.Event()
    server = _Server(app, on_ready=is_ready.set)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name="sandbox-server", daemon=True
    )
    thread.start()
    try:
        is_ready.wait()
        yield _address(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Server(uvicorn.Server):
    """uvicorn's server, with a callback when ready and a normal return on a signal."""

    def __init__(self, app: Application, *, on_ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=_GRACE,
            )
        )
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then call `on_ready`."""
        await super().startup(sockets=sockets)
        self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on Ctrl-C and SIGTERM; uvicorn would raise them again afterwards."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def _ticking(sandbox: Answering) -> Iterator[None]:
    """Advance due work in the background, so that jobs finish without any request."""
    is_over = threading.Event()

    def tick() -> None:
        pause = IDLE_TICK
        while not is_over.wait(pause):
            try:
                pause = BUSY_TICK if sandbox.tick() else IDLE_TICK
            except Exception:
                logger.exception("advancing due work failed")
                pause = IDLE_TICK

    thread = threading.Thread(target=tick, name="sandbox-ticker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is named: without it, every answer waits
    # 40 ms for the client's delayed acknowledgement of its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} on {host} is in use by another program.",
                hint="Choose another with --port, or --port 0 for any free one.",
            ) from error
        raise SegOpsConfigError(
            f"Cannot listen on {host}:{port}: {error}.", hint="Choose another --host or --port."
        ) from error
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/api"
