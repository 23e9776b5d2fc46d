"""A profile under the hands of a person: what is given so far, and what is against it.

Knows fields and the config's rules for them; shows nothing, keeps nothing, and never says a key.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segops_tui.api.address import checked_address, origin
from segops_tui.api.errors import SegOpsConfigError
from segops_tui.api.keys import require_secret_key
from segops_tui.config.faults import command_faults, variable_faults
from segops_tui.config.profiles import DEFAULT_URL
from segops_tui.config.store import NewProfile, check_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from segops_tui.config.profiles import Profile

AS_IT_IS: Final = "as it is"
TYPED: Final = "typed here"
VARIABLE: Final = "variable"
COMMAND: Final = "command"
KEYRING: Final = "keyring"
HIDDEN: Final = frozenset({TYPED, KEYRING})
"""Sources for which the key itself is typed."""
NO_COLOUR: Final = "none"


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form."""

    name: str
    address: str
    workspace: str
    source: str
    guard: str
    colour: str
    given: str = field(default="", repr=False)
    """The key, the variable's name or the command, by the source."""
    old: Profile | None = None
    """The profile that is to be changed; None makes another one."""
    guard_chosen: bool = False
    """Whether a person chose the guard, or it follows from the name."""

    def missing(self) -> str:
        """What is not given yet; empty when everything is."""
        if not self.name:
            return "A name is needed."
        if not self.address:
            return f"An address is needed, such as {DEFAULT_URL}."
        if self.source != AS_IT_IS and not self.given:
            return {
                VARIABLE: "Which environment variable holds the key?",
                COMMAND: "Which command prints the key?",
            }.get(self.source, "The key is needed; it is not shown.")
        return ""

    def fault(self, taken: Collection[str]) -> str:
        """What is wrong with what is given; empty when nothing is."""
        try:
            if self.name and self.old is None:
                check_name(self.name)
                if self.name in taken:
                    return f"There is a profile {self.name} already; e changes it."
            if self.address:
                checked_address(self.address)
            if self.given and self.source in HIDDEN:
                require_secret_key(self.given)
        except SegOpsConfigError as error:
            return f"{error} {error.hint or ''}".strip()
        looks = {VARIABLE: variable_faults, COMMAND: command_faults}
        if self.given and self.source in looks:
            for words, remedy in looks[self.source](self.given):
                return f"{words} {remedy}"
        if self._moves_a_key():
            return "Another server needs its key given anew: the one kept goes to its own only."
        return ""

    def made(self) -> NewProfile:
        """The profile to keep."""
        settings = {"api_url": self.address}
        before = self.old.workspace if self.old is not None else ""
        if self.workspace != before:
            settings["workspace"] = self.workspace
        if self.guard_chosen:
            settings["guard"] = self.guard
        if self.colour != NO_COLOUR:
            settings["colour"] = self.colour
        keys = {VARIABLE: "key_env", COMMAND: "key_command"}
        if self.source in keys:
            settings[keys[self.source]] = self.given
        typed = self.given if self.source in HIDDEN else None
        return NewProfile(self.name, settings, typed, self.source == KEYRING)

    def _moves_a_key(self) -> bool:
        old = self.old
        if old is None or self.source != AS_IT_IS or not self.address:
            return False
        return origin(self.address) != origin(old.api_url)
