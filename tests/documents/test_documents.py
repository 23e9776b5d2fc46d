"""README.md and docs/: generated parts are current, links lead somewhere, and code blocks work."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from segops_tui import SegOpsAdmin
from segops_tui.cli.core.program import Root
from segops_tui.config.paths import find_paths
from segops_tui.sandbox.core.in_process import InProcess
from segops_tui.session import open_sandbox

TOOL = Path(__file__).parents[1] / "tools" / "documents.py"
BLOCK = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<target>[^)\s]+)\)")
EXPECTED = re.compile(r"\s+# exits (?P<code>\d+)$")


def load() -> Any:
    spec = importlib.util.spec_from_file_location("documents_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tool = load()
FILES = tool.files()
TEXTS = {file: file.read_text(encoding="utf-8") for file in FILES}


def name_of(file: Path) -> str:
    return file.relative_to(tool.ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    return [block["code"] for block in BLOCK.finditer(text) if block["language"] == language]


def with_blocks(language: str) -> list[Path]:
    return [file for file in FILES if blocks(TEXTS[file], language)]


@pytest.fixture(scope="module")
def seeded(few_people_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(few_people_home, tmp_path_factory.mktemp("documents") / "home"))


def test_what_is_generated_is_as_the_program_is_now() -> None:
    for file in FILES:
        if tool.PART.search(TEXTS[file]) is not None:
            fresh = tool.refreshed(TEXTS[file])
            assert fresh == TEXTS[file], f"{name_of(file)} is stale: run `make documents`"


def test_a_stale_part_is_found() -> None:
    text = "<!-- generated: exit codes -->\nold\n<!-- /generated -->"

    assert "old" not in tool.refreshed(text)


def test_every_pane_and_every_condition_has_its_part() -> None:
    names = {part["name"] for text in TEXTS.values() for part in tool.PART.finditer(text)}

    assert names == tool.parts().keys()


def anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", BLOCK.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).strip().replace(" ", "-") for head in heads}


def test_links_lead_to_a_file_and_a_heading() -> None:
    broken = []
    for file in FILES:
        for link in LINK.finditer(BLOCK.sub("", TEXTS[file])):
            path, _, anchor = link["target"].partition("#")
            if "://" in path:
                continue
            target = (file.parent / path).resolve() if path else file
            if not target.exists() or (anchor and anchor not in anchors(target.read_text("utf-8"))):
                broken.append(f"{name_of(file)}: {link['target']}")

    assert broken == []


def test_every_page_is_in_the_site_and_linked_from_the_readme() -> None:
    navigation = (tool.ROOT / "docs" / "mkdocs.yml").read_text(encoding="utf-8")
    readme = TEXTS[tool.ROOT / "README.md"]
    pages = [name_of(file) for file in FILES if file.parent.name in {"docs", "panes"}]

    assert [page for page in pages if f": {page}\n" not in navigation] == []
    assert [page for page in pages if f"({page})" not in readme] == []


@pytest.mark.parametrize("file", with_blocks("sh"), ids=name_of)
def test_shell_blocks_run_from_top_to_bottom(
    file: Path, seeded: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A line exits with 0, or with what its comment says: `# exits 6`.

    tasks.md is run by programs as a shell starts them, the others by forks of one.
    """
    home = tmp_path / "home"
    shutil.copytree(seeded, home)
    script = []
    for line in "".join(blocks(TEXTS[file], "sh")).splitlines():
        found = EXPECTED.search(line)
        wanted = found["code"] if found else "0"
        script.append(f"{EXPECTED.sub('', line)}\ncode=$?")
        script.append(
            f'[ "$code" = {wanted} ] || {{ echo "exit $code at line {len(script)}"; exit 99; }}'
        )
    program = tmp_path / "bin" / "segops-tui"
    program.parent.mkdir()
    if file.name == "tasks.md":
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m segops_tui "$@"\n')
        program.chmod(0o755)
    else:
        request.getfixturevalue("forks").script(program)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("SEGOPS_")}
    environ |= {"SEGOPS_TUI_HOME": str(home), "PATH": f"{program.parent}:{environ['PATH']}"}

    done = subprocess.run(
        ["sh", "-c", "\n".join(script)],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """The options of every command, by its name."""
    reference = tool.reference()
    shared = {flag for option in reference["shared_options"] for flag in option["flags"]}
    return {
        command["command"]: shared
        | {"-h", "--help"}
        | {flag for option in command["options"] for flag in option["flags"]}
        for command in reference["commands"]
    }


@pytest.mark.parametrize("file", with_blocks("bash"), ids=name_of)
def test_commands_that_need_a_workspace_name_what_there_is(
    file: Path, known: dict[str, set[str]]
) -> None:
    unknown = []
    for line in "".join(blocks(TEXTS[file], "bash")).splitlines():
        found = re.search(r"(?:^|\| |\$\()segops-tui (.*?)(?: [#|>] ?.*)?$", line)
        if found is None:
            continue
        words = re.sub(r"^(?:-p \S+ )+", "", found[1]).split()
        command = next((c for c in (" ".join(words[:2]), words[0]) if c in known), None)
        if command is None:
            unknown.append(line)
            continue
        flags = [w.partition("=")[0] for w in words if re.match(r"--?[a-zA-Z]", w)]
        unknown += [f"{line}: {flag}" for flag in flags if flag not in known[command]]

    assert unknown == []


@pytest.mark.parametrize("file", with_blocks("toml"), ids=name_of)
def test_config_blocks_are_valid(file: Path, tmp_path: Path) -> None:
    for block in blocks(TEXTS[file], "toml"):
        config = tmp_path / "config" / "config.toml"
        config.parent.mkdir(exist_ok=True)
        config.write_text(block.replace("sk_live_…", "sk_test_0123456789abcdef"), encoding="utf-8")
        config.chmod(0o600)

        done = CliRunner().invoke(
            Root(), ["config", "validate"], env={"SEGOPS_TUI_HOME": str(tmp_path)}
        )

        assert done.exit_code == 0, done.output


def test_every_example_of_a_condition_is_accepted_by_the_sandbox(seeded: Path) -> None:
    sandbox = open_sandbox(find_paths({"SEGOPS_TUI_HOME": str(seeded)}))
    with SegOpsAdmin(transport=InProcess(sandbox)) as client:
        for kind, resource in (("user", client.segments), ("product", client.product_segments)):
            for name in tool.condition_types(kind):
                condition = {"type": name, **tool.EXAMPLES[name]}

                made = resource.create(
                    name=name, definition={"logic": "AND", "conditions": [condition]}
                )

                assert made.name == name, json.dumps(condition)


def test_every_action_with_a_key_is_in_the_table() -> None:
    table = tool.key_table()

    for action in (*tool.EVERYWHERE, *tool.SHARED):
        assert f"{action.title}: {action.help}" in table
    for place in tool.PANES:
        for action in place.load().ACTIONS:
            assert action.title in table


def test_keys_are_spelled_as_people_call_them() -> None:
    spelled = [tool.spelled(key) for key in ("question_mark", "ctrl+p", "slash", "G", "escape")]

    assert spelled == ["?", "ctrl+p", "/", "G", "esc"]
