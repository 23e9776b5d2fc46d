"""Decode the body of an answer piece by piece, so that its size is known before it is kept.

An HTTP library decodes a received piece as a whole, and a few kilobytes of gzip can be gigabytes.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from segops_tui.api.errors import ConnectionFailed, UnexpectedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_ANSWER: Final = 32 << 20
"""Decoded bytes of an answer that is held in memory."""
LARGEST_DOWNLOAD: Final = 4 << 30
"""Decoded bytes of a file that is written to disk."""
ACCEPTED: Final = "gzip"
"""The only encoding that is asked for."""
_PIECE: Final = 1 << 16
_GZIP: Final = 31
"""zlib's code for a gzip header and trailer around the largest window."""


class BodyDecoder:
    """Decodes one body and counts its bytes; `what` names the request in errors.

    Raises:
        UnexpectedAnswer: the encoding is one that was not asked for.
    """

    def __init__(self, encoding: str, *, limit: int, what: str, status: int) -> None:
        self._limit, self._what, self._status = limit, what, status
        self._size = 0
        is_plain = encoding.strip().lower() in {"", "identity"}
        self._gzip = None if is_plain else zlib.decompressobj(_GZIP)
        self._is_inside = False
        if not is_plain and encoding.strip().lower() not in {"gzip", "x-gzip"}:
            raise self._error("has an encoding that was not asked for")

    def check_announced(self, size: int | None) -> None:
        """Refuse a body whose announced size is over the limit, before it is read.

        Raises:
            UnexpectedAnswer: it is.
        """
        if size is not None and size > self._limit:
            raise self._too_large()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode received bytes.

        Raises:
            UnexpectedAnswer: the body is too large, or is not gzip although it says so.
        """
        if self._gzip is None:
            yield self._counted(data)
            return
        while data:
            self._is_inside = True
            try:
                piece = self._gzip.decompress(data, _PIECE)
            except zlib.error as error:
                raise self._error("cannot be decompressed") from error
            data = self._gzip.unconsumed_tail
            if self._gzip.eof:
                # Another member may follow.
                data, self._gzip = self._gzip.unused_data, zlib.decompressobj(_GZIP)
                self._is_inside = False
            if piece:
                yield self._counted(piece)

    def finish(self) -> None:
        """Check that a compressed body is complete.

        Raises:
            ConnectionFailed: it ended early.
        """
        if self._is_inside:
            raise ConnectionFailed("The server closed the connection within a compressed answer.")

    def _counted(self, piece: bytes) -> bytes:
        self._size += len(piece)
        if self._size > self._limit:
            raise self._too_large()
        return piece

    def _too_large(self) -> UnexpectedAnswer:
        shown = f"{self._limit >> 20} MiB" if self._limit < 1 << 30 else f"{self._limit >> 30} GiB"
        return self._error(f"is larger than {shown}")

    def _error(self, fault: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(f"{self._what}: the answer {fault}.", status=self._status)
