"""Opens a client for a profile: the only module that knows every way to connect.

Knows profiles, both clients and the sandbox's doors; decides nothing about any noun.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.exchange import Policy
from segops_tui.client.guard import DryRun, Guard, Lock, ReadOnly
from segops_tui.client.pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.client.pipeline import Trace
    from segops_tui.config.paths import Paths
    from segops_tui.config.profiles import Profile
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.sandbox.core.app import Sandbox
    from segops_tui.sandbox.seeding.seed import Scale


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked of every call."""

    read_only: bool = False
    dry_run: bool = False
    unlocked: bool = False
    """A production profile may be changed: its name and `--yes` were both given."""
    lock: Lock | None = None
    """What keeps a production profile from being changed until a person unlocks it; whoever
    shows it makes it with `production_lock`. None: it stays locked."""
    timeout: float = 30.0
    max_retries: int = 3
    trace: Callable[[Trace], None] | None = None
    on_prepare: Callable[[], None] | None = None
    """Told before the sandbox is filled for the first time, which takes a second or two."""


def open_client(
    profile: Profile, paths: Paths, environ: Mapping[str, str], options: Options | None = None
) -> SegOpsAdmin:
    """A blocking client for a profile. Loads httpx only for a remote one.

    Raises:
        SegOpsConfigError: no key, the wrong kind of key, or an address that is refused.
    """
    from segops_tui.client.blocking import SegOpsAdmin

    options = options or Options()
    pipeline = _pipeline(profile, options)
    if profile.is_sandbox:
        from segops_tui.sandbox.core.in_process import InProcess

        sandbox = open_sandbox(paths, on_prepare=options.on_prepare)
        return SegOpsAdmin(transport=InProcess(sandbox), pipeline=pipeline)
    return SegOpsAdmin(profile.key(environ), base_url=profile.api_url, pipeline=pipeline)


def open_async_client(
    profile: Profile, paths: Paths, environ: Mapping[str, str], options: Options | None = None
) -> AsyncSegOpsAdmin:
    """An async client for a profile.

    Raises:
        SegOpsConfigError: no key, the wrong kind of key, or an address that is refused.
    """
    from segops_tui.client.aio import AsyncSegOpsAdmin

    options = options or Options()
    pipeline = _pipeline(profile, options)
    if profile.is_sandbox:
        from segops_tui.sandbox.core.in_process import AsyncInProcess

        sandbox = open_sandbox(paths, on_prepare=options.on_prepare)
        return AsyncSegOpsAdmin(transport=AsyncInProcess(sandbox), pipeline=pipeline)
    return AsyncSegOpsAdmin(profile.key(environ), base_url=profile.api_url, pipeline=pipeline)


def open_sandbox(paths: Paths, *, on_prepare: Callable[[], None] | None = None) -> Sandbox:
    """The embedded sandbox, made and filled at its first use.

    Raises:
        SegOpsConfigError: its folder cannot be written, or a newer version made it.
    """
    from segops_tui.sandbox.core.app import Sandbox

    file = paths.sandbox_file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        sandbox = Sandbox(file)
        if not sandbox.is_seeded:
            if on_prepare is not None:
                on_prepare()
            # The seeder is 30 ms of Python that a filled sandbox does not owe.
            from segops_tui.sandbox.seeding.seed import seed

            seed(sandbox.store.connection(), now=sandbox.clock())
    except OSError as error:
        raise SegOpsConfigError(
            f"Cannot open the sandbox at {file}: {error.strerror or error}.",
            hint="Set SEGOPS_TUI_HOME to a folder that can be written.",
        ) from error
    except ValueError as error:
        raise SegOpsConfigError(
            f"The sandbox at {file} was {error}.",
            hint="Update segops-tui, or start over with: segops-tui sandbox reset",
        ) from error
    return sandbox


def reset_sandbox(paths: Paths, *, scale: Scale = "small", number: int = 1) -> None:
    """Make a new sandbox and put it in the old one's place, once it is whole.

    Raises:
        SegOpsConfigError: its folder cannot be written.
    """
    import shutil

    from segops_tui.sandbox.core.app import Sandbox
    from segops_tui.sandbox.seeding.seed import seed

    file = paths.sandbox_file
    fresh = file.with_name(f"new-{os.getpid()}.db")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with Sandbox(fresh) as sandbox:
            seed(sandbox.store.connection(), number=number, scale=scale, now=sandbox.clock())
            beside = sandbox.store.folder
        for old in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm"))):
            old.unlink(missing_ok=True)
        shutil.rmtree(file.with_name(f"{file.stem}.files"), ignore_errors=True)
        fresh.replace(file)
        if beside.is_dir():
            beside.replace(file.with_name(f"{file.stem}.files"))
    except OSError as error:
        raise SegOpsConfigError(
            f"Cannot renew the sandbox at {file}: {error.strerror or error}.",
            hint="Set SEGOPS_TUI_HOME to a folder that can be written.",
        ) from error
    finally:
        for scrap in file.parent.glob(f"{fresh.name}*"):
            scrap.unlink(missing_ok=True)


def open_ledger(paths: Paths) -> Ledger:
    """The record of every job started from this machine.

    Raises:
        SegOpsConfigError: its folder cannot be written.
    """
    from segops_tui.jobs.engine.ledger import Ledger

    try:
        paths.ledger_file.parent.mkdir(parents=True, exist_ok=True)
        return Ledger(paths.ledger_file)
    except OSError as error:
        raise SegOpsConfigError(
            f"Cannot open the job ledger at {paths.ledger_file}: {error.strerror or error}.",
            hint="Set SEGOPS_TUI_HOME to a folder that can be written.",
        ) from error


def _pipeline(profile: Profile, options: Options) -> Pipeline:
    policy = Policy(max_retries=options.max_retries, timeout=options.timeout)
    return Pipeline(policy, guard=_guard(profile, options), trace=options.trace)


def production_lock(profile: Profile) -> Lock | None:
    """A lock for a profile that is guarded as production, for `Options`; None for any other."""
    if profile.guard != "production":
        return None
    return Lock(
        f"The profile {profile.name!r} is guarded as production",
        hint=f"To change it: --profile {profile.name} --yes",
    )


def _guard(profile: Profile, options: Options) -> Guard | None:
    if options.dry_run:
        return DryRun()
    if options.read_only:
        return ReadOnly("--read-only")
    if profile.guard == "none" or (profile.guard == "production" and options.unlocked):
        return None
    if profile.guard == "production":
        return options.lock or production_lock(profile)
    # "read-only", and any word a hand-made profile may have: what is not known is not trusted.
    return ReadOnly(f"The profile {profile.name!r} is {profile.guard}")
