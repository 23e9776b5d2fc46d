"""`mcp`: serve the commands as tools over standard input and output."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui._version import __version__
from segops_tui.api.keys import redact
from segops_tui.cli.core.group import Commands
from segops_tui.cli.core.options import SECONDS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from segops_tui.cli.commands.mcp.calls import Runner
    from segops_tui.cli.commands.mcp.tools import Tool
    from segops_tui.cli.core.context import Invocation
    from segops_tui.cli.core.options import Shared

COMMANDS: Final = Commands()
_AT_ONCE: Final = 4
"""Calls that run at the same time."""


class _NoSdk(click.UsageError):
    """The library is not installed."""

    hint = "Install it: pip install 'segops-tui[mcp]'."


@COMMANDS.command(
    "mcp",
    "segops-tui mcp",
    "segops-tui mcp -p staging --allow-changes",
    writes="the workspace, through its tools",
)
@click.option(
    "--allow-changes",
    is_flag=True,
    help="Offer the tools that change something, too; a production profile stays locked.",
)
@click.option(
    "--call-timeout",
    metavar="TIME",
    type=SECONDS,
    default=300.0,
    help="How long one call may take, such as 90s or 10m (default 5m).",
)
def mcp(run: Invocation, allow_changes: bool, call_timeout: float) -> None:
    """Serve the commands as tools for AI agents, over the Model Context Protocol.

    An agent's program starts it and talks to it over standard input and output. Each tool is one
    command and answers with its JSON. Without --allow-changes there are only tools that change
    nothing and read no file. A profile with a production guard is never changed, not even with
    --yes. Answers hold no keys.
    """
    try:
        import mcp_types as _types  # noqa: F401 (whether it is there: version 1 has no such module)
    except ImportError as error:
        raise _NoSdk(
            "mcp needs the Python library mcp (2.0 or newer), which is not installed."
        ) from error
    from segops_tui.cli.commands.mcp.calls import Runner
    from segops_tui.cli.commands.mcp.tools import named, tools

    _ = run.profile  # one that does not exist is told of now, not at each call
    changes = allow_changes and not run.options.read_only
    root = click.get_current_context().find_root().command
    found = named(tools(root, changes=changes))
    runner = Runner(
        always(run.options, changes=changes), environment(run.environ, run.options), call_timeout
    )
    serving = partial(run.talk.note, f"serving {len(found)} tools on standard input and output")
    asyncio.run(_serve(found, runner, serving))


def always(options: Shared, *, changes: bool) -> list[str]:
    """The words that every command line gets.

    `--yes` answers questions. It unlocks no production profile, because `--profile` is not among
    them.
    """
    words = ["--output=json", "--quiet", "--color=never"]
    words += ["--yes"] if changes else ["--read-only"]
    if options.dry_run:
        words.append("--dry-run")
    if options.api_url is not None:
        words.append(f"--api-url={options.api_url}")
    if options.timeout is not None:
        words.append(f"--timeout={options.timeout:g}")
    return [*words, f"--max-retries={options.max_retries}"]


def environment(environ: Mapping[str, str], options: Shared) -> dict[str, str]:
    """The variables of every command: the profile is chosen there, as `--profile` would."""
    from segops_tui.config.profiles import ENVIRONMENT

    kept = dict(environ)
    if options.profile is None:
        return kept
    if options.profile == ENVIRONMENT:
        kept.pop("SEGOPS_PROFILE", None)
        return kept
    for name in ("SEGOPS_API_KEY", "SEGOPS_API_URL"):
        kept.pop(name, None)  # a profile given by its name has its own
    return {**kept, "SEGOPS_PROFILE": options.profile}


async def _serve(found: Mapping[str, Tool], runner: Runner, serving: Callable[[], None]) -> None:
    """Answer until standard input ends; `serving` is called when it can be interrupted."""
    import mcp_types as types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server

    from segops_tui.cli.commands.mcp.calls import ToolAnswer
    from segops_tui.cli.commands.mcp.tools import WrongArguments, command_line

    free = asyncio.Semaphore(_AT_ONCE)

    async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    description=tool.description,
                    input_schema=dict(tool.schema),
                    annotations=types.ToolAnnotations(read_only_hint=not tool.mutates),
                )
                for tool in found.values()
            ]
        )

    async def answered(name: str, arguments: Mapping[str, Any]) -> ToolAnswer:
        tool = found.get(name)
        if tool is None:
            return ToolAnswer((no_tool(name, found),), is_error=True)
        try:
            line = command_line(tool, arguments)
        except WrongArguments as error:
            return ToolAnswer((redact(str(error)),), is_error=True)
        async with free:
            return await runner(line)

    async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        ended = await answered(params.name, params.arguments or {})
        content: list[types.ContentBlock] = [
            types.TextContent(type="text", text=text) for text in ended.texts
        ]
        return types.CallToolResult(content=content, is_error=ended.is_error)

    server: Server[Any] = Server(
        "segops-tui", version=__version__, on_list_tools=list_tools, on_call_tool=call_tool
    )
    # Nothing interrupts the SDK's own reader of standard input: Ctrl-C would not end the program.
    requests: Any = lines(0)
    async with stdio_server(stdin=requests) as (incoming, outgoing):
        serving()
        await server.run(incoming, outgoing, server.create_initialization_options())


async def lines(number: int) -> AsyncIterator[str]:
    """The lines of a file descriptor, read in a thread that no one waits for at the end."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # the loop has ended
            with suppress(OSError), open(number, "rb", closefd=False) as file:
                for line in file:
                    text = line.decode("utf-8", errors="replace")
                    loop.call_soon_threadsafe(queue.put_nowait, text)
            loop.call_soon_threadsafe(queue.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    while (line := await queue.get()) is not None:
        yield line


def no_tool(name: str, found: Mapping[str, Tool]) -> str:
    """Why there is no such tool: it changes something, or the name is unknown."""
    from difflib import get_close_matches

    from segops_tui.cli.commands.mcp.tools import named, tools
    from segops_tui.cli.core.program import Root

    if name in named(tools(Root(), changes=True)):
        return f"{name} is not offered: start `segops-tui mcp` with --allow-changes to allow it."
    close = get_close_matches(name, found, n=1)
    nearest = f" Did you mean {close[0]}?" if close else ""
    return redact(f"There is no tool {name!r}.{nearest}")
