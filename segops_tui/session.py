"""Open clients, the sandbox and the job ledger for a profile."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.exchange import Policy
from segops_tui.client.guard import DryRunGuard, Guard, Lock, ReadOnly
from segops_tui.client.pipeline import Pipeline
from segops_tui.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from segops_tui.client.aio import AsyncSegOpsAdmin
    from segops_tui.client.blocking import SegOpsAdmin
    from segops_tui.client.pipeline import Trace
    from segops_tui.config.paths import Paths
    from segops_tui.config.profiles import Profile
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.sandbox.core.app import Sandbox
    from segops_tui.sandbox.seeding.seed import Scale


class Options(NamedTuple):
    """Options that apply to every call of a client."""

    read_only: bool = False
    dry_run: bool = False
    unlocked: bool = False
    """Whether a production profile may be changed: the user gave both its name and `--yes`."""
    lock: Lock | None = None
    """The lock of a production profile, for a caller that shows and unlocks it; made with
    `production_lock`. None: the profile stays locked."""
    timeout: float = 30.0
    max_retries: int = 3
    trace: Callable[[Trace], None] | None = None
    on_prepare: Callable[[], None] | None = None
    """Called before the sandbox is filled for the first time, which takes a second or two."""


def open_client(
    profile: Profile, paths: Paths, environ: Mapping[str, str], options: Options | None = None
) -> SegOpsAdmin:
    """Open a blocking client for a profile. Loads httpx for a remote one only.

    Raises:
        SegOpsConfigError: the key is missing or of the wrong kind, or the URL is refused.
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
    """Open an async client for a profile.

    Raises:
        SegOpsConfigError: the key is missing or of the wrong kind, or the URL is refused.
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
    """Open the embedded sandbox; it is created and filled at its first use.

    Raises:
        SegOpsConfigError: its folder is not writable, the disk is full, or a newer version created
            it.
    """
    import sqlite3

    from segops_tui.sandbox.core.app import Sandbox

    file = paths.sandbox_file
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        sandbox = Sandbox(file)
        if not sandbox.is_seeded:
            if on_prepare is not None:
                on_prepare()
            # 30 ms that a filled sandbox does not need.
            from segops_tui.sandbox.seeding.seed import seed

            seed(sandbox.store.connection(), now=sandbox.clock())
    except (OSError, sqlite3.Error) as error:
        raise SegOpsConfigError(
            f"Cannot open the sandbox at {file}: {getattr(error, 'strerror', None) or error}.",
            hint="Free some disk space, or set SEGOPS_TUI_HOME to a writable folder.",
        ) from error
    except ValueError as error:
        raise SegOpsConfigError(
            f"The sandbox at {file} was {error}.",
            hint="Update segops-tui, or create a new sandbox: segops-tui sandbox reset",
        ) from error
    return sandbox


def reset_sandbox(paths: Paths, *, scale: Scale = "small", number: int = 1) -> None:
    """Replace the sandbox's contents by new ones, in one transaction of the same file.

    Consoles and servers that have it open go on with the new contents: no write of theirs ends in
    a file that is gone.

    Raises:
        SegOpsConfigError: its folder is not writable, or the disk is full.
    """
    import shutil
    import sqlite3

    from segops_tui.sandbox.core.app import Sandbox
    from segops_tui.sandbox.seeding.seed import seed

    file = paths.sandbox_file
    fresh = file.with_name(f"new-{os.getpid()}.db")
    files = file.with_name(f"{file.stem}.files")
    aside = file.with_name(f"old-{os.getpid()}.files")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with Sandbox(fresh) as sandbox:
            seed(sandbox.store.connection(), number=number, scale=scale, now=sandbox.clock())
            beside = sandbox.store.folder
        if files.is_dir():
            files.replace(aside)
        _overwrite(file, fresh)
        if beside.is_dir():
            files.mkdir(exist_ok=True)
            for made in beside.iterdir():
                made.replace(files / made.name)
    except (OSError, sqlite3.Error) as error:
        if aside.is_dir() and not files.exists():
            aside.replace(files)
        raise SegOpsConfigError(
            f"Cannot reset the sandbox at {file}: {getattr(error, 'strerror', None) or error}.",
            hint="Free some disk space, or set SEGOPS_TUI_HOME to a writable folder.",
        ) from error
    finally:
        for scrap in (aside, file.with_name(f"{fresh.stem}.files")):
            shutil.rmtree(scrap, ignore_errors=True)
        for end in ("", "-wal", "-shm"):
            fresh.with_name(f"{fresh.name}{end}").unlink(missing_ok=True)


def _overwrite(file: Path, fresh: Path) -> None:
    """Copy a database over another, which its readers and writers may have open."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(fresh)) as source:
        try:
            with closing(sqlite3.connect(file, timeout=60.0)) as target:
                source.backup(target)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # It is damaged or no database: no process can have it open.
            for end in ("", "-wal", "-shm"):
                file.with_name(f"{file.name}{end}").unlink(missing_ok=True)
            with closing(sqlite3.connect(file)) as target:
                source.backup(target)


def open_ledger(paths: Paths) -> Ledger:
    """Open the ledger, the record of all jobs started on this machine.

    Raises:
        SegOpsConfigError: its folder is not writable.
    """
    from segops_tui.jobs.engine.ledger import Ledger

    try:
        paths.ledger_file.parent.mkdir(parents=True, exist_ok=True)
        return Ledger(paths.ledger_file)
    except OSError as error:
        raise SegOpsConfigError(
            f"Cannot open the job ledger at {paths.ledger_file}: {error.strerror or error}.",
            hint="Set SEGOPS_TUI_HOME to a writable folder.",
        ) from error


def _pipeline(profile: Profile, options: Options) -> Pipeline:
    policy = Policy(max_retries=options.max_retries, timeout=options.timeout)
    return Pipeline(policy, guard=guard_of(profile, options), trace=options.trace)


def production_lock(profile: Profile, *, option: str = "--profile") -> Lock | None:
    """The lock of a profile that is guarded as production, for `Options`; None for others.

    `option` is the one that names the profile on the command line.
    """
    if profile.guard != "production":
        return None
    return Lock(
        f"The profile {profile.name!r} is guarded as production",
        hint=f"To change it: {option} {profile.name} --yes",
    )


def guard_of(profile: Profile, options: Options) -> Guard | None:
    """What refuses changes of a profile; None where they may be sent."""
    if options.dry_run:
        return DryRunGuard()
    if options.read_only:
        return ReadOnly("--read-only")
    if profile.guard == "none" or (profile.guard == "production" and options.unlocked):
        return None
    if profile.guard == "production":
        return options.lock or production_lock(profile)
    # "read-only", and any unknown word: refuse changes rather than trust it.
    return ReadOnly(f"The profile {profile.name!r} is {profile.guard}")
