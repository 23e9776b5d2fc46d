"""One way to report a failed request to the user, for every flow of the console."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from segops_tui.api.errors import SegOpsError
from segops_tui.tui.core.problems import problem_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import App
    from textual.widget import Widget


def notify_error(node: Widget | App[object], error: SegOpsError, title: str) -> None:
    """Show what an error means and what to do next."""
    node.notify(problem_of(error).words, title=title, severity="error", markup=False)


@contextmanager
def reporting(node: Widget | App[object], title: str) -> Iterator[None]:
    """Turn a `SegOpsError` into a notice with this title; the code after the block goes on."""
    try:
        yield
    except SegOpsError as error:
        notify_error(node, error, title)
