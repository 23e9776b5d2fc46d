"""How completions are written for bash, whose script click leaves without quoting."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final

from click.shell_completion import BashComplete, add_completion_class

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SPECIAL: Final = re.compile(r"([^\w@%+=:,./-])")


class _Bash(BashComplete):
    """Completions with spaces stay one word: they are escaped, unless a quote is open."""

    source_template = BashComplete.source_template.replace(
        "IFS=',' read type value", "IFS=',' read -r type value"
    ).replace("COMPREPLY+=($value)", 'COMPREPLY+=("$value")')

    def format_completion(self, item: CompletionItem[Any]) -> str:
        """Write one line: the type and the value as it is inserted."""
        value = str(item.value)
        return f"{item.type},{value if _is_quoted() else _escaped(value)}"


def _escaped(value: str) -> str:
    return _SPECIAL.sub(r"\\\1", value)


def _is_quoted() -> bool:
    """Whether the word under the cursor begins with a quote, which bash closes itself."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    place = os.environ.get("COMP_CWORD", "")
    word = words[int(place)] if place.isdecimal() and int(place) < len(words) else ""
    return word.startswith(("'", '"'))


def register() -> None:
    """Let click write bash's completions so."""
    add_completion_class(_Bash)
