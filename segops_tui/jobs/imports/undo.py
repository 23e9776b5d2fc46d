"""Undoing an import: what it created is deleted, what it changed is restored from a copy.

The API has no such call (contract §4.3). Created products are known by their time of creation, and
changed ones only if a copy of them was kept. What was changed since is left alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.errors import NotFound
from segops_tui.api.request import PageTrail
from segops_tui.api.resources.products import Products
from segops_tui.jobs.engine.ledger import note_job
from segops_tui.jobs.engine.plan import Note, Save, read, send_until_answered
from segops_tui.jobs.imports.errors import CannotUndo
from segops_tui.jobs.imports.undo_copy import UndoCopy, same_product
from segops_tui.wording import count, listed, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from segops_tui.api.request import Id, Page, Request
    from segops_tui.api.resources.products import ImportJob, Product
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.plan import Part, Plan

UNDO: Final = "import-undo"
_PAGE: Final = 200
_SECOND: Final = timedelta(seconds=1)
"""The finest step of a time on the wire, in all the vendor's examples."""


@dataclass(slots=True)
class Undoable:
    """What can be taken back of an import, and what cannot."""

    created: list[Id] = field(default_factory=list)
    """Products that it created: to be deleted."""
    changed: list[tuple[Id, str]] = field(default_factory=list)
    """Products that it changed, with their SKU: to be restored."""
    touched_since: int = 0
    """Products that were changed after the import: left as they are."""
    gone: int = 0
    """Created products that were deleted since."""
    not_kept: int = 0
    """Rows that updated products of which no copy was kept."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.created and not self.changed

    @property
    def summary(self) -> str:
        """What will be done, in one line."""
        parts = []
        if self.created:
            parts.append(f"delete {plural(len(self.created), 'created product')}")
        if self.changed:
            parts.append(f"restore {plural(len(self.changed), 'changed product')}")
        return listed(parts) or "nothing to undo"

    @property
    def remarks(self) -> list[str]:
        """What is left as it is, and why."""
        found = []
        if self.touched_since:
            words = plural(self.touched_since, "product")
            found.append(f"{words} changed since the import: left as they are")
        if self.gone:
            found.append(f"{plural(self.gone, 'created product')} deleted since")
        if self.not_kept:
            found.append(
                f"{plural(self.not_kept, 'row')} updated products of which no copy was kept: they"
                " cannot be restored (products import --diff keeps one)"
            )
        return found


def start_undo(
    ledger: Ledger,
    *,
    imports: Sequence[Id],
    profile: str,
    name: str = "",
    copy: Path | None = None,
    force: bool = False,
    command: str = "",
) -> Job:
    """Note the undoing of an import, all its uploads; nothing is sent yet.

    `copy` is what was kept of the products that it changed. With `force`, products that were
    changed since the import are deleted and restored as well.
    """
    return note_job(
        ledger,
        UNDO,
        imports[0],
        name=name,
        profile=profile,
        command=command or f"segops-tui products imports undo {imports[0]}",
        params={
            "imports": list(imports),
            "copy": None if copy is None else str(copy),
            "force": force,
        },
    )


def survey(
    imports: Sequence[Id],
    copy: Path | None,
    *,
    force: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> Part[Undoable]:
    """Find out what can be undone; changes nothing.

    Raises:
        NotFound: the server does not know the import.
        CannotUndo: it has not ended, or it cannot be told what it created.
    """
    span = yield from _span(imports)
    kept = None if copy is None or not copy.exists() else UndoCopy(copy)
    found = Undoable()
    try:
        request: Request[Page[Product]] | None = Products.list.build(None, page_size=_PAGE)
        trail = PageTrail("/pim/products/")
        done = 0
        while request is not None:
            page = yield from read(request)
            trail.add(page.items)
            for product in page.items:
                _judge(product, span, kept, found, force=force)
            done += len(page.items)
            if progress is not None:
                progress(done, page.count)
            request = page.next_request(request)
    finally:
        if kept is not None:
            kept.close()
    created = len(found.created) + span.created_touched
    if created > span.created:
        raise CannotUndo(
            f"{count(created)} products were created while import {imports[0]} ran, but it reports"
            f" {count(span.created)}: which are its own cannot be told.",
            hint="Another import ran at the same time. Delete products by hand: products delete ID",
        )
    found.gone = span.created - created
    found.not_kept = span.updated if kept is None else 0
    if found.is_empty and found.not_kept:
        raise CannotUndo(
            f"Import {imports[0]} updated {plural(found.not_kept, 'row')}, and no copy of those"
            " products was kept: they cannot be restored.",
            hint="An import with --diff keeps a copy of what it changes.",
        )
    return found


def plan(job: Job) -> Plan:
    """Delete and restore, or continue where it stopped: what is done already is not found again."""
    params = job.params
    copy = None if params["copy"] is None else Path(params["copy"])
    job = job.measured("products").at("looking")
    found: Undoable = yield from survey(params["imports"], copy, force=params["force"])
    if "deleted" not in params:
        job = job.with_params(
            deleted=len(found.created),
            restored=len(found.changed),
            left=found.touched_since,
            remarks=found.remarks,
        )
    total = job.params["deleted"] + job.params["restored"]
    done = total - len(found.created) - len(found.changed)
    job = job.at("undoing", done=done, total=total)
    yield Save(job)
    for product_id in found.created:
        yield from _gone_or_done(Products.delete.build(None, product_id))
        done += 1
        job = job.counted(done, total)
        yield Note(job)
    kept = None if copy is None or not found.changed else UndoCopy(copy)
    try:
        for product_id, sku in found.changed:
            before = None if kept is None else kept.before(sku)
            if before is not None:
                name, data = before
                request = Products.replace.build(None, product_id, sku=sku, name=name, data=data)
                yield from _gone_or_done(request)
            done += 1
            job = job.counted(done, total)
            yield Note(job)
    finally:
        if kept is not None:
            kept.close()
    return job.ended(_result(job))


def _result(job: Job) -> dict[str, Any]:
    deleted, restored = job.params["deleted"], job.params["restored"]
    words = f"{count(deleted)} deleted, {count(restored)} restored"
    if job.params["left"]:
        words += f", {count(job.params['left'])} changed since and left"
    figures = {name: job.params[name] for name in ("deleted", "restored", "left", "remarks")}
    return {**figures, "summary": words}


def _gone_or_done(request: Request[Any]) -> Part[None]:
    try:
        yield from send_until_answered(request)
    except NotFound:
        return


@dataclass(slots=True)
class _Span:
    """When an import ran, and its own counts."""

    start: datetime
    end: datetime
    created: int
    updated: int
    created_touched: int = 0


def _span(imports: Sequence[Id]) -> Part[_Span]:
    jobs: list[ImportJob] = []
    for import_id in imports:
        jobs.append((yield from read(Products.import_status.build(None, import_id))))
    for job in jobs:
        if not job.is_final:
            raise CannotUndo(
                f"Import {job.id} is {job.status or 'not over'}: there is nothing to undo yet.",
                hint="Wait until it is done.",
            )
    starts = [job.created_at for job in jobs if job.created_at is not None]
    ends = [job.completed_at for job in jobs if job.completed_at is not None]
    if len(starts) < len(jobs) or len(ends) < len(jobs):
        raise CannotUndo(
            f"The server does not say when import {imports[0]} ran: what it created is not known.",
            hint="Delete products by hand: segops-tui products delete ID",
        )
    return _Span(
        min(starts),
        max(ends),
        sum(job.created_count for job in jobs),
        sum(job.updated_count for job in jobs),
    )


def _judge(
    product: Product, span: _Span, copy: UndoCopy | None, found: Undoable, *, force: bool
) -> None:
    created_at, updated_at = product.created_at, product.updated_at
    end = span.end + _SECOND
    is_created = (
        product.source == "csv" and created_at is not None and span.start <= created_at <= end
    )
    if is_created and copy is not None:
        is_created = copy.was_created(product.sku)
    is_touched = not force and updated_at is not None and updated_at > end
    if is_created:
        if is_touched:
            span.created_touched += 1
            found.touched_since += 1
        else:
            found.created.append(product.id)
        return
    before = None if copy is None else copy.before(product.sku)
    if before is None or same_product(product.name, product.data, before):
        return
    if is_touched:
        found.touched_since += 1
    else:
        found.changed.append((product.id, product.sku))
