"""Exports: a file the server writes, and what a client does with it (contract §2.2, §8.2)."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from segops_tui.api.endpoint import C_co, Resource, procedure
from segops_tui.api.errors import NotFound, WorkFailed
from segops_tui.api.record import Record, integer, moment, text
from segops_tui.api.request import Request, ignore_body
from segops_tui.api.waiting import FetchFile

if TYPE_CHECKING:
    import os

    from segops_tui.api.senders import AsyncSender, Sender
    from segops_tui.api.waiting import Steps, Waiting

C = TypeVar("C", bound="Sender | AsyncSender")


class ExportJob(Record):
    """An export (contract §2.2); ready once it has a `download_url`, which expires in an hour."""

    id = integer("export_id", "id")
    status = text()
    format = text()
    download_url = text()
    expires_at = moment()
    error = text("error", "error_message", "detail")

    @property
    def is_ready(self) -> bool:
        """Whether the file can be downloaded."""
        return bool(self.download_url) and not self.is_failed

    @property
    def is_failed(self) -> bool:
        """Whether the export failed."""
        return self.status in {"failed", "error"}


class Export(ExportJob, Resource[C_co]):
    """An export as `export()` returns it: `read()` its bytes, or `save()` them as a file."""

    def __init__(self, job: ExportJob, client: C_co) -> None:
        super().__init__(job)
        self._client = client

    @procedure
    def read(self) -> Steps[bytes]:
        """The whole file in memory.

        Raises:
            WorkFailed: there is no file: `export` was told not to wait, or the export failed.
            Gone: the export is older than an hour.
        """
        target = BytesIO()
        yield self._file(target)
        return target.getvalue()

    @procedure
    def save(self, path: str | os.PathLike[str]) -> Steps[Path]:
        """Download the file to `path`, which is replaced once the download is complete.

        Raises:
            WorkFailed: there is no file: `export` was told not to wait, or the export failed.
            Gone: the export is older than an hour.
            OSError: the file cannot be written.
        """
        chosen = Path(path)
        part = chosen.with_name(f"{chosen.name}.part")
        try:
            with part.open("wb") as target:
                yield self._file(target)
            part.replace(chosen)
        finally:
            part.unlink(missing_ok=True)
        return chosen

    def _file(self, target: Any) -> FetchFile:
        if not self.is_ready:
            raise _failure(self)
        return FetchFile(Request("GET", self.download_url, parse=ignore_body), target)


def wait_for_export(
    start: Request[ExportJob], poll: Any, waiting: Waiting | None, client: C
) -> Steps[Export[C]]:
    """Start an export, and poll it (`poll(export_id)`) until there is a file.

    Raises:
        WorkFailed: the export failed.
        WaitTimedOut: it was not ready in time.
    """
    job: ExportJob = yield start
    if waiting is not None and not (job.is_ready or job.is_failed):
        try:
            job = yield from waiting.until(
                poll(job.id), lambda job: job.is_ready or job.is_failed, first_pause=0.1
            )
        except NotFound:
            # How to poll a page's export is not documented; the export was started all the same.
            return Export(job, client)
    if job.is_failed:
        raise _failure(job)
    return Export(job, client)


def _failure(job: ExportJob) -> WorkFailed:
    words = job.error or ("The export failed." if job.is_failed else "The export is not ready.")
    return WorkFailed(words, last=job)
