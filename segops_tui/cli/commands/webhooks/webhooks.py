"""`webhooks`: URLs called after every recompute, and their signatures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.cli.core.input import FILE
from segops_tui.nouns.webhooks import WEBHOOKS

if TYPE_CHECKING:
    from segops_tui.api.resources.webhooks import Webhook
    from segops_tui.cli.core.context import Invocation

FACTS: Final[Facts[Webhook]] = Facts(
    group="webhooks",
    noun=WEBHOOKS,
    space=lambda client: client.webhooks,
    example="--set url=https://hooks.example.com/segops --set description=Loader",
    required=("url",),
    change="--set is_active=false",
    replaces=False,
)

COMMANDS: Final = shared_verbs(FACTS)


SECRET: Final = click.option(
    "--secret-env",
    required=True,
    metavar="NAME",
    help="Environment variable holding the webhook's secret.",
)


def secret_from(run: Invocation, name: str) -> str:
    """The secret an environment variable holds.

    Raises:
        click.UsageError: it is not set, or empty.
    """
    secret = run.environ.get(name, "")
    if not secret:
        raise click.UsageError(f"The environment variable {name} is not set.")
    return secret


def octets_of(source: str) -> bytes:
    """A file, or standard input for `-`, byte for byte.

    Raises:
        OSError: it cannot be read.
    """
    return sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()


@COMMANDS.command(
    "webhooks verify",
    "segops-tui webhooks verify --secret-env HOOK_SECRET --signature sha256=… body.json",
    'segops-tui webhooks verify --secret-env HOOK_SECRET --signature "$SIGNATURE" - < body.json',
)
@SECRET
@click.option(
    "--signature", required=True, metavar="TEXT", help="The X-SegOps-Signature header's value."
)
@click.argument("source", metavar="FILE|-", type=FILE)
def verify(run: Invocation, secret_env: str, signature: str, source: str) -> int:
    """Verify a delivery's signature: exit 0 if valid, else 1.

    FILE is the raw body, byte for byte; parsing and rewriting a body changes its signature.
    """
    from segops_tui.api.webhook import verify_webhook

    is_good = verify_webhook(octets_of(source), signature, secret_from(run, secret_env))
    if not run.out.is_table:
        run.out.data({"valid": is_good})
    else:
        run.out.line("✓ signed with this secret" if is_good else "✗ not signed with this secret")
    return int(ExitCode.OK if is_good else ExitCode.REFUSED)


@COMMANDS.command(
    "webhooks sign",
    "segops-tui webhooks sign --secret-env HOOK_SECRET body.json",
    "segops-tui webhooks sign --secret-env HOOK_SECRET -o json",
)
@SECRET
@click.argument("source", metavar="[FILE|-]", required=False, type=FILE)
def sign(run: Invocation, secret_env: str, source: str | None) -> None:
    """Sign a body, or generate a signed test payload.

    Prints the header to send and, without FILE, the generated body. `-o name` prints only the
    signature.
    """
    from segops_tui.api.webhook import HEADER, sign_webhook

    secret = secret_from(run, secret_env)
    body = _test_payload(run) if source is None else octets_of(source)
    signature = sign_webhook(body, secret)
    if run.options.output == "name":
        run.out.line(signature)
    elif not run.out.is_table:
        text = body.decode("utf-8", "replace")
        run.out.data({"headers": {HEADER: signature}, "body": text})
    else:
        run.out.line(f"{HEADER}: {signature}")
        if source is None:
            run.out.line("")
            run.out.line(body.decode())


def _test_payload(run: Invocation) -> bytes:
    import json

    from segops_tui import wording

    payload = {
        "event": "segment.recomputed",
        "tenant_slug": "example",
        "segment_id": 42,
        "segment_name": "High LTV Buyers",
        "member_count": 1842,
        "computed_at": wording.iso(run.now()),
    }
    return json.dumps(payload, ensure_ascii=False).encode()
