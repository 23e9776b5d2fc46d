"""`events`: what users did, on its way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui import wording
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import FILE, body_options, read_object
from segops_tui.cli.core.params import ID

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "events track",
    "segops-tui events track --set user_id=u_1 --set event_type=sale --set payload.total=49",
    "segops-tui events track event.json",
    calls=("events.track",),
)
@body_options
def track(run: Invocation, source: str | None, sets: tuple[str, ...]) -> None:
    """Record one event.

    Fields: user_id, event_type, payload and occurred_at (default now).
    """
    body = read_object(source, sets)
    missing = [name for name in ("user_id", "event_type") if not body.get(name)]
    if missing:
        raise click.UsageError(f"An event needs {wording.listed(missing)}: --set {missing[0]}=…")
    body = {**body, "user_id": str(body["user_id"])}
    taken = run.client.events.track(**body)
    if run.out.is_table:
        run.out.line(f"queued {wording.plural(taken.queued, 'event')}")
    else:
        run.out.data(taken.raw)


@COMMANDS.command(
    "events batch",
    "segops-tui events batch events.ndjson",
    "zcat events.ndjson.gz | segops-tui events batch -",
    calls=("events.batch",),
)
@click.argument("source", metavar="FILE|-", type=FILE)
def batch(run: Invocation, source: str) -> None:
    """Record many events, from JSON or NDJSON, 500 at a time.

    The server skips and counts invalid events. The API does not deduplicate: sending a file
    twice records it twice.
    """
    from segops_tui.api.errors import SegOpsError
    from segops_tui.api.resources.events import BATCH_LIMIT
    from segops_tui.cli.core.input import read_objects

    sent = queued = skipped = 0
    try:
        for chunk in read_objects(source, "events", size=BATCH_LIMIT):
            taken = run.client.events.batch(chunk)
            sent += len(chunk)
            queued, skipped = queued + taken.queued, skipped + taken.skipped
            run.talk.passing(f"sent {wording.count(sent)} events")
    except (SegOpsError, click.UsageError, KeyboardInterrupt):
        if sent:
            run.talk.warn(f"Stopped after {wording.plural(sent, 'event')}, which were recorded.")
        raise
    if run.out.is_table:
        run.out.line(f"queued {wording.plural(queued, 'event')}, skipped {wording.count(skipped)}")
    else:
        run.out.data({"queued": queued, "skipped": skipped})


@COMMANDS.command(
    "events shopify",
    "segops-tui events shopify northwind --topic orders/create --secret-env SHOP_SECRET order.json",
    calls=("events.shopify",),
)
@click.argument("tenant_slug", metavar="WORKSPACE", type=ID)
@click.option(
    "--topic", required=True, metavar="TOPIC", help="Shopify topic, such as orders/create."
)
@click.option(
    "--secret-env",
    required=True,
    metavar="NAME",
    help="Environment variable holding the shop's secret.",
)
@click.argument("source", metavar="FILE|-", type=FILE)
def shopify(run: Invocation, tenant_slug: str, topic: str, secret_env: str, source: str) -> None:
    """Send a Shopify webhook for a topic, signed like Shopify's.

    FILE holds the order, customer or checkout as Shopify writes it.
    """
    secret = run.environ.get(secret_env, "")
    if not secret:
        raise click.UsageError(f"The environment variable {secret_env} is not set.")
    payload = read_object(source)
    taken = run.client.events.shopify(tenant_slug, topic=topic, payload=payload, secret=secret)
    if run.out.is_table:
        run.out.line(f"queued {wording.plural(taken.queued, 'event')}")
    else:
        run.out.data(taken.raw)
