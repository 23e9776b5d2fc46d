"""How a file is read, as the form shows it: a line for each setting, and what it can be set to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.jobs.imports.files.encoding import encoding_name
from segops_tui.jobs.imports.files.options import ReadOptions
from segops_tui.jobs.imports.files.previews import encoding_choices, first_lines
from segops_tui.tui.core.text import one_line
from segops_tui.tui.dialogs.chooser import Choosable, Chooser

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from segops_tui.jobs.imports.errors import ReadChoice
    from segops_tui.jobs.imports.files.options import DecimalMark, Quoting, TextFormat

TITLES: Final = {
    "encoding": "Encoding",
    "delimiter": "Separator",
    "quoting": "Quotes",
    "decimal": "Decimal mark",
    "header_line": "Column names",
    "sheet": "Sheet",
}
"""The settings in the order in which they are shown, by the name of the option."""
SEPARATORS: Final = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
    "^": "caret",
    ":": "colon",
    " ": "space",
}
QUOTES: Final[Mapping[Quoting, str]] = {
    "standard": '"…", a quote inside is doubled',
    "backslash": '"…", a quote inside follows a backslash',
    "single": "'…', single quotes",
    "spaced": '"…", spaces around cells do not count',
    "none": "none: quotes are letters",
}
DECIMALS: Final[Mapping[DecimalMark, str]] = {
    "comma": "comma: 1.299 is 1299",
    "point": "point: 1,299 is 1299",
}
_EVIDENCE: Final = "decide by the file"
_LINES: Final = 8


@dataclass(frozen=True, slots=True)
class ReadSetting:
    """One setting: what the file is read with, and whether the user chose it."""

    name: str
    value: str
    is_chosen: bool = False
    is_asked: bool = False
    """Whether the check cannot decide it."""

    @property
    def title(self) -> str:
        """Its name for people."""
        return TITLES[self.name]


def settings(
    options: ReadOptions, found: TextFormat | None, asked: tuple[ReadChoice, ...] = ()
) -> list[ReadSetting]:
    """The settings of a file; `found` is what a check decided, `asked` what it could not."""
    chosen = options.to_json()
    open_names = {name for choice in asked for name in choice.options.to_json()}
    shown = []
    for name in TITLES:
        is_asked, is_chosen = name in open_names, name in chosen
        value = "?" if is_asked else _value(name, options, found)
        if value or name != "sheet":
            shown.append(ReadSetting(name, value or "–", is_chosen, is_asked))
    return shown


def _value(name: str, options: ReadOptions, found: TextFormat | None) -> str:
    text = found or options
    if name == "encoding":
        return "" if text.encoding is None else encoding_name(text.encoding)
    if name == "delimiter":
        return "" if text.delimiter is None else SEPARATORS.get(text.delimiter, text.delimiter)
    if name == "quoting":
        return "" if text.quoting is None else QUOTES[text.quoting]
    if name == "decimal":
        return "as each price is written" if text.decimal is None else DECIMALS[text.decimal]
    if name == "header_line":
        if text.header_line is None:
            return ""
        return f"line {text.header_line:,}" if text.header_line else "none: columns are numbered"
    return one_line(options.sheet or "")


def setting_chooser(
    name: str, path: Path, options: ReadOptions, found: TextFormat | None
) -> Chooser[ReadOptions]:
    """What a setting can be set to, each as the options to read the file with."""
    if name == "encoding":
        choices = [
            (choice.options, choice.label, " · ".join(choice.cells))
            for choice in encoding_choices(path, sheet=options.sheet)
        ]
    elif name == "delimiter":
        choices = [(ReadOptions(delimiter=c), words, "") for c, words in SEPARATORS.items()]
    elif name == "quoting":
        choices = [(ReadOptions(quoting=c), words, "") for c, words in QUOTES.items()]
    elif name == "decimal":
        choices = [(ReadOptions(decimal=c), words, "") for c, words in DECIMALS.items()]
    elif name == "header_line":
        encoding = options.encoding or ("utf-8" if found is None else found.encoding)
        lines = first_lines(path, encoding, _LINES, sheet=options.sheet)
        choices = [(ReadOptions(header_line=0), "none: columns are numbered", "")]
        choices += [
            (ReadOptions(header_line=number), f"line {number}", line)
            for number, line in enumerate(lines, start=1)
        ]
    else:
        choices = []
    listed = [Choosable(option, title, one_line(note)) for option, title, note in choices]
    listed.insert(
        0, Choosable(ReadOptions(), _EVIDENCE, "" if name in options.to_json() else "now")
    )
    return Chooser(
        TITLES[name],
        listed,
        placeholder=_PLACEHOLDERS.get(name, "type to find one"),
        new=_NEW.get(name),
    )


def with_setting(options: ReadOptions, name: str, chosen: ReadOptions) -> ReadOptions:
    """The options with one setting replaced, or left to the file."""
    kept = {key: value for key, value in options.to_json().items() if key != name}
    return ReadOptions.from_json({**kept, **chosen.to_json()})


def _new_separator(typed: str) -> Choosable[ReadOptions] | None:
    if len(typed) != 1 or typed in "\"'\\" or typed.isalnum():
        return None
    return Choosable(ReadOptions(delimiter=typed), SEPARATORS.get(typed, typed), "this character")


def _new_line(typed: str) -> Choosable[ReadOptions] | None:
    if not typed.isdecimal() or int(typed) <= _LINES:
        return None
    return Choosable(ReadOptions(header_line=int(typed)), f"line {int(typed)}", "")


_NEW: Final = {"delimiter": _new_separator, "header_line": _new_line}
_PLACEHOLDERS: Final = {
    "delimiter": "type a character, or choose one",
    "header_line": "type the number of a line, or choose one",
}
