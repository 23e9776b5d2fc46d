"""A multipart body taken in as it comes: its `file` part goes to disk, the rest is passed over.

Knows parts and headers; knows no call. Memory stays constant whatever the size.
"""

from __future__ import annotations

from pathlib import PurePath
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from segops_tui.sandbox.core.calls import UploadedFile
from segops_tui.sandbox.core.errors import refused

if TYPE_CHECKING:
    from typing import IO

    from segops_tui.sandbox.core.errors import Problem

_IN_MEMORY: Final = 1 << 20
_FIELD: Final = b"file"


class MultipartUpload:
    """Feed it chunks; `finish` answers the file, if there was one. Close it afterwards.

    Raises:
        Problem: 400, the content type has no boundary.
    """

    def __init__(self, content_type: str) -> None:
        _, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise refused("Multipart form parse error - Invalid boundary in multipart: None")
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._name: str | None = None
        self._kind = ""
        self._is_wanted = False
        self._headers: dict[bytes, bytes] = {}
        self._header = b"", b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._more_name,
                "on_header_value": self._more_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._data,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Take in the next bytes.

        Raises:
            Problem: 400, they are no multipart body.
        """
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise _malformed(error) from error

    def finish(self) -> UploadedFile | None:
        """The file, readable from its start, or None where no part was one.

        Raises:
            Problem: 400, the body ended too soon.
        """
        try:
            self._parser.finalize()
        except FormParserError as error:
            raise _malformed(error) from error
        if self._name is None:
            return None
        self._file.seek(0)
        return UploadedFile(self._name, self._kind, self._file)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _begin(self) -> None:
        self._headers, self._header, self._is_wanted = {}, (b"", b""), False

    def _more_name(self, data: bytes, start: int, end: int) -> None:
        self._header = self._header[0] + data[start:end], self._header[1]

    def _more_value(self, data: bytes, start: int, end: int) -> None:
        self._header = self._header[0], self._header[1] + data[start:end]

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[name.lower()] = value
        self._header = b"", b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        filename = options.get(b"filename")
        if options.get(b"name") != _FIELD or filename is None or self._name is not None:
            return
        self._is_wanted = True
        # A name never chooses a place: only its last part is kept, and only to be shown.
        self._name = PurePath(filename.decode("utf-8", "replace").replace("\\", "/")).name
        self._kind = self._headers.get(b"content-type", b"").decode("latin-1")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_wanted:
            self._file.write(data[start:end])


def _malformed(error: FormParserError) -> Problem:
    return refused(f"Multipart form parse error - {error}")
