"""YAML as this package writes and reads it: the values that JSON has, and the line of each.

Reading is strict: one document, no tags, no anchors, no key twice. Only `true`, `false`, `null`
and numbers as JSON spells them are not text, so that `no`, `007` and `2026-01-01` stay as they
are. Writing sorts keys and quotes every text that this or another reader would take for something
else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from segops_tui.api.json_text import deeply

if TYPE_CHECKING:
    from segops_tui.jobs.workspace.documents import Place

_NULL: Final = re.compile(r"~|null|Null|NULL|")
_TRUE: Final = re.compile(r"true|True|TRUE")
_FALSE: Final = re.compile(r"false|False|FALSE")
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_PLAIN: Final = (_NULL, _TRUE, _FALSE, _INTEGER, _NUMBER)
_UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What an editor does not show, or a terminal may obey: written as an escape."""
_TAGS: Final = tuple(f"tag:yaml.org,2002:{name}" for name in ("str", "seq", "map"))


class NotReadable(Exception):
    """A text is not YAML as a workspace's files have it; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def read_yaml(text: str) -> tuple[Any, dict[Place, int]]:
    """The value of a YAML text, and the line of each value in it.

    Raises:
        NotReadable: it is not YAML, or has what these files do not have.
    """
    try:
        node = yaml.compose(text, Loader=_Loader)
        lines: dict[Place, int] = {}
        return (None if node is None else _value(node, (), lines)), lines
    except yaml.reader.ReaderError as error:
        # Its position is a character of the text.
        line = text.count("\n", 0, error.position) + 1
        raise NotReadable(f"a control character (U+{ord(_char(error)):04X}).", line) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NotReadable(_worded(error), 1 if mark is None else mark.line + 1) from error
    except RecursionError as error:
        raise NotReadable("it is nested too deeply.", 1) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise NotReadable(f"not YAML: {error}.", 1) from error


def write_yaml(value: Any) -> str:
    """A value as YAML: keys sorted, a long text on one line, a text of several lines as a block."""
    text: str = deeply(
        lambda: yaml.dump(
            value,
            Dumper=_Dumper,
            sort_keys=True,
            allow_unicode=True,
            default_flow_style=False,
            width=1_000_000,
        )
    )
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


class _Loader(yaml.SafeLoader):
    """Resolves nothing by itself, and refuses aliases."""

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012 (PyYAML's own way)

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node that is not an alias."""
        if self.check_event(yaml.AliasEvent):
            parser: Any = self
            raise yaml.composer.ComposerError(
                None, None, "anchors and aliases are not read here: write the value out",
                parser.peek_event().start_mark,
            )  # fmt: skip
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, and repeats equal values."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        """Indent a list below its key, as editors and formatters do."""
        del indentless
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Never write an anchor."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _UNSAFE.search(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif any(pattern.fullmatch(text) for pattern in _PLAIN):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _value(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:
    lines[place] = node.start_mark.line + 1
    if node.tag not in _TAGS:
        raise yaml.constructor.ConstructorError(
            None, None, f"the tag {_short(node.tag)} is not read here", node.start_mark
        )
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*place, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place, lines)
    return _scalar(node.value) if getattr(node, "style", None) is None else node.value


def _mapping(node: yaml.MappingNode, place: Place, lines: dict[Place, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(
                None, None, "a key is a word, not a list or a mapping", key.start_mark
            )
        if key.value in found:
            first = lines[(*place, key.value)]
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key.value!r} is given twice, first on line {first}",
                key.start_mark,
            )  # fmt: skip
        found[key.value] = _value(item, (*place, key.value), lines)
        lines[(*place, key.value)] = key.start_mark.line + 1
    return found


def _scalar(text: str) -> Any:
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text) or _FALSE.fullmatch(text):
        return _TRUE.fullmatch(text) is not None
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        number = float(text)
        if abs(number) == float("inf"):
            raise ValueError(f"{text} is too large a number")
        return number
    return text


def _worded(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or "unreadable")
    if "'\\t'" in problem:
        return "a tab cannot indent: use spaces."
    if "single document" in str(error.context):
        return "a file has one document: remove the second one, after ---."
    is_ours = isinstance(error, yaml.constructor.ConstructorError) or "anchors" in problem
    return f"{problem}." if is_ours else f"not YAML: {problem}."


def _char(error: yaml.reader.ReaderError) -> str:
    return error.character if isinstance(error.character, str) else chr(error.character)


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
