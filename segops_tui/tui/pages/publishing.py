"""Publish and unpublish landing pages, and show their public address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from segops_tui import wording
from segops_tui.nouns import pages as nouns
from segops_tui.nouns.pages import public_path
from segops_tui.tui.dialogs.confirm import Confirm
from segops_tui.tui.dialogs.form import AskForm
from segops_tui.tui.dialogs.form_fields import FormField
from segops_tui.tui.panes.actions import copy_text
from segops_tui.tui.panes.editing import change_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segops_tui.api.resources.pages import GeneratedPage
    from segops_tui.tui.panes.pane import Pane

UNKNOWN: Final = "WORKSPACE"
"""Stands for the workspace's short name, which the API does not return."""
NOT_BUILT: Final = "It has not been built. Press b to build it."
MOST: Final = 4
"""Addresses shown in a confirmation."""


def cannot_publish(pane: Pane[GeneratedPage]) -> str:
    """There must be a built page."""
    chosen = pane.chosen
    if not chosen or all(page.published for page in chosen) or _ready(pane):
        return pane.none_chosen()
    return NOT_BUILT


async def publish(pane: Pane[GeneratedPage]) -> None:
    """Publish the built pages after a confirmation; if all are public, unpublish them."""
    chosen = list(pane.chosen)
    public = not all(page.published for page in chosen)
    pages = _ready(pane) if public else chosen
    counted = pane.counted(pages)
    verb = "Publish" if public else "Unpublish"
    addresses = [address_of(pane, page) for page in pages]
    more = len(addresses) - MOST
    lines = [
        wording.listed([pane.noun.label(page) for page in pages]),
        "",
        "Visitors can read it at" if public else "Visitors can no longer read it at",
        *addresses[:MOST],
    ]
    if more > 0:
        lines.append(f"and {more} more")
    if not _short_name(pane):
        lines.append(f"{UNKNOWN}: the workspace's short name, which the API does not return.")
    confirm = Confirm(
        f"{verb} {counted}?",
        lines=lines,
        profile=pane.workspace.profile.name,
        yes=f"{verb} {counted}",
        danger=True,
        command="\n".join(_command_lines([page.id for page in pages], public=public)),
    )
    if not await pane.ask(confirm):
        return
    resource = pane.workspace.client.pages

    async def change(page: GeneratedPage) -> GeneratedPage:
        if public:
            answer = await resource.publish(page.id)
        else:
            answer = await resource.update(page.id, published=False)
        return answer if answer.raw else page

    failure = "Not published" if public else "Not unpublished"
    changed = await change_each(pane, pages, change, failure)
    if changed:
        for line in _command_lines([page.id for page in changed], public=public):
            pane.log_command(line)
        done = "published" if public else "unpublished"
        pane.notify(f"{pane.counted(changed)} {done}", markup=False)
        pane.table.clear_marks()
        pane.refetch()


def cannot_show_address(pane: Pane[GeneratedPage]) -> str:
    """Only a published page has a public address."""
    if pane.row is None:
        return pane.no_row()
    return "" if pane.row.published else "It is not public. Press u to publish it."


async def show_address(pane: Pane[GeneratedPage]) -> None:
    """Show and copy the address; ask once for the workspace's short name."""
    page = pane.row
    if page is None:
        return
    if not _short_name(pane):

        async def read(body: dict[str, Any]) -> str:
            return str(body["workspace"])

        form = AskForm(
            "Public address",
            [FormField("workspace", "Short name", required=True, hint="northwind")],
            send=read,
            profile=pane.workspace.profile.name,
            note="The workspace's short name is part of the address; the API does not return it.",
        )
        name = await pane.ask(form)
        if not name:
            return
        pane.workspace.ui_state.put(_state_key(pane), name)
    copy_text(pane, address_of(pane, page))


def address_of(pane: Pane[GeneratedPage], page: GeneratedPage) -> str:
    """The public address of a page, with a placeholder where the short name is unknown."""
    profile = pane.workspace.profile
    base = "/api" if profile.is_sandbox else profile.api_url.rstrip("/")
    return base + public_path(_short_name(pane) or UNKNOWN, page.slug)


def _command_lines(ids: Sequence[int], *, public: bool) -> list[str]:
    if public:
        return [f"{nouns.PUBLISH.command_line(ids=ids)} --yes"]
    fields = ["--set", "published=false"]
    return [nouns.EDIT.command_line(id=key, fields=fields) for key in ids]


def _ready(pane: Pane[GeneratedPage]) -> list[GeneratedPage]:
    return [page for page in pane.chosen if page.is_built and not page.published]


def _state_key(pane: Pane[GeneratedPage]) -> str:
    return f"short name of {pane.workspace.profile.name}"


def _short_name(pane: Pane[GeneratedPage]) -> str:
    name = pane.workspace.ui_state.get(_state_key(pane))
    return name if isinstance(name, str) else ""
