"""Commands as tools: what is offered, and that a call never becomes more than it says."""

from __future__ import annotations

import json
import re
from typing import Any

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segops_tui.cli.commands.commands import program_reference, walk
from segops_tui.cli.commands.mcp.tools import Tool, WrongArguments, command_line, named, tools
from segops_tui.cli.core.program import Root

ROOT = Root()
COMMANDS = dict(walk(ROOT))
TOLD = {each["command"]: each for each in program_reference(ROOT)["commands"]}
ALL = named(tools(ROOT, changes=True))
READS = named(tools(ROOT, changes=False))


def told(tool: Tool) -> dict[str, Any]:
    return TOLD[" ".join(tool.words)]


def test_each_tool_has_a_name_of_its_own_that_every_client_takes() -> None:
    assert len(ALL) == len(tools(ROOT, changes=True))
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", name) for name in ALL)


def test_without_allowance_no_tool_changes_anything_or_reads_a_file() -> None:
    assert {"segments_list", "segments_get", "users_explain", "check"} <= READS.keys()
    assert not any(told(tool)["mutates"] or tool.mutates for tool in READS.values())
    for tool in READS.values():
        params = [*told(tool)["arguments"], *told(tool)["options"]]
        files = {p.get("name") for p in params if p["type"] in {"path", "file", "directory"}}
        assert not files & set(tool.schema["properties"])
    assert "diff" not in READS


def test_no_tool_writes_the_config_uses_a_secret_or_runs_for_ever() -> None:
    assert {"segments_delete", "products_import", "api", "apply"} <= ALL.keys()
    assert not any(told(tool)["writes"] == "the config file" for tool in ALL.values())
    assert not any(name.startswith(("config_", "profiles_add")) for name in ALL)
    assert not ALL.keys() & {
        "mcp", "open", "demo", "completion", "sandbox_serve", "webhooks_listen", "webhooks_sign",
        "jobs_watch", "segments_edit",
    }  # fmt: skip


def test_no_call_chooses_a_server_answers_a_question_or_lifts_a_guard() -> None:
    offered = {flag for tool in ALL.values() for flags in tool.options.values() for flag in flags}

    assert not offered & {
        "-p", "--profile", "--api-url", "-y", "--yes", "--read-only", "-o", "--output", "--jq",
        "--debug", "--timeout",
    }  # fmt: skip


def test_no_tool_reaches_into_the_workspace_of_another_profile() -> None:
    assert "--to" in {flag for o in TOLD["segments copy"]["options"] for flag in o["flags"]}
    assert not ALL.keys() & {"segments_copy", "product_segments_copy"}
    assert not any(
        o["metavar"] == "PROFILE" for tool in ALL.values() for o in told(tool)["options"]
    )


def test_a_schema_says_types_choices_and_what_is_needed() -> None:
    assert READS["segments_diff"].schema == {
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "ID|NAME"},
            "older": {"type": "integer", "description": "[OLDER]"},
            "newer": {"type": "integer", "description": "[NEWER]"},
        },
        "required": ["id"],
        "additionalProperties": False,
    }
    provider = READS["queries_results"].schema["properties"]["provider"]
    assert provider["type"] == "array"
    assert provider["items"]["enum"] == TOLD["queries results"]["options"][0]["choices"]
    assert READS["segments_list"].schema["properties"]["all"]["type"] == "boolean"


def test_a_call_is_options_first_and_places_after_the_end_of_options() -> None:
    line = command_line(ALL["products_update"], {"ids": ["--yes", "2"], "set": ["a=1", "b=-p"]})
    short = command_line(ALL["api"], {"method": "GET", "path": "/x/", "f": ["--yes"]})

    assert line.words == ("products", "update", "--set=a=1", "--set=b=-p", "--", "--yes", "2")
    assert short.words == ("api", "-f", "--yes", "--", "GET", "/x/")


def test_a_body_is_the_standard_input_and_no_file_is_read() -> None:
    line = command_line(ALL["segments_update"], {"ids": ["4"], "body": {"name": "é"}})

    assert line.words == ("segments", "update", "--", "4", "-")
    assert json.loads(line.stdin or "") == {"name": "é"}
    assert "source" not in READS["segments_preview"].schema["properties"]


def test_a_switch_says_yes_no_or_nothing() -> None:
    run = ALL["queries_run"]

    assert command_line(run, {"ids": ["1"], "wait": False}).words[2] == "--no-wait"
    assert command_line(run, {"ids": ["1"], "wait": True}).words[2] == "--wait"
    assert command_line(run, {"ids": ["1"], "dry_run": False}).words[2] == "--"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("segments_list", {"profile": "prod"}, "has no argument 'profile'"),
        ("segments_get", {}, "needs the argument 'ids'"),
        ("segments_get", {"ids": []}, "needs the argument 'ids'"),
        ("segments_get", {"ids": "1"}, "'ids' is an array"),
        ("segments_list", {"limit": True}, "'limit' is an integer"),
        ("segments_list", {"all": "yes"}, "'all' is a boolean"),
        ("segments_diff", {"id": "1", "newer": 2}, "needs 'older' as well"),
        ("segments_get", {"ids": ["a\0b"]}, "no command line can carry"),
        ("segments_get", {"ids": ["\ud800"]}, "no command line can carry"),
        ("queries_results", {"id": "1", "provider": ["nobody"]}, "'provider' is one of"),
        ("segments_preview", {"body": 3}, "'body' is an object"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    name: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(WrongArguments, match=re.escape(said)):
        command_line(READS[name], arguments)


WORDS = st.sampled_from(
    ["--yes", "-p", "--profile=prod", "--", "-", "", "=", "-y", "--api-url=http://example.com", "x"]
) | st.text(max_size=8)
VALUES = st.none() | st.booleans() | st.integers() | WORDS | st.lists(WORDS, max_size=3)


@settings(max_examples=2 * settings.default.max_examples)
@given(st.data())
def test_whatever_is_called_no_value_becomes_an_option_or_another_command(
    data: st.DataObject,
) -> None:
    tool = data.draw(st.sampled_from(list(ALL.values())))
    properties = tool.schema["properties"]
    drawn = {name: data.draw(_fitting(kind) | VALUES) for name, kind in properties.items()}
    try:
        line = command_line(tool, drawn)
    except WrongArguments:
        return
    command = COMMANDS[" ".join(tool.words)]
    context = click.Context(command, info_name=command.name, allow_extra_args=True)
    own = list(line.words[len(tool.words) :])

    parsed, rest, order = command.make_parser(context).parse_args(list(own))

    assert line.words[: len(tool.words)] == tool.words
    allowed = {flag for flags in tool.options.values() for flag in flags}
    options = [param for param in order if isinstance(param, click.Option)]
    assert all(allowed.intersection((*p.opts, *p.secondary_opts)) for p in options)
    assert rest == []
    for name, flags in tool.options.items():
        param = next(p for p in command.params if flags[0] in p.opts)
        value = drawn[name]
        if value is not None and properties[name]["type"] in {"string", "integer"}:
            assert str(parsed[param.name]) == str(value)
    for name in tool.places:
        wanted = drawn[name]
        if isinstance(wanted, list) and wanted:
            taken = parsed[name][:-1] if drawn.get("body") is not None else parsed[name]
            assert list(taken) == wanted


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "string": WORDS, "boolean": st.booleans(), "integer": st.integers(),
        "number": st.floats(allow_nan=False),
    }  # fmt: skip
    if schema["type"] == "array":
        return st.lists(_fitting(schema["items"]), max_size=3)
    if isinstance(schema["type"], list):
        return st.dictionaries(WORDS, WORDS, max_size=2) | WORDS
    return kinds[schema["type"]]
