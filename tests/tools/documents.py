"""Writes the generated parts of README.md and docs/ from the program itself.

    python tests/tools/documents.py [--write]

A part is what stands between `<!-- generated: NAME -->` and `<!-- /generated -->`. Without
`--write`, names the documents with a stale part and exits with 1.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.binding import Binding
from textual.keys import format_key

from segops_tui.api.condition_types import condition_types
from segops_tui.api.operators import OPERATORS
from segops_tui.cli.core.exit_codes import ExitCode
from segops_tui.tui.core.actions import (
    APP_ACTIONS,
    HELP_ANYWHERE,
    HISTORY_ACTIONS,
    LIST_ACTIONS,
    PANE_ACTIONS,
)
from segops_tui.tui.panes.registry import PANES
from segops_tui.tui.product_imports.screen import ImportScreen
from segops_tui.tui.rules.builder import RuleBuilder
from segops_tui.tui.rules.editor import RuleEditor
from segops_tui.tui.table.virtual_table import TABLE_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from segops_tui.api.condition_types import ConditionField, ConditionType, Kind
    from segops_tui.nouns.action import Action

ROOT = Path(__file__).resolve().parents[2]
PART = re.compile(
    r"(?P<head><!-- generated: (?P<name>[^>]+) -->\n).*?(?P<foot><!-- /generated -->)", re.DOTALL
)

EVERYWHERE = (*APP_ACTIONS, *HISTORY_ACTIONS)
SHARED = (*LIST_ACTIONS, *PANE_ACTIONS)
WORDS = {"escape": "esc", "left_square_bracket": "[", "right_square_bracket": "]"}
MOVES = {
    *("cursor_up", "cursor_down", "top", "bottom", "half_page_up", "half_page_down"),
    *("page_up", "page_down", "columns_left", "columns_right"),
}
PLAIN = {
    "up",
    "down",
    "left",
    "right",
    "space",
    "enter",
    "backspace",
    "home",
    "end",
    "pageup",
    "pagedown",
}


def key_table() -> str:
    """The whole part: what works everywhere, what works in every list, what each pane adds."""
    digits = " ".join(f"`{place.digit}`" for place in PANES if place.digit)
    going = (digits, ", ".join(place.title for place in PANES if place.digit))
    anywhere = (_keys(HELP_ANYWHERE.key), f"{HELP_ANYWHERE.description}: {HELP_ANYWHERE.tooltip}")
    parts = [
        _table(("everywhere", ""), [going, *_described(EVERYWHERE), anywhere]),
        _table(("in every list", ""), [*_described(SHARED), *_of_tables()]),
        _table(("in", "keys of its own"), _of_panes()),
    ]
    return "\n".join(["", "\n\n".join(parts), "", ""])


def _described(actions: Iterable[Action]) -> list[tuple[str, str]]:
    return [(_keys(action.key), f"{action.title}: {action.help}") for action in actions]


def _of_tables() -> list[tuple[str, str]]:
    moving = [each for each in TABLE_BINDINGS if each.action in MOVES]
    others = [each for each in TABLE_BINDINGS if each.action not in MOVES]
    rows = [(_keys(each.key), f"{each.tooltip}.") for each in others]
    return [
        (_keys(",".join(each.key for each in moving)), "Move, as in vim; the mouse too."),
        *rows,
    ]


def _of_panes() -> list[tuple[str, str]]:
    shared = {action.id for action in SHARED}
    rows = [(place.title, _own(place.load().ACTIONS, shared)) for place in PANES]  # type: ignore[attr-defined]
    rows.append(("The editor of a segment", _own(RuleEditor.ACTIONS, shared)))
    rows.append(("The rows of a rule", _own(RuleBuilder.ACTIONS, shared)))
    rows.append(("An import", _own(ImportScreen.ACTIONS, shared)))
    return [(title, keys) for title, keys in rows if keys]


def _own(actions: Sequence[Action], shared: set[str]) -> str:
    return " · ".join(
        f"{_keys(action.key)} {action.title}"
        for action in actions
        if action.key and action.id not in shared
    )


def _keys(key: str) -> str:
    """Keys as a person calls them, each in a code span."""
    bindings = Binding.make_bindings([Binding(key, "")])
    return " ".join(dict.fromkeys(f"`{spelled(each.key)}`" for each in bindings))


def spelled(key: str) -> str:
    """One key as a person calls it: `ctrl+p`, `?`, `space`."""
    *modifiers, name = key.split("+")
    word = WORDS.get(name) or (name if name in PLAIN else format_key(name))
    return "+".join([*modifiers, word])


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |".replace("|  |", "| |"), "|---|---|"]
    # A bar would end the cell; in a code span Markdown wants it escaped too.
    escaped = ((left.replace("|", r"\|"), right.replace("|", r"\|")) for left, right in rows)
    return "\n".join([*lines, *(f"| {left} | {right} |" for left, right in escaped)])


def pane_keys(name: str) -> str:
    """The keys of one pane: what each does, and the command that does the same."""
    shared = {action.id for action in SHARED}
    place = next(place for place in PANES if place.name == name)
    actions = [
        action
        for action in place.load().ACTIONS  # type: ignore[attr-defined]
        if action.key and action.id not in shared
    ]
    if not actions:
        return "\nThis pane has no keys of its own; [all keys](../keys.md).\n\n"
    lines = ["| key | action | what it does | the same as a command |", "|---|---|---|---|"]
    for action in actions:
        command = f"`segops-tui {action.command}`" if action.command else "–"
        lines.append(f"| {_keys(action.key)} | {action.title} | {action.help} | {command} |")
    return "\n".join(["", *lines, "", "[All keys](../keys.md)", "", ""])


@cache
def reference() -> dict[str, Any]:
    """What `segops-tui commands --json` prints."""
    command = [sys.executable, "-m", "segops_tui", "commands", "--json"]
    with tempfile.TemporaryDirectory() as home:
        environ = {k: v for k, v in os.environ.items() if not k.startswith("SEGOPS_")}
        environ |= {"SEGOPS_TUI_HOME": home}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def exit_codes() -> str:
    """A table of exit codes."""
    rows = [(f"`{int(code)}`", code.meaning) for code in ExitCode]
    return "\n" + _table(("code", "meaning"), rows) + "\n\n"


def commands() -> str:
    """Every command with its arguments, options, examples and requests."""
    found = reference()
    parts = ["", "## Shared options", "", *_options(found["shared_options"])]
    group = ""
    for command in sorted(found["commands"], key=lambda each: each["command"].split()[0]):
        first = command["command"].split()[0]
        if first != group:
            group = first
            parts += ["", f"## {group}"]
        parts += ["", *_command(command)]
    return "\n".join([*parts, "", ""])


def _command(command: dict[str, Any]) -> list[str]:
    arguments = " ".join(
        each["metavar"] if each["metavar"].startswith("[") or each["required"]
        else f"[{each['metavar']}]"
        for each in command["arguments"]
    )  # fmt: skip
    usage = f"segops-tui {command['command']} {arguments}".strip()
    lines = [f"### segops-tui {command['command']}", "", f"```text\n{usage}\n```", ""]
    lines += [plain_text(command["description"]), ""]
    if command["options"]:
        lines += [*_options(command["options"]), ""]
    if command["examples"]:
        lines += ["```bash", *command["examples"], "```", ""]
    if command["endpoints"]:
        calls = dict.fromkeys(f"`{each['method']} {each['path']}`" for each in command["endpoints"])
        lines += [f"Sends {', '.join(calls)}.", ""]
    return lines[:-1]


def _options(options: Iterable[dict[str, Any]]) -> list[str]:
    rows = []
    for option in options:
        flags = ", ".join(option["flags"])
        metavar = "" if option["is_flag"] or not option["metavar"] else f" {option['metavar']}"
        rows.append((f"`{flags}{metavar}`", plain_text(option["help"] or "")))
    return _table(("option", ""), rows).split("\n") if rows else []


def plain_text(text: str) -> str:
    """A help text as Markdown that shows the same."""
    return re.sub(r"(?<!`)([<>*_])(?![^`]*`)", r"\\\1", text.replace("\b\n", ""))


EXAMPLES: dict[str, dict[str, Any]] = {
    "event_count": {"event_type": "order_placed", "operator": "gte", "value": 3, "window_days": 90},
    "recency": {"event_type": "order_placed", "operator": "lt", "window_days": 30},
    "monetary": {"operator": "gte", "value": 200},
    "event_property": {
        "event_type": "order_placed",
        "property": "total",
        "operator": "between",
        "value": 50,
        "value2": 100,
    },
    "user_property": {"property": "country", "operator": "in", "value": ["DE", "FR"]},
    "event_sequence": {"events": ["product_viewed", "order_placed"], "window_days": 7},
    "segment_membership": {"segment_id": 4, "operator": "not_in"},
    "product_attribute": {
        "property": "price",
        "value_type": "price",
        "operator": "lte",
        "value": 50,
    },
    "user_behavior_signal": {"signal": "purchased_by_segment", "segment_id": 1},
    "ai_visibility_metric": {},
}
"""One condition of each type; the sandbox accepts them."""
VALUES = {
    "none": "no `value`",
    "scalar": "a text, a number, true or false",
    "text": "a text",
    "ordered": "a number or a date",
    "range": "`value` and `value2`, both included",
    "list": "a list",
    "pattern": "an RE2 regular expression",
}


def conditions(kind: Kind) -> str:
    """Every type of condition with its fields and an example."""
    parts = [""]
    for entry in condition_types(kind).values():
        parts += [f"### {entry.name}", "", entry.summary, ""]
        rows = [(f"`{name}`", _field(name, field, entry)) for name, field in entry.fields.items()]
        if rows:
            parts += [_table(("field", ""), rows), ""]
        body = json.dumps({"type": entry.name, **EXAMPLES[entry.name]}, ensure_ascii=False)
        parts += ["```json", body, "```", ""]
    return "\n".join([*parts, ""])


def _field(name: str, field: ConditionField, entry: ConditionType) -> str:
    words = {
        "days": "whole number of days",
        "operator": ", ".join(f"`{each}`" for each in entry.operators),
        "operand": "what the operator takes",
        "second": "upper end, for `between` and `not_between`",
        "segment": "id of a segment",
        "events": "list of event types, first to last",
        "flag": "true or false",
        "word": "one of " + ", ".join(f"`{each}`" for each in field.choices),
    }.get(field.kind, field.kind)
    notes = [words]
    if field.default is not None:
        notes.append(f"default `{field.default}`")
    elif not field.required and field.kind != "second":
        notes.append("optional")
    return "; ".join(notes)


def operators() -> str:
    """Every operator, what it takes, and in words."""
    rows = [
        (f"`{each.name}`", f"{each.words} | {VALUES[each.operand]}") for each in OPERATORS.values()
    ]
    lines = ["| operator | in words | `value` |", "|---|---|---|"]
    return "\n".join(["", *lines, *(f"| {a} | {b} |" for a, b in rows), "", ""])


def parts() -> dict[str, Callable[[], str]]:
    """What writes each part, by its name."""
    return {
        "keys": key_table,
        "exit codes": exit_codes,
        "commands": commands,
        "user conditions": partial(conditions, "user"),
        "product conditions": partial(conditions, "product"),
        "operators": operators,
        **{f"keys of {place.name}": partial(pane_keys, place.name) for place in PANES},
    }


def files() -> list[Path]:
    """Every document that may have a generated part."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def refreshed(text: str) -> str:
    """A document with its generated parts as the program is now."""
    known = parts()
    return PART.sub(lambda part: part["head"] + known[part["name"]]() + part["foot"], text)


def main(words: list[str]) -> int:
    """Write the parts, or name the documents with a stale one."""
    stale = []
    for file in files():
        text = file.read_text(encoding="utf-8")
        now = refreshed(text)
        if now != text:
            stale.append(file.relative_to(ROOT).as_posix())
            if words == ["--write"]:
                file.write_text(now, encoding="utf-8")
    if stale:
        print("written:" if words else "stale:", *stale)
    return 1 if stale and not words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
