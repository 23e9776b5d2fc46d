"""Asks for a folder to write several files to.

Knows paths; makes no folder and writes nothing.
"""

from __future__ import annotations

from segops_tui.tui.dialogs.path_form import PathForm


class FolderForm(PathForm):
    """One field and one box to tick; a folder that is not there is made by whoever writes."""

    placeholder = "folder"
    replaces = "Replace files that are there"

    def fault(self) -> str:
        """What is against the folder; empty when nothing is."""
        if not self.words:
            return "Where to? A folder is needed."
        path = self.path
        if path.is_dir():
            return ""
        if path.exists():
            return "That is a file; several segments want a folder."
        if not path.absolute().parent.is_dir():
            return "There is no such folder to make it in."
        return ""
