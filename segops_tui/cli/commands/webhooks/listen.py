"""`webhooks listen` and `webhooks deliveries`: deliveries received on this machine."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.group import Commands
from segops_tui.nouns.webhooks import DELIVERIES

if TYPE_CHECKING:
    from segops_tui.api.record import Record
    from segops_tui.cli.commands.webhooks.inbox import Delivery, Inbox
    from segops_tui.cli.commands.webhooks.relay import Forwarder, WebhookReceiver
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()

_FORMS: Final = ("table", "ndjson", "json", "name")
_GRACE: Final = 15.0
"""Seconds that what has begun to be forwarded gets at the end."""


class NoDelivery(click.ClickException):
    """There is no such delivery: exit code 5, like any object that is not found."""

    exit_code = 5


@COMMANDS.command(
    "webhooks listen",
    "segops-tui webhooks listen --port 9000 --secret-env HOOK_SECRET",
    "segops-tui webhooks listen --forward-to http://127.0.0.1:3000/hooks -o ndjson",
    "segops-tui webhooks listen --replay last --forward-to http://127.0.0.1:3000/hooks",
    writes="the received deliveries",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9000,
    metavar="N",
    help="Local port to listen on (default 9000); 0 picks a free one.",
)
@click.option(
    "--forward-to",
    metavar="URL",
    help="Forward valid deliveries to URL: https, or http on this machine.",
)
@click.option(
    "--secret-env",
    metavar="NAME",
    help="Environment variable holding the webhook's secret; without it nothing is verified.",
)
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Stop after N deliveries.")
@click.option(
    "--replay", metavar="ID|last", help="Forward a stored delivery again instead of listening."
)
def listen(
    run: Invocation,
    port: int,
    forward_to: str | None,
    secret_env: str | None,
    count: int | None,
    replay: str | None,
) -> int:
    """Receive deliveries on this machine: verify, store, show, forward.

    Each delivery is stored before it is answered, so none is lost. One with an invalid signature
    is stored, answered with 401, and not forwarded.
    """
    from segops_tui.cli.commands.webhooks.inbox import Inbox
    from segops_tui.cli.commands.webhooks.webhooks import secret_from

    if run.options.output not in _FORMS:
        raise click.UsageError(f"Deliveries are printed as {wording.listed([*_FORMS])}.")
    url = _checked(forward_to)
    secret = None if secret_env is None else secret_from(run, secret_env)
    with Inbox(run.paths.state / "webhooks.db") as inbox:
        if replay is not None:
            return _replay(run, inbox, replay, url)
        return _Listening(run, inbox, url, count).serve(port, secret)


def _checked(url: str | None) -> str:
    from segops_tui.api.address import checked_address
    from segops_tui.api.errors import SegOpsConfigError

    if url is None:
        return ""
    try:
        return checked_address(url)
    except SegOpsConfigError as error:
        raise click.UsageError(
            f"--forward-to takes https, or http on this machine, not {url!r}."
        ) from error


def _replay(run: Invocation, inbox: Inbox, which: str, url: str) -> int:
    from segops_tui.cli.commands.webhooks.relay import Forwarder

    if not url:
        raise click.UsageError("--replay needs --forward-to URL.")
    try:
        delivery = inbox.last() if which == "last" else inbox.get(int(which))
    except (KeyError, ValueError) as error:
        raise NoDelivery(
            f"There is no delivery {which!r}. See: segops-tui webhooks deliveries"
        ) from error
    words, is_done = Forwarder(url, inbox, lambda *_: None).send(delivery)
    _tell_forwarded(run, delivery, words, is_done)
    forwarded: list[Record] = [inbox.get(delivery.number)]
    run.out.listing(forwarded, DELIVERIES)
    return int(ExitCode.OK if is_done else ExitCode.NETWORK)


def _tell_forwarded(run: Invocation, delivery: Delivery, words: str, is_done: bool) -> None:
    if is_done:
        run.talk.line(f"✓ {delivery.number} forwarded: {words}")
    else:
        run.talk.warn(
            f"✗ {delivery.number} was not forwarded: {words}. Retry: segops-tui webhooks listen"
            f" --replay {delivery.number} --forward-to URL"
        )


class _Listening:
    """One run of `listen`: who is told of what, and when it ends."""

    def __init__(self, run: Invocation, inbox: Inbox, url: str, count: int | None) -> None:
        self._run, self._inbox, self._url, self._count = run, inbox, url, count
        self._guard, self._over = threading.Lock(), threading.Event()
        self._seen: list[Delivery] = []
        self._number, self._is_unread = 0, False
        self._forwarder: Forwarder | None = None

    def serve(self, port: int, secret: str | None) -> int:
        """Receive until Ctrl-C, or until there were enough."""
        receiver = self._opened(port, secret)
        # A daemon: Ctrl-C may come at any moment, also before anything could end it.
        thread = threading.Thread(
            target=receiver.serve_forever, args=(0.05,), name="receiver", daemon=True
        )
        try:
            self._begin_forwarding()
            thread.start()
            self._run.talk.note(f"listening at {receiver.address}; Ctrl-C stops it")
            self._over.wait()
        except KeyboardInterrupt:
            self._run.talk.interrupted("Stopped. List deliveries: segops-tui webhooks deliveries")
        finally:
            if thread.is_alive():
                receiver.shutdown()
                thread.join()
            receiver.server_close()
            self._end_forwarding()
        if self._run.options.output == "json":
            self._run.out.data([self._inbox.get(d.number).raw for d in self._seen])
        return int(ExitCode.OK)

    def _opened(self, port: int, secret: str | None) -> WebhookReceiver:
        from segops_tui.cli.commands.webhooks.relay import WebhookReceiver

        now = self._run.now
        try:
            return WebhookReceiver(
                port,
                self._inbox,
                secret=secret,
                forward_to=self._url,
                now=lambda: wording.iso(now()),
                arrived=self._arrived,
                failed=self._run.talk.warn,
            )
        except OSError as error:
            raise click.UsageError(
                f"Port {port} cannot be opened: {error.strerror or error}."
                " --port 0 picks a free one."
            ) from error

    def _begin_forwarding(self) -> None:
        from segops_tui.cli.commands.webhooks.relay import Forwarder

        if not self._url:
            return

        def told(delivery: Delivery, words: str, is_done: bool) -> None:
            _tell_forwarded(self._run, delivery, words, is_done)

        self._forwarder = Forwarder(self._url, self._inbox, told)
        left = self._forwarder.start()
        if left:
            self._run.talk.note(f"{wording.plural(left, 'delivery', 'deliveries')} left to forward")

    def _end_forwarding(self) -> None:
        if self._forwarder is None:
            return
        if self._over.is_set():
            self._forwarder.finish(wait=_GRACE)
        else:
            self._forwarder.close(wait=_GRACE)

    def _arrived(self, delivery: Delivery) -> None:
        if self._forwarder is not None and delivery.raw["forward_to"]:
            self._forwarder.add(delivery)
        with self._guard:
            self._number += 1
            if self._run.options.output == "json":
                self._seen.append(delivery)
            elif not self._is_unread:
                self._show(delivery)
            if self._number == self._count:
                self._over.set()

    def _show(self, delivery: Record) -> None:
        try:
            self._run.out.row(delivery, DELIVERIES)
            self._run.out.flush()
        except BrokenPipeError:
            # The reader closed stdout; deliveries are still stored and forwarded.
            self._is_unread = True


@COMMANDS.command(
    "webhooks deliveries",
    "segops-tui webhooks deliveries",
    "segops-tui webhooks deliveries --jq '.[0].payload'",
    noun=DELIVERIES,
    lists=True,
)
def deliveries(run: Invocation) -> None:
    """List deliveries received on this machine."""
    from segops_tui.cli.commands.webhooks.inbox import Inbox
    from segops_tui.cli.core.lists import one_more, write_rows

    file = run.paths.state / "webhooks.db"
    rows: list[Any] = []
    few = one_more(run)
    if file.exists():
        with Inbox(file) as inbox:
            rows = inbox.newest(-1 if few is None else few)
    write_rows(run, rows, DELIVERIES, is_complete=few is None)
