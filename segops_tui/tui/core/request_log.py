"""A change that was sent, as the curl and the Python that send it again.

Knows requests and how both languages spell them; holds no key, and no secret that stood in a body.
"""

from __future__ import annotations

import json
import pprint
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segops_tui.api.keys import redact
from segops_tui.wording import plain

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from segops_tui.api.request import Request

LONGEST: Final = 20_000
"""Characters of a body that are kept; a longer one is named as a file."""
HIDDEN: Final = "…"
"""Stands where a secret stood."""
ADDRESS: Final = "$SEGOPS_API_URL"

_SECRET = re.compile(r"secret|password|token|(^|_)key$|apikey|authorization", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out, as far as it may be shown."""

    when: datetime
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    upload: str = ""
    """The name of the file that was sent, of a multipart body."""
    field: str = "file"
    is_long: bool = False
    """The body is too long to be kept."""
    hides: bool = False
    """A secret was left out."""

    @classmethod
    def of(cls, request: Request[Any], *, when: datetime) -> Sent:
        """Take down a request."""
        body, hides = _masked(request.body)
        is_long = len(json.dumps(body, ensure_ascii=False, default=str)) > LONGEST
        query = {name: value for name, value in request.query.items() if value is not None}
        upload = request.upload
        return cls(
            when,
            request.method,
            redact(request.path),
            tuple((name, redact(str(value))) for name, value in query.items()),
            None if is_long else body,
            "" if upload is None else plain(upload.filename),
            "file" if upload is None else upload.field,
            is_long,
            hides,
        )

    @property
    def title(self) -> str:
        """The request in short."""
        return f"{self.method} {self.path}"


def as_curl(sent: Sent, *, base: str = ADDRESS) -> str:
    """The request as a curl command; the key is read from the environment."""
    lines = [f"curl -sS --fail-with-body -X {sent.method}", _address(sent, base)]
    lines.append('-H "Authorization: ApiKey $SEGOPS_API_KEY"')
    if sent.upload:
        part = sent.upload.replace("\\", "\\\\").replace('"', '\\"')
        named = f'{sent.field}=@"{part}"'
        lines.append(f"-F {shlex.quote(named)}")
    elif sent.is_long:
        lines.append("-H 'Content-Type: application/json' -d @body.json")
    elif sent.body is not None:
        text = json.dumps(sent.body, ensure_ascii=False)
        text = text if text.isprintable() else json.dumps(sent.body)
        lines.append(f"-H 'Content-Type: application/json' -d {shlex.quote(text)}")
    return " \\\n  ".join(lines)


def as_python(sent: Sent) -> str:
    """The request as a call of this package's client."""
    if sent.upload:
        return (
            f"client.send(Request({sent.method!r}, {sent.path!r}, parse=raw_json, upload=Upload(\n"
            f"    open=lambda: open({sent.upload!r}, 'rb'), filename={sent.upload!r},"
            f" field={sent.field!r})))"
        )
    call = f"client.http.request({sent.method!r}, {sent.path!r}"
    more = f", query={dict(sent.query)!r}" if sent.query else ""
    if sent.is_long:
        more += ", body=json.load(open('body.json', encoding='utf-8'))"
    elif sent.body is not None:
        body = pprint.pformat(sent.body, width=92, sort_dicts=False)
        lines = f"body={body}".replace("\n", "\n" + " " * 9)
        more += f",\n    {lines}" if "\n" in body else f", {lines}"
    return f"{call}{more})"


def _address(sent: Sent, base: str) -> str:
    query = ""
    if sent.query:
        from urllib.parse import urlencode  # noqa: PLC0415 (nobody owes it but who looks)

        query = f"?{urlencode(sent.query)}"
    if base == ADDRESS:
        return f'"{ADDRESS}"{shlex.quote(sent.path + query)}'
    return shlex.quote(f"{base.rstrip('/')}{sent.path}{query}")


def _masked(value: Any) -> tuple[Any, bool]:
    """A body without its secrets, and whether it had any."""
    if isinstance(value, dict):
        return _masked_object(value)
    if isinstance(value, list | tuple):
        pairs = [_masked(item) for item in value]
        return [item for item, _ in pairs], any(hides for _, hides in pairs)
    if isinstance(value, str):
        safe = redact(value)
        return safe, safe != value
    return value, False


def _masked_object(value: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    shown, hides = {}, False
    for name, item in value.items():
        if _SECRET.search(name) and isinstance(item, str) and item:
            shown[name], hides = HIDDEN, True
        else:
            shown[name], hidden = _masked(item)
            hides = hides or hidden
    return shown, hides
