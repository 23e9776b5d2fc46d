"""One call: the command in a process of its own, bounded in time and size, and its answer."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segops_tui.api.keys import redact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from segops_tui.cli.commands.mcp.tools import CommandLine

MOST: Final = 100_000
"""Characters of an answer; the rest is cut."""
_GRACE: Final = 10.0
"""Seconds a command has to detach its job after SIGTERM, before it is killed."""
CUT: Final = (
    "The answer was cut at {most:,} characters and is not complete: ask for less with limit, "
    "fields or where."
)


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a command printed, without keys."""

    texts: tuple[str, ...]
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs command lines of this program."""

    always: Sequence[str]
    """Words that every command line gets, whatever the call says."""
    environ: Mapping[str, str]
    timeout: float
    """Seconds for one call."""
    most: int = MOST

    async def __call__(self, line: CommandLine) -> ToolAnswer:
        """Run one; its failures are answers too."""
        words = [*_before_places(line.words, self.always)]
        pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "segops_tui", *words,
                stdin=null if line.stdin is None else pipe, stdout=pipe, stderr=pipe,
                env=dict(self.environ),
            )  # fmt: skip
        except OSError as error:  # a command line that is too long
            return ToolAnswer((f"The command could not be started: {error.strerror}.",), True)
        try:
            async with asyncio.timeout(self.timeout):
                out, err = await self._finished(process, line.stdin)
        except TimeoutError:
            return ToolAnswer(
                (
                    f"The command was stopped after {self.timeout:g} s. A job that it started goes "
                    "on or can be resumed: see jobs_list. Allow more with mcp --call-timeout.",
                ),
                True,
            )
        finally:
            await _stop(process)
        return answer(process.returncode or 0, out, err, self.most)

    async def _finished(
        self, process: asyncio.subprocess.Process, stdin: str | None
    ) -> tuple[bytes, bytes]:
        # A character takes four bytes at most; one more tells that there was more.
        most = 4 * self.most + 1
        _, out, err = await asyncio.gather(
            _feed(process.stdin, stdin), _read(process.stdout, most), _read(process.stderr, most)
        )
        await process.wait()
        return out, err


def answer(code: int, out: bytes, err: bytes, most: int = MOST) -> ToolAnswer:
    """What a command's exit code and output mean.

    A command that failed says so on standard error. `check` that found something wrong, or a
    `diff` with changes, ends with another code than 0 and is no failure.
    """
    texts = []
    for octets in (out, err):
        text = octets.decode("utf-8", errors="replace").strip()
        if text:
            texts.append(redact(text[:most]))
        if len(text) > most:
            texts.append(CUT.format(most=most))
    is_error = code != 0 and (bool(err.strip()) or not out.strip())
    return ToolAnswer(tuple(texts or (f"Done (exit code {code}).",)), is_error)


def _before_places(words: Sequence[str], always: Sequence[str]) -> list[str]:
    """The words, with those of every call before the `--` that ends the options."""
    end = words.index("--")
    return [*words[:end], *always, *words[end:]]


async def _feed(stream: asyncio.StreamWriter | None, text: str | None) -> None:
    if stream is None:
        return
    with suppress(BrokenPipeError, ConnectionResetError):
        stream.write((text or "").encode())
        await stream.drain()
    stream.close()


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes:
    """What comes, up to a size; the rest is read and dropped, so that the command can end."""
    kept = bytearray()
    while stream is not None and (chunk := await stream.read(65_536)):
        kept += chunk[: most - len(kept)]
    return bytes(kept)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """End a command that is still running, also while the call is being cancelled."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    ending = asyncio.create_task(_ended(process))
    _ENDING.add(ending)
    ending.add_done_callback(_ENDING.discard)
    await asyncio.shield(ending)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Let it detach its job, then kill it."""
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        pass
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


_ENDING: Final[set[asyncio.Task[None]]] = set()
"""Commands that are being ended; the loop itself keeps no task alive."""
