"""The Segments pane."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on

from segops_tui import wording
from segops_tui.api.definition import referenced_segments
from segops_tui.api.errors import SegOpsError
from segops_tui.api.resources.product_segments import ProductSegment
from segops_tui.api.resources.segments import Segment, is_edited
from segops_tui.jobs.recompute import PRODUCT_SEGMENT, SEGMENT
from segops_tui.jobs.segment_export import start_export, start_exports
from segops_tui.jobs.segment_products import ProductSearch
from segops_tui.jobs.trait_export import start_trait_export
from segops_tui.nouns import segments as nouns
from segops_tui.nouns.products import COMPUTED_HERE, segment_products
from segops_tui.nouns.segments import STALE_AFTER, has_rule, is_stale
from segops_tui.nouns.view import FORMS
from segops_tui.tui.core.actions import bindings, run_flow
from segops_tui.tui.core.problems import problem_of
from segops_tui.tui.core.text import crop, one_line
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.path_form import Destination, PathForm
from segops_tui.tui.panes.actions import pane_actions, start_jobs, write_rows
from segops_tui.tui.panes.copying import copying
from segops_tui.tui.panes.editing import MOST_USERS, deleting, show_saved
from segops_tui.tui.panes.uses import every
from segops_tui.tui.rules.draft import format_definition
from segops_tui.tui.rules.pane import (
    RulePane,
    activating,
    cannot_recompute,
    duplicating,
    recompute,
    rule_actions,
    start_recomputes,
)
from segops_tui.tui.rules.view import VersionDiff
from segops_tui.tui.segments.changes import KeptMembers
from segops_tui.tui.segments.detail import OverlapTab, SegmentDetail
from segops_tui.tui.segments.products import ProductSegmentDetail
from segops_tui.tui.segments.watch import Watcher, cannot_watch, watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from textual.binding import BindingType

    from segops_tui.api.resources.products import Product
    from segops_tui.api.resources.segments import Version
    from segops_tui.jobs.engine.job import Job
    from segops_tui.jobs.recompute import Comparison
    from segops_tui.nouns.action import Action
    from segops_tui.tui.core.job_runner import Ended
    from segops_tui.tui.panes.pane import Pane


MOST_EDITS: Final = 20
"""Segments whose versions are read to tell a new rule from a new name."""


def _stale(pane: SegmentsPane) -> list[Segment]:
    context = pane.context()
    return [
        segment
        for segment in pane.rows
        if is_stale(segment, context=context, than=STALE_AFTER)
        and has_rule(segment)
        and pane.progress_of(segment) is None
    ]


def cannot_recompute_stale(pane: SegmentsPane) -> str:
    """There must be a stale segment."""
    if not pane.has_answer:
        return pane.not_read()
    return "" if _stale(pane) else "Nothing is stale: each was computed within 24 hours."


async def recompute_stale(pane: SegmentsPane) -> None:
    """Recompute the stale segments after a confirmation."""
    stale = _stale(pane)
    counted = wording.plural(len(stale), "segment")
    follows = await pane.load("What follows", _follows(pane, stale))
    line = nouns.RECOMPUTE_STALE.command_line()
    confirm = Confirm(
        f"Recompute {counted}?",
        lines=[
            wording.listed([segment.name for segment in stale]),
            "They are older than 24 hours or were never computed.",
            *_broken_rules(pane, stale),
            *follows,
        ],
        profile=pane.workspace.profile.name,
        yes=f"Recompute {counted}",
        command=line,
    )
    if await pane.ask(confirm):
        pane.log_command(line)
        await start_recomputes(pane, stale, nouns.RECOMPUTE)


async def _follows(pane: Pane[Segment], rows: Sequence[Segment]) -> list[str]:
    """What a compute of these segments sets off or feeds, as lines of a confirmation."""
    try:
        users = await _used_by(pane, rows)
    except SegOpsError as error:
        return [f"What follows could not be read: {problem_of(error).line}"]
    more = [f"and {len(users) - MOST_USERS} more"] if len(users) > MOST_USERS else []
    return ["What follows:", *(f"  {line}" for line in users[:MOST_USERS]), *more] if users else []


async def recompute_and_tell(pane: SegmentsPane) -> None:
    """Recompute the chosen segments, and name what follows while they are computed.

    Where a rule asks for what is not there, its segment may lose everybody: that is asked first.
    """
    rows = list(pane.chosen)
    broken = _broken_rules(pane, rows)
    if broken:
        if await _wants(pane, rows, broken):
            await recompute(pane, action=nouns.RECOMPUTE)
        return
    await recompute(pane, action=nouns.RECOMPUTE)
    follows = await _follows(pane, rows)
    if follows:
        words = "\n".join(one_line(line.strip()) for line in follows[1:] or follows)
        title = f"Follows from the recompute of {pane.counted(rows)}"
        pane.notify(words, title=title, markup=False, timeout=8)


def _broken_rules(pane: SegmentsPane, rows: Sequence[Segment]) -> list[str]:
    """The rules that ask for what is not there, as lines of a confirmation."""
    broken = [f"  {row.name}: {pane.problem_of(row)}" for row in rows if pane.problem_of(row)]
    if not broken:
        return []
    more = [f"  and {len(broken) - MOST_USERS} more"] if len(broken) > MOST_USERS else []
    why = "A rule asks for what is not there, so members may be lost:"
    return [why, *broken[:MOST_USERS], *more]


async def _wants(pane: SegmentsPane, rows: Sequence[Segment], broken: Sequence[str]) -> bool:
    counted = pane.counted(rows)
    follows = await pane.load("What follows", _follows(pane, rows))
    confirm = Confirm(
        f"Recompute {counted}?",
        lines=[*broken, *follows],
        profile=pane.workspace.profile.name,
        yes=f"Recompute {counted}",
        command=nouns.RECOMPUTE.command_line(ids=[row.id for row in rows]),
        danger=True,
    )
    answer = await pane.ask(confirm)
    return bool(answer)


async def _used_by(pane: Pane[Segment], rows: Sequence[Segment]) -> list[str]:
    client = pane.workspace.client
    listed = await every(
        client.segments.list(), client.activations.list(), client.product_segments.list()
    )
    return nouns.used_by({row.id for row in rows}, *listed)


def cannot_export(pane: SegmentsPane) -> str:
    """There must be members to export."""
    if not pane.chosen:
        return pane.none_chosen()
    if all(segment.last_computed_at is None for segment in pane.chosen):
        return "It was never computed, so it has no members yet. Press r to compute it."
    return ""


async def export(pane: SegmentsPane) -> None:
    """Export the chosen segments: one to a file, several into a folder."""
    segments = [segment for segment in pane.chosen if segment.last_computed_at is not None]
    skipped = len(pane.chosen) - len(segments)
    members = wording.plural(sum(each.member_count or 0 for each in segments), "member")
    traits = pane.traits_to_export if len(segments) == 1 else ()
    if traits:
        form = PathForm(
            "Export members with traits",
            about=f"{members} of {segments[0].name}, with {wording.listed(list(traits), most=4)};"
            " .csv. One request for each member.",
            proposal=f"segment-{segments[0].id}-members.csv",
            endings=[".csv"],
        )
    elif len(segments) == 1:
        form = PathForm(
            "Export members",
            about=f"{members} of {segments[0].name}; .csv or .parquet",
            proposal=f"segment-{segments[0].id}-members.csv",
        )
    else:
        left_out = f"; {skipped} skipped (never computed)" if skipped else ""
        form = PathForm(
            f"Export {len(segments)} segments",
            about=f"{members} in all, a CSV file a segment{left_out}",
            proposal="segments",
            folder=True,
        )
    to = await pane.ask(form)
    if to is None:
        return
    where = to.path if len(segments) == 1 else f"{to.path}/"
    line = nouns.EXPORT.command_line(ids=[segment.id for segment in segments], to=where)
    if traits:
        line += f" --traits {shlex.quote(','.join(traits))}"
    pane.log_command(line + (" --force" if to.force else ""))
    pane.table.clear_marks()
    await start_jobs(pane, [lambda: _note_exports(pane, segments, to, traits)])


def _note_exports(
    pane: SegmentsPane, segments: Sequence[Segment], to: Destination, traits: Sequence[str]
) -> list[Job]:
    ledger, profile = pane.workspace.ledger, pane.workspace.profile.name
    if traits:
        with_traits = start_trait_export(
            ledger,
            segment_id=segments[0].id,
            name=segments[0].name,
            to=to.path,
            traits=traits,
            members=segments[0].member_count,
            profile=profile,
            force=to.force,
        )
        return [with_traits]
    if len(segments) > 1:
        return start_exports(
            ledger,
            segments=[(segment.id, segment.name) for segment in segments],
            folder=to.path,
            profile=profile,
            force=to.force,
        )
    job = start_export(
        ledger,
        segment_id=segments[0].id,
        name=segments[0].name,
        to=to.path,
        force=to.force,
        profile=profile,
    )
    return [job]


def cannot_restore(pane: SegmentsPane) -> str:
    """The cursor of the tab Versions must be on an earlier version."""
    if pane.row is None:
        return pane.no_row()
    version = pane.earlier_version
    return "" if version else "Open the tab Versions and move to an earlier version."


async def restore(pane: SegmentsPane) -> None:
    """Save the rule of an earlier version again, once the user has seen what changes."""
    row, version = pane.row, pane.earlier_version
    if row is None or version is None:
        return
    definition = dict(version.definition)
    line = nouns.RESTORE.command_line(id=row.id, version=version.version)
    diff = VersionDiff()
    diff.show_lines(
        format_definition(dict(row.definition)).splitlines(),
        format_definition(definition).splitlines(),
    )
    confirm = Confirm(
        f"Restore version {version.version} of {crop(one_line(row.name), 50)}?",
        lines=["It is saved as a new version. Members change at the next recompute."],
        details=diff,
        profile=pane.workspace.profile.name,
        yes="Restore it",
        command=line,
        width=100,
    )
    if not await pane.ask(confirm):
        return
    with pane.changing("Not restored"):
        restored = await pane.resource().update(row.id, definition=definition)
        pane.log_command(line)
        show_saved(pane, restored, is_new=False, note="Restored. Press r to recompute.")


async def _watch(pane: SegmentsPane) -> None:
    await watch(pane, pane.watcher)


_CREATE, _EDIT, _EDIT_IN_EDITOR = rule_actions(nouns.CREATE, nouns.EDIT, nouns.EDIT_IN_EDITOR)


class SegmentsPane(RulePane[Segment]):
    """Every segment of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.RECOMPUTE.does(recompute_and_tell, unavailable=cannot_recompute),
        nouns.RECOMPUTE_STALE.does(recompute_stale, unavailable=cannot_recompute_stale),
        nouns.EXPORT.does(export, unavailable=cannot_export),
        _CREATE,
        _EDIT,
        deleting(
            nouns.DELETE,
            warning=(
                "Its rule, its members and its versions are deleted too.",
                "Their rules, members and versions are deleted too.",
            ),
            used_by=_used_by,
        ),
        _EDIT_IN_EDITOR,
        duplicating(nouns.DUPLICATE),
        copying(nouns.COPY_TO, "segments"),
        activating(nouns.TOGGLE, used_by=_used_by),
        nouns.RESTORE.does(restore, unavailable=cannot_restore),
        nouns.WATCH.does(_watch, unavailable=lambda pane: cannot_watch(pane, pane.watcher)),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.SEGMENTS
    command = "segments"
    job_kind = SEGMENT
    job_kinds = frozenset({SEGMENT})
    count_key = "member_count"
    sortable = ("name", "state", "member_count", "last_computed_at")

    def make_detail(self) -> SegmentDetail:
        """Make the detail's widget."""
        self._kept_members, self.watcher = KeptMembers(), Watcher(self)
        return SegmentDetail(self.workspace, self._kept_members, known=self.known_segments)

    @property
    def traits_to_export(self) -> Sequence[str]:
        """The traits that are columns of the tab Members, where that is open."""
        detail = self.detail
        if isinstance(detail, SegmentDetail) and detail.tabs.active == "members":
            return detail.members.shown_traits
        return ()

    @property
    def earlier_version(self) -> Version | None:
        """The version under the cursor of the tab Versions, unless it is the newest."""
        return self.detail.earlier_version if isinstance(self.detail, SegmentDetail) else None

    def job_ended(self, ended: Ended) -> None:
        """Fetch the segment that was recomputed, and show who joined and left."""
        super().job_ended(ended)
        if isinstance(self.detail, SegmentDetail):
            self.detail.compared(ended.job.target)

    def list_note(self) -> str:
        """What is watched, beside what every list notes."""
        return " · ".join(note for note in (self.watcher.note, super().list_note()) if note)

    def comparison(self, segment: Segment) -> Comparison:
        """Compare the members before and after."""
        return self._kept_members.comparison(segment.id)

    def on_unmount(self) -> None:
        """Remove the members that were kept."""
        self._kept_members.remove()

    async def fetch(self) -> list[Segment]:
        """Fetch every segment, and note their names for reading rules."""
        segments = await super().fetch()
        self.workspace.names.update({segment.id: segment.name for segment in segments})
        return segments

    def known_segments(self) -> set[int] | None:
        """Every segment: the list is whole."""
        return {segment.id for segment in self.rows} if self.has_answer else None

    def fetched(self) -> None:
        """With the segments on screen, ask which of their rules are new."""
        super().fetched()
        if isinstance(self.detail, SegmentDetail):
            self.detail.members.retry()
        run_flow(self, self._fetch_edits, group="edits", exclusive=True)

    async def _fetch_edits(self) -> None:
        """Read the versions of segments that were updated after their last compute."""
        edits, new = self.workspace.edits, False
        edited = [row for row in self.rows if is_edited(row)]
        for row in edited[:MOST_EDITS]:
            when, computed_at = row.updated_at, row.last_computed_at
            if when is None or computed_at is None or (row.id, when) in edits:
                continue
            try:
                page = await self.workspace.client.segments.versions(row.id).page()
            except SegOpsError:
                # The list says "changed", which is what is known.
                return
            saved = [v.created_at for v in page.items if v.created_at is not None]
            edits[(row.id, when)] = any(each > computed_at for each in saved)
            new = True
        if new:
            # The rows stay; only their states read otherwise.
            self.redraw()

    @on(OverlapTab.Chosen)
    def _go_to_overlapping(self, event: OverlapTab.Chosen) -> None:
        """Show the segment that shares members with this one, in the tab that is open."""
        event.stop()
        row = self.source.find(str(event.segment_id))
        if row is not None:
            self.go_to(row)


def cannot_export_products(pane: ProductSegmentsPane) -> str:
    """There must be a segment, and no other export that is running."""
    return "An export is running; esc stops it." if pane.exporting else pane.no_row()


async def export_products(pane: ProductSegmentsPane) -> None:
    """Ask for a file, and write the products of the segment under the cursor to it."""
    row = pane.row
    if row is None:
        return
    to = await pane.ask(
        PathForm(
            "Export products",
            about=f"products of {one_line(row.name)}, {COMPUTED_HERE}",
            proposal=f"product-segment-{row.id}.csv",
            endings=[f".{form}" for form in FORMS],
        )
    )
    if to is None:
        return
    client, search = pane.workspace.client, None
    pane.show_export(f"◌ exporting {one_line(row.name)} · esc stops")
    try:
        with pane.reporting("Not exported"):
            fields = (await client.products.schema()).fields
            search = ProductSearch(row.definition, fields)
            columns = segment_products(fields).columns
            tag = f"product-segment-{row.id}"
            written = await write_rows(to, columns, _certain(pane, search), tag=tag)
            words = f"{wording.plural(written, 'product')} → {to.path}"
            if search.count.unknown:
                words += f"\n{search.count.unknown:,} cannot be told, and were left out."
            title = f"Exported, {COMPUTED_HERE}"
            pane.notify(words, title=title, markup=False, timeout=8)
            line = nouns.PRODUCT_EXPORT.command_line(id=row.id, to=str(to.path))
            pane.log_command(line + (" --force" if to.force else ""))
    finally:
        pane.show_export("")


async def _certain(
    pane: ProductSegmentsPane, search: ProductSearch
) -> AsyncIterator[list[Product]]:
    """The products that match, page by page, with the progress on the list's border."""
    async for found in search.find_async(pane.workspace.client):
        pane.show_export(f"◌ exporting: {search.progress} · esc stops")
        yield [each.product for each in found if each.is_certain]


def stop_export(pane: ProductSegmentsPane) -> None:
    """Stop an export; nothing is left of its file."""
    pane.workers.cancel_group(pane, nouns.PRODUCT_EXPORT.id)
    pane.notify("Nothing was written.", title="Export stopped", markup=False)


_CREATE, _EDIT, _EDIT_IN_EDITOR = rule_actions(
    nouns.PRODUCT_CREATE, nouns.PRODUCT_EDIT, nouns.PRODUCT_EDIT_IN_EDITOR
)


class ProductSegmentsPane(RulePane[ProductSegment]):
    """Every product segment of the workspace."""

    ACTIONS: ClassVar[Sequence[Action]] = pane_actions(
        nouns.PRODUCT_RECOMPUTE.does(
            partial(recompute, action=nouns.PRODUCT_RECOMPUTE), unavailable=cannot_recompute
        ),
        nouns.PRODUCT_EXPORT.does(export_products, unavailable=cannot_export_products),
        _CREATE,
        _EDIT,
        deleting(nouns.PRODUCT_DELETE),
        _EDIT_IN_EDITOR,
        duplicating(nouns.PRODUCT_DUPLICATE),
        copying(nouns.PRODUCT_COPY_TO, "product-segments"),
        activating(nouns.PRODUCT_TOGGLE),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(ACTIONS)]

    noun = nouns.PRODUCT_SEGMENTS
    command = "product-segments"
    job_kind = PRODUCT_SEGMENT
    job_kinds = frozenset({PRODUCT_SEGMENT})
    rule_kind = "product"
    count_key = "computed_count"
    sortable = ("name", "state", "computed_count", "last_computed_at")
    _known: set[int] | None = None
    exporting = ""
    """How far an export of products is; empty while there is none."""

    def make_detail(self) -> ProductSegmentDetail:
        """Make the detail's widget."""
        return ProductSegmentDetail(self.workspace, known=self.known_segments)

    def known_segments(self) -> set[int] | None:
        """The user segments, once they were read."""
        return self._known

    def fetched(self) -> None:
        """With the rows on screen, ask which segments of users their rules may refer to."""
        super().fetched()
        if any(referenced_segments(row.definition) for row in self.rows):
            run_flow(self, self._fetch_known, group="known", exclusive=True)

    async def _fetch_known(self) -> None:
        try:
            segments = [each async for each in self.workspace.client.segments.list()]
        except SegOpsError:
            # No rule is marked by what was not read.
            return
        names = {segment.id: segment.name for segment in segments}
        if self._known != names.keys():
            self._known = set(names)
            self.workspace.names.update(names)
            self.draw_rows()
            if self.row is not None:
                self.detail.show(self.row)

    def show_export(self, words: str) -> None:
        """Show how far an export is on the list's border."""
        has_changed = bool(words) != bool(self.exporting)
        self.exporting = words
        self.name_list()
        if has_changed:
            self.refresh_bindings()

    def list_note(self) -> str:
        """The export that is running, else what every list notes."""
        return self.exporting or super().list_note()

    def action_back(self) -> None:
        """Stop an export, else what escape does everywhere."""
        if self.exporting and not self.has_class("-detail"):
            stop_export(self)
        else:
            super().action_back()
