"""`sandbox`: the local SegOps that ships with this program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.input import FILE

if TYPE_CHECKING:
    from collections.abc import Callable

    from segops_tui.cli.core.context import Invocation
    from segops_tui.sandbox.server.fault_injection import InjectedFaults

COMMANDS: Final = Commands()

_KEY: Final = "SEGOPS_SANDBOX_KEY"
"""Where `serve` finds its key when none is given."""


def _read_by(parse: Callable[[str], Any]) -> Callable[..., Any]:
    def read(context: click.Context, option: click.Parameter, value: str | None) -> Any:
        try:
            return None if value is None else parse(value)
        except ValueError as error:
            raise click.BadParameter(str(error), context, option) from error

    return read


def _latency(text: str) -> Any:
    from segops_tui.sandbox.server.fault_injection import parse_latency

    return parse_latency(text)


def _failures(text: str) -> Any:
    from segops_tui.sandbox.server.fault_injection import parse_failures

    return parse_failures(text)


def _speed(text: str) -> Any:
    from segops_tui.sandbox.server.fault_injection import parse_speed

    return parse_speed(text)


def _rate(text: str) -> Any:
    from segops_tui.sandbox.server.fault_injection import parse_rate

    return parse_rate(text)


@COMMANDS.command(
    "sandbox serve",
    "segops-tui sandbox serve",
    "segops-tui sandbox serve --port 8000 --key sk_test_local",
    "segops-tui sandbox serve --public-key pk_test_local --origin http://localhost:3000",
    "segops-tui sandbox serve --latency 80ms --fail 429=5%,500=2%,drop=1% --rate-limit 60/min",
    writes="the sandbox",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    metavar="N",
    help="Port to listen on (default 8000); 0 picks a free one.",
)
@click.option(
    "--key",
    metavar="sk_…",
    help=f"Key clients must send (default ${_KEY}, else generated). For this sandbox only.",
)
@click.option(
    "--public-key",
    metavar="pk_…",
    help="Public key with which browsers and apps may start sessions.",
)
@click.option(
    "--origin",
    "origins",
    metavar="URL",
    multiple=True,
    help="Web page origin that may use the public key; https://*.example.com for subdomains.",
)
@click.option(
    "--hmac-secret",
    metavar="HEX",
    help="Require sessions to sign the user id with this secret.",
)
@click.option("--latency", metavar="80ms", callback=_read_by(_latency), help="Added latency.")
@click.option(
    "--fail", metavar="429=5%,drop=1%", callback=_read_by(_failures), help="Failure rates."
)
@click.option(
    "--rate-limit", metavar="60/min", callback=_read_by(_rate), help="Requests allowed per minute."
)
@click.option(
    "--speed", metavar="10x", callback=_read_by(_speed), help="Speed up long-running work."
)
@click.option(
    "--no-replay", is_flag=True, help="Ignore Idempotency-Key, as the vendor's server does today."
)
def serve(
    run: Invocation,
    port: int,
    key: str | None,
    public_key: str | None,
    origins: tuple[str, ...],
    hmac_secret: str | None,
    latency: Any,
    fail: Any,
    rate_limit: Any,
    speed: Any,
    no_replay: bool,
) -> None:
    """Serve the sandbox over HTTP on this machine, for any client.

    Prints the environment variables to set, then serves until Ctrl-C. The workspace is the same
    one that commands without a profile use. To log in as a user (POST /api/auth/token/), send any
    e-mail address, and the key as the password.
    """
    from segops_tui.sandbox.server.fault_injection import InjectedFaults
    from segops_tui.sandbox.server.serve import serve as listen

    secret, is_secret = _chosen_key(run, key)
    public_keys = _public_keys(public_key, origins, hmac_secret)
    sandbox = run.sandbox()
    sandbox.keys = frozenset({secret})
    sandbox.public_keys = public_keys
    sandbox.pace = 1.0 / (speed or 1.0)
    sandbox.honours_idempotency = not no_replay
    faults = InjectedFaults(latency or 0.0, fail or (), rate_limit)

    def ready(address: str) -> None:
        shown = f'"${_KEY}"' if is_secret else secret
        run.out.line(f"export SEGOPS_API_URL={address}")
        run.out.line(f"export SEGOPS_API_KEY={shown}")
        if public_key is not None:
            run.out.line(f"export SEGOPS_PUBLIC_KEY={public_key}")
        run.out.flush()
        injected = "" if faults.is_empty else ", with fault injection"
        run.talk.note(f"serving the sandbox at {address}{injected}; Ctrl-C stops it")

    listen(_with_faults(sandbox, faults), port=port, on_ready=ready)
    run.talk.interrupted("Stopped. The sandbox keeps all changes.")


def _chosen_key(run: Invocation, given: str | None) -> tuple[str, bool]:
    """The key, and whether it came from the environment and is not to be shown."""
    from segops_tui.api.keys import require_secret_key

    kept = run.environ.get(_KEY)
    if given or kept:
        require_secret_key(given or kept or "")
        return (given, False) if given else (kept or "", True)
    import secrets

    return f"sk_test_{secrets.token_hex(12)}", False


def _public_keys(key: str | None, origins: tuple[str, ...], hmac_secret: str | None) -> Any:
    from segops_tui.sandbox.core.admission import PublicKey, is_origin, key_mark

    if key is None:
        if origins or hmac_secret:
            raise click.UsageError("--origin and --hmac-secret need --public-key.")
        return ()
    if not re.fullmatch(r"pk_[!-~]+", key):
        raise click.BadParameter("a public key starts with pk_.", param_hint="'--public-key'")
    for origin in origins:
        if not is_origin(origin):
            raise click.BadParameter(
                f"{origin!r} is not an origin; write https://shop.example.com, without a path.",
                param_hint="'--origin'",
            )
    if hmac_secret is not None and not re.fullmatch(r"([0-9a-fA-F]{2})+", hmac_secret):
        raise click.BadParameter("write it as pairs of hex digits.", param_hint="'--hmac-secret'")
    return (PublicKey(key_mark(key), origins, hmac_secret or ""),)


def _with_faults(sandbox: Any, faults: InjectedFaults) -> Any:
    from segops_tui.sandbox.server.fault_injection import FaultInjector

    return sandbox if faults.is_empty else FaultInjector(sandbox, faults)


@COMMANDS.command(
    "sandbox reset",
    "segops-tui sandbox reset",
    "segops-tui sandbox reset --scale medium --seed 7",
    writes="the sandbox",
)
@click.option(
    "--scale",
    type=click.Choice(["small", "medium", "large"]),
    default="small",
    help="Size of the sample data (default small: 5,000 users).",
)
@click.option("--seed", type=int, default=1, metavar="N", help="Seed of the sample data.")
def reset(run: Invocation, scale: Any, seed: int) -> int:
    """Delete the sandbox's data and create it again."""
    from segops_tui.session import reset_sandbox

    file = run.paths.sandbox_file
    if run.is_only_shown(f"delete the sandbox at {file} and all its data"):
        return 0
    if file.exists() and not run.confirm(f"Delete the sandbox at {file} and all its data?"):
        return run.declined("the sandbox was not changed")
    run.talk.note(f"filling a {scale} sandbox …")
    reset_sandbox(run.paths, scale=scale, number=seed)
    _tell(run)
    return 0


@COMMANDS.command("sandbox info", "segops-tui sandbox info", "segops-tui sandbox info -o json")
def info(run: Invocation) -> None:
    """Show the sandbox's file and contents."""
    _tell(run)


@COMMANDS.command(
    "sandbox openapi",
    "segops-tui sandbox openapi > openapi.json",
    "segops-tui sandbox openapi -o yaml",
)
def openapi(run: Invocation) -> None:
    """Print the OpenAPI description of the sandbox's API.

    A served sandbox has it at /api/openapi.json too.
    """
    from segops_tui.sandbox.openapi.document import document

    run.out.data(document())


def _tell(run: Invocation) -> None:
    sandbox = run.sandbox()
    file = run.paths.sandbox_file
    connection = sandbox.store.connection()
    tables = ("segments", "product_segments", "products", "users", "events")
    counts = {name: _count(connection, name) for name in tables}
    size = file.stat().st_size
    if not run.out.is_table:
        run.out.data({"path": str(file), "bytes": size, **counts})
        return
    said = {name.replace("_", " ").capitalize(): wording.count(n) for name, n in counts.items()}
    run.out.facts({"File": f"{file} ({wording.size(size)})", **said})


def _count(connection: Any, table: str) -> int | None:
    import sqlite3

    try:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    except sqlite3.OperationalError:
        return None


@COMMANDS.command(
    "sandbox sample",
    "segops-tui sandbox sample catalogue.csv",
    "segops-tui sandbox sample -",
    writes="a file",
)
@click.argument("to", metavar="[FILE|-]", type=FILE, default="sample-catalogue.csv")
@click.option("--force", is_flag=True, help="Overwrite FILE if it exists.")
def sample(run: Invocation, to: str, force: bool) -> None:
    """Write the sample catalogue, a CSV file to import."""
    from segops_tui.sandbox.seeding.sample import sample_csv

    octets = sample_csv()
    if to == "-":
        run.out.octets(octets)
        return
    if run.is_only_shown(f"write {to}"):
        return
    try:
        with Path(to).open("wb" if force else "xb") as file:
            file.write(octets)
    except FileExistsError as error:
        raise click.UsageError(f"{to} exists; --force overwrites it.") from error
    rows = wording.plural(octets.count(b"\n") - 1, "row")
    run.out.line(f"{to}: {rows}, {wording.size(len(octets))}")
    run.talk.note(f"import it: segops-tui products import {to}")
