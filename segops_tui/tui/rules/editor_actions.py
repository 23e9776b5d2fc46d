"""What can be done while a rule is being written.

Knows actions only. Their keys work in the text as well, so none is a letter.
"""

from __future__ import annotations

from typing import Final

from segops_tui.nouns.action import Action

RULE_EDITOR_ACTIONS: Final = (
    Action(
        "editor.save",
        "Save",
        "ctrl+s",
        "pane",
        "segments update {id} {fields}",
        help="Send it; members stay as they are until it is recomputed.",
        changes=True,
    ),
    Action(
        "editor.leave",
        "Leave",
        "escape",
        "pane",
        "segments get {id}",
        help="Go back; what was changed is thrown away only at the second time.",
    ),
    Action(
        "editor.insert",
        "Condition",
        "ctrl+n",
        "pane",
        "segments create {fields}",
        help="Choose a condition by what it asks; a whole one is written, to be changed.",
    ),
    Action(
        "editor.suggest",
        "Suggest",
        "ctrl+space,ctrl+@",
        "pane",
        "schemas list",
        help="Offer what can be written under the cursor; typing does so by itself.",
    ),
    Action(
        "editor.outside",
        "Your editor",
        "ctrl+e",
        "pane",
        "segments update {id} {file}",
        help="Open the rule in the editor that VISUAL or EDITOR names; then see what it changed.",
    ),
    Action(
        "editor.ask",
        "Ask again",
        "ctrl+r",
        "pane",
        "segments preview {file}",
        help="Ask the server once more whom the rule matches.",
    ),
    Action(
        "editor.copy",
        "Copy command",
        "ctrl+y",
        "pane",
        "segments update {id} {fields}",
        help="Copy the command line that does the same.",
    ),
)
