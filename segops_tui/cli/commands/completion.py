"""`completion`: what a shell needs to complete commands, options, ids and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from segops_tui.cli.core.group import Commands

if TYPE_CHECKING:
    from segops_tui.cli.core.context import Invocation

COMMANDS: Final = Commands()


@COMMANDS.command(
    "completion",
    'eval "$(segops-tui completion bash)"       # in ~/.bashrc',
    'eval "$(segops-tui completion zsh)"        # in ~/.zshrc',
    "segops-tui completion fish > ~/.config/fish/completions/segops-tui.fish",
    "segops-tui completion powershell | Out-String | Invoke-Expression    # in $PROFILE",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish", "powershell"]))
def completion(run: Invocation, shell: str) -> None:
    """Print a shell completion script.

    Ids and names are completed from the last listings, without a request.
    """
    from click.shell_completion import get_completion_class

    from segops_tui.cli.core.printing.completions import register
    from segops_tui.cli.core.program import COMPLETE, NAME

    register()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no shell {shell!r}.")
    made = kind(click.Command(NAME), {}, NAME, COMPLETE)
    # `source()` would start a bash to ask its version.
    script = made.source_template % made.source_vars()
    if shell == "zsh":
        script = f"{_COMPINIT}{script}"
    if shell == "fish":
        # A description may have commas of its own.
        script = script.replace('string split ","', 'string split --max 1 ","')
    run.out.text(script)


_COMPINIT: Final = """\
#compdef segops-tui
if [[ $zsh_eval_context[-1] != loadautofunc ]] && ! (( $+functions[compdef] )); then
    autoload -Uz compinit && compinit
fi

"""
"""zsh knows `compdef` once its completion system is loaded, which a bare ~/.zshrc does not do."""
