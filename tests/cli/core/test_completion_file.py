"""What completion remembers is private, and no user ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from segops_tui.cli.core.params import forget, remember
from segops_tui.config.paths import find_paths

if TYPE_CHECKING:
    from pathlib import Path


def test_the_file_is_readable_to_its_owner_alone_and_holds_no_people(tmp_path: Path) -> None:
    paths = find_paths({"SEGOPS_TUI_HOME": str(tmp_path)})

    remember(paths, "prod", "segment", [("1", "VIPs")])
    remember(paths, "prod", "user", [("ada@example.com", "")])

    file = paths.state / "completion.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text()) == {"prod": {"segment": [["1", "VIPs"]]}}
    assert list(paths.state.iterdir()) == [file]


def test_a_short_list_does_not_forget_what_a_long_one_showed(tmp_path: Path) -> None:
    paths = find_paths({"SEGOPS_TUI_HOME": str(tmp_path)})
    kept = paths.state / "completion.json"

    remember(paths, "prod", "segment", [("1", "VIPs"), ("2", "Lapsed")])
    remember(paths, "prod", "segment", [("2", "Lapsed buyers")])
    remember(paths, "prod", "segment", [("3", "New")])

    expected = [["3", "New"], ["2", "Lapsed buyers"], ["1", "VIPs"]]
    assert json.loads(kept.read_text()) == {"prod": {"segment": expected}}

    forget(paths, "prod", "segment", ["2", "9"])

    assert json.loads(kept.read_text()) == {"prod": {"segment": [["3", "New"], ["1", "VIPs"]]}}
