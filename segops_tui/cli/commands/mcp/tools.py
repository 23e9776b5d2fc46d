"""Commands as tools: which there are, the JSON schema of each, and a call as a command line."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from segops_tui.cli.commands.commands import program_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import click

NEVER: Final = frozenset(
    {
        "open", "demo", "segments edit", "config edit",  # need a terminal
        "sandbox serve", "webhooks listen", "jobs watch",  # run until they are stopped
        "mcp", "commands", "help", "completion",  # are about command lines
        "config path", "config show", "config get", "config validate",  # are about this machine
    }
)  # fmt: skip
"""Commands that are no tools, whatever is allowed."""
_CONFIG: Final = "the config file"
"""What no tool writes: it holds the guards, and programs that print keys."""
_SECRETS: Final = frozenset({"--secret-env"})
"""Options that use a secret of the environment, which no tool does."""
_PROFILE: Final = "PROFILE"
"""The value of options that name another workspace, such as that of `segments copy --to`."""
_FILES: Final = frozenset({"path", "file", "directory"})
_NUMBERS: Final = {"integer": "integer", "integer range": "integer", "float": "number"}
_SOURCE: Final = "FILE|-"


class WrongArguments(ValueError):
    """The arguments of a call do not fit the tool's schema."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One command as a tool."""

    name: str
    """`product_segments_list`."""
    words: tuple[str, ...]
    """`product-segments`, `list`."""
    description: str
    schema: Mapping[str, Any]
    """What a call may hold, as a JSON schema."""
    mutates: bool
    places: tuple[str, ...] = ()
    """Properties that are arguments, in order."""
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Properties that are options, and their flags: one for a value, one or two for a switch (what
    true gives; what false gives)."""
    body: bool = False
    """Whether the property `body` becomes the command's standard input."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A call as the words after the program's name, and its standard input."""

    words: tuple[str, ...]
    stdin: str | None = None


def tools(root: click.Command, *, changes: bool) -> list[Tool]:
    """Every command that may be a tool; without `changes` only those that change nothing."""
    told = program_reference(root)["commands"]
    made = (_tool(command, files=changes) for command in told if _is_allowed(command, changes))
    return [tool for tool in made if tool is not None]


def _is_allowed(command: Mapping[str, Any], changes: bool) -> bool:
    if command["command"] in NEVER or command["writes"] == _CONFIG:
        return False
    for option in command["options"]:
        if _SECRETS.intersection(option["flags"]) or option["metavar"] == _PROFILE:
            return False
    return changes or not command["mutates"]


def _tool(command: Mapping[str, Any], *, files: bool) -> Tool | None:
    """The tool; None where it must be given a file and no tool may read one."""
    properties: dict[str, Any] = {}
    required, places, body = [], [], False
    for argument in command["arguments"]:
        if _SOURCE in argument["metavar"]:
            body = True
            if argument["required"] and argument["type"] in _FILES:
                required.append("body")
            if argument["type"] in _FILES and not argument["multiple"]:
                continue
        elif argument["type"] in _FILES and not files:
            if argument["required"]:
                return None
            continue
        name = argument["name"]
        properties[name] = _described(argument, argument["metavar"])
        places.append(name)
        if argument["required"]:
            required.append(name)
    options: dict[str, tuple[str, ...]] = {}
    for option in command["options"]:
        if option["type"] in _FILES and not files:
            continue
        flag = max(option["flags"], key=len)
        name = flag.strip("-").replace("-", "_")
        properties[name] = (
            {"type": "boolean", "description": option["help"]}
            if option["is_flag"]
            else _described(option, option["help"], option["metavar"])
        )
        options[name] = (flag,)
        if option["required"]:
            required.append(name)
    for name, (schema, flags) in _shared(command).items():
        if name not in properties:
            properties[name], options[name] = schema, flags
    if body:
        properties["body"] = _BODY
    return Tool(
        name=command["command"].replace(" ", "_").replace("-", "_"),
        words=tuple(command["command"].split()),
        description=command["description"],
        schema={
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": False,
        },
        mutates=command["mutates"],
        places=tuple(places),
        options=options,
        body=body,
    )


_BODY: Final = {
    "type": ["object", "array", "string"],
    "description": "What the command would read from a file, as JSON; text is taken as it is.",
}


def _described(param: Mapping[str, Any], about: str | None, metavar: str | None = None) -> Any:
    kind: dict[str, Any] = {"type": _NUMBERS.get(param["type"], "string")}
    if "choices" in param:
        kind["enum"] = param["choices"]
    text = f"{metavar}: {about}" if metavar else about
    if param["multiple"]:
        return {"type": "array", "items": kind, "description": text}
    return {**kind, "description": text}


def _shared(command: Mapping[str, Any]) -> dict[str, tuple[Any, tuple[str, ...]]]:
    """The shared options that a call may use; never those that choose a server or say yes."""
    found: dict[str, tuple[Any, tuple[str, ...]]] = {}

    def switch(name: str, about: str, *flags: str) -> None:
        found[name] = ({"type": "boolean", "description": about}, flags)

    if any("--where" in option["flags"] for option in command["options"]):
        about = "Maximum rows to list (default 100)."
        found["limit"] = ({"type": "integer", "minimum": 1, "description": about}, ("--limit",))
        switch("all", "All rows.", "--all")
        names = {"type": "string", "description": "Fields to answer with: id,name."}
        found["fields"] = (names, ("--fields",))
    if command["mutates"]:
        switch("dry_run", "Answer with each change as JSON; make none.", "--dry-run")
        about = "Wait for the job to finish (default), or only start it."
        switch("wait", about, "--wait", "--no-wait")
    return found


def command_line(tool: Tool, arguments: Mapping[str, Any]) -> CommandLine:
    """A call as a command line in which no value can become an option or another command.

    Raises:
        WrongArguments: a property is unknown, missing, or of another type.
    """
    properties = tool.schema["properties"]
    if unknown := sorted(set(arguments) - set(properties)):
        known = ", ".join(properties) or "none"
        raise WrongArguments(f"{tool.name} has no argument {unknown[0]!r}. It has: {known}.")
    given = {name: value for name, value in arguments.items() if value is not None}
    for name in tool.schema["required"]:
        if given.get(name) in (None, []):
            raise WrongArguments(f"{tool.name} needs the argument {name!r}.")
    body = given.pop("body", None)
    for name, value in given.items():
        _check(name, properties[name], value)
    options = [word for name in tool.options for word in _option(tool, name, given.get(name))]
    places = list(_places(tool, given))
    if body is not None:
        places.append("-")
    return CommandLine((*tool.words, *options, "--", *places), _stdin(body))


def _option(tool: Tool, name: str, value: Any) -> Iterator[str]:
    flags = tool.options[name]
    if value is None:
        return
    if isinstance(value, bool):
        yield from flags[:1] if value else flags[1:]
        return
    for each in value if isinstance(value, list) else [value]:
        # A short option takes the next word, whatever it begins with.
        yield from (f"{flags[0]}={each}",) if flags[0].startswith("--") else (flags[0], str(each))


def _places(tool: Tool, given: Mapping[str, Any]) -> Iterator[str]:
    missing = None
    for name in tool.places:
        value = given.get(name)
        if value in (None, []):
            missing = missing or name
        elif missing:
            raise WrongArguments(f"{tool.name}: {name!r} needs {missing!r} as well.")
        else:
            yield from map(str, value if isinstance(value, list) else [value])


def _check(name: str, schema: Mapping[str, Any], value: Any) -> None:
    """Compare a value with the few kinds of schema there are."""
    kind = schema["type"]
    if kind == "array":
        if not isinstance(value, list):
            raise WrongArguments(f"{name!r} is an array.")
        for each in value:
            _check(name, schema["items"], each)
        return
    is_bool = isinstance(value, bool)
    fits = {
        "boolean": is_bool,
        "string": isinstance(value, str),
        "integer": isinstance(value, int) and not is_bool,
        "number": isinstance(value, int | float) and not is_bool,
    }[kind]
    if not fits:
        raise WrongArguments(f"{name!r} is {'an' if kind == 'integer' else 'a'} {kind}.")
    if "enum" in schema and value not in schema["enum"]:
        raise WrongArguments(f"{name!r} is one of {', '.join(schema['enum'])}.")
    if isinstance(value, str) and not _is_word(value):
        raise WrongArguments(f"{name!r} holds a character that no command line can carry.")


def _is_word(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def _stdin(body: Any) -> str | None:
    if body is None:
        return None
    if isinstance(body, str):
        if not _is_word(body):
            raise WrongArguments("'body' is not text.")
        return body
    if not isinstance(body, dict | list):
        raise WrongArguments("'body' is an object, an array or text.")
    return json.dumps(body)


def named(found: Sequence[Tool]) -> dict[str, Tool]:
    """Tools by their names."""
    return {tool.name: tool for tool in found}
