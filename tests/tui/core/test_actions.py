"""Whatever can be done in the console can be done by a command that exists."""

from __future__ import annotations

import shlex
from string import Formatter
from typing import Any

import click
import pytest

from segops_tui.cli.core.program import Root
from segops_tui.tui.frame.app import Console
from segops_tui.tui.frame.main import MainScreen
from segops_tui.tui.panes.registry import PANES
from segops_tui.tui.product_imports.screen import ImportScreen
from segops_tui.tui.rules.editor import RuleEditor

ACTORS = [Console, MainScreen, ImportScreen, RuleEditor, *(place.load() for place in PANES)]
OFFERED = [(actor, action) for actor in ACTORS for action in actor.ACTIONS]


class Samples(dict):
    """A value for every name a command may ask for."""

    def __missing__(self, name: str) -> Any:
        return "12"


def samples(actor: Any, file: str) -> Samples:
    own = actor.command_words() if hasattr(actor, "command_words") else {}
    return Samples(
        own,
        ids=["12", "15"],
        file=file,
        to="out.csv",
        fields=["--set", "name=VIPs"],
        columns="id,name",
        map="Handle=sku",
        place="segment/12",
        where="brand=Fern",
        since="7d",
        profile="staging",
    )


def parsed(line: str) -> list[str]:
    """The names of the commands a line leads to; nothing is run.

    Raises:
        click.UsageError: there is no such command, or it does not take these words.
    """
    program, *words = shlex.split(line)
    assert program == "segops-tui"
    command: click.Command = Root()
    context = command.make_context(program, words, obj={})
    names = []
    while isinstance(command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, found, rest = command.resolve_command(context, rest)
        assert found is not None
        names.append(str(name))
        command = found
        context = command.make_context(name, rest, parent=context)
    return names


def test_an_action_names_a_command_that_exists_and_takes_its_words(tmp_path):
    file = tmp_path / "file.json"
    file.write_text("{}")
    refused = {}
    for actor, action in OFFERED:
        values = samples(actor, str(file))
        names = [name for _, name, _, _ in Formatter().parse(action.command)]
        line = action.command_line(**{name: values[name] for name in names if name})
        try:
            assert parsed(line)
        except (click.ClickException, AssertionError, ValueError) as error:
            refused[f"{actor.__name__} {action.id}: {line}"] = error

    assert refused == {}


def test_a_command_that_does_not_exist_is_found_out():
    with pytest.raises(click.UsageError):
        parsed("segops-tui segments dance 12")
    with pytest.raises(click.UsageError):
        parsed("segops-tui segments recompute 12 --loudly")
