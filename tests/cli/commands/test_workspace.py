"""`pull`, `diff`, `apply`: a workspace as files, there and back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from segops_tui.api.errors import NotFound
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.jobs.engine.runner import run_part
from segops_tui.jobs.workspace.folder import Folder, read_folder, written
from segops_tui.jobs.workspace.kinds import KINDS
from segops_tui.jobs.workspace.planning import look
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.core.in_process import InProcess
from tests.cli.conftest import Program

if TYPE_CHECKING:
    from collections.abc import Callable

HOOK = "SEGOPS_WEBHOOK_HOOKS_EXAMPLE_COM_SEGOPS_SECRET"
BUYERS = "segments/high-ltv-buyers.yaml"
KEY = "sk_test_0123456789abcdef"


def texts_in(root: Path) -> dict[str, str]:
    """Every file of a folder, the ids left out."""
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted(root.rglob("*.yaml"))
        if not path.name.startswith(".")
    }


def edit(file: Path, **changes: Any) -> None:
    """Change fields of a file; None takes one away."""
    values = {**yaml.safe_load(file.read_text("utf-8")), **changes}
    kept = {name: value for name, value in values.items() if value is not None}
    file.write_text(yaml.safe_dump(kept), encoding="utf-8")


def set_secrets(program: Program, root: Path) -> None:
    for document in read_folder(root).documents:
        for name in _variables(document.values):
            program.environ[name] = "whatever"


def _variables(value: Any) -> list[str]:
    from segops_tui.jobs.workspace.documents import variables_in

    return [name for _, name in variables_in(value)]


DELETED = (
    "product-segments delete 1 2 4 5 6",
    "segments delete 3 6 7 9 10 11 13",
    "queries delete 2 3 4 5 6 7 8 9 10 11 12",
    "competitors delete 2 3 4",
    "pages delete 2 3 4 5 6 7 8",
    "schemas delete 2 3 4 5 6",
)


@pytest.fixture(scope="module")
def pulled_once(few_people_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home and the files of its workspace, `ws`, to be copied.

    It has something of every kind and no more: most commands here read all files.
    """
    folder = tmp_path_factory.mktemp("pulled")
    program = Program(Path(shutil.copytree(few_people_home, folder / "home")))
    for line in DELETED:
        assert program(*line.split(), "--yes").code == 0
    assert program("pull", str(folder / "ws")).code == 0
    return folder


@pytest.fixture
def pulled(changing: Program, pulled_once: Path, tmp_path: Path) -> tuple[Program, Path]:
    """A workspace as files and as a sandbox of its own."""
    shutil.copytree(pulled_once / "home" / "data", changing.home / "data", dirs_exist_ok=True)
    return changing, Path(shutil.copytree(pulled_once / "ws", tmp_path / "ws"))


def test_a_workspace_applied_to_an_empty_one_is_pulled_the_same_byte_for_byte(
    program: Program, tmp_path: Path
) -> None:
    here = tmp_path / "here"
    shown = program("pull", str(here))
    assert shown.out == f"55 files in {here}: 55 new\n"
    set_secrets(program, here)
    with Sandbox(tmp_path / "empty.sqlite3") as sandbox:
        client = SegOpsAdmin(transport=InProcess(sandbox))
        applied = apply_to(client, here, tmp_path)
        records = run_part(look(KINDS), client)
        there = written(records, KINDS, Folder((), ()), tmp_path, profile="empty", environ={}).texts

    assert applied["created"] == 55
    assert dict(there) == texts_in(here)
    assert not [text for text in there.values() if "***" in text or "\nid: " in text]


def apply_to(client: SegOpsAdmin, root: Path, home: Path) -> Any:
    """Apply a folder to a workspace that no profile is for."""
    import os

    from segops_tui.jobs.engine.ledger import Ledger
    from segops_tui.jobs.engine.runner import run_job
    from segops_tui.jobs.workspace import applying
    from segops_tui.jobs.workspace.planning import planned

    files = read_folder(root)
    environ = {
        name: "whatever" for document in files.documents for name in _variables(document.values)
    }
    plan = planned(files.documents, run_part(look(KINDS), client), environ=environ)
    ledger = Ledger(home / "jobs.db")
    job = applying.start_apply(ledger, plan, profile="empty", name="ws")
    before = dict(os.environ)
    os.environ.update(environ)
    try:
        return run_job(applying.plan(job), job, client, ledger).result
    finally:
        os.environ.clear()
        os.environ.update(before)
        ledger.close()


def test_what_was_just_pulled_has_no_difference(pulled: tuple[Program, Path]) -> None:
    program, root = pulled
    ended = program("diff", str(root), "--prune")
    assert (ended.code, ended.out) == (0, "Plan: nothing to do; 17 unchanged.\n")
    again = program("pull", str(root))
    assert again.out == f"17 files in {root}: 17 unchanged\n"


def test_a_plan_shows_what_would_change_and_exits_with_2(pulled: tuple[Program, Path]) -> None:
    program, root = pulled
    edit(root / BUYERS, description="New words.")
    (root / "competitors" / "new.yaml").write_text("name: Alpenglow\n")
    (root / "pages" / "best-rain-jackets.yaml").unlink(missing_ok=True)

    ended = program("diff", str(root))
    told = program("diff", str(root), "-o", "json")

    assert (ended.code, told.code) == (2, 2)
    assert '+ competitor Alpenglow\n    + name: "Alpenglow"\n' in ended.out
    assert "~ segment High LTV buyers  #1\n    ~ description: " in ended.out
    assert '→ "New words."' in ended.out
    (created, changed) = told.data["changes"]
    assert (created["action"], created["file"]) == ("create", "competitors/new.yaml")
    assert (changed["id"], changed["fields"][0]["after"]) == (1, "New words.")
    assert (told.data["create"], told.data["change"], told.data["delete"]) == (1, 1, 0)


def test_files_that_are_wrong_are_told_each_with_its_line(pulled: tuple[Program, Path]) -> None:
    program, root = pulled
    (root / "segments" / "a.yaml").write_text("name: A\ndescriptoin: x\n")
    (root / "pages" / "a.yaml").write_text("slug:\n\t- a\n")

    for command in ("diff", "apply"):
        ended = program(command, str(root))
        assert ended.code == 6
        assert "segments/a.yaml:2: a segment has no field 'descriptoin'. Did you mean" in ended.err
        assert "pages/a.yaml:2: a tab cannot indent: use spaces." in ended.err
    fields = program("diff", str(root), "-o", "json").error["fields"]
    assert list(fields) == ["segments/a.yaml:2", "pages/a.yaml:2"]


def test_a_folder_that_is_not_there_is_no_difference(program: Program, tmp_path: Path) -> None:
    missing = program("diff", str(tmp_path / "nowhere"))
    assert (missing.code, missing.out) == (1, "")
    assert "There is no folder" in missing.err
    assert program("apply", str(tmp_path / "nowhere"), "--yes").code == 2
    assert "is no workspace folder" in program("diff", str(tmp_path)).err


def test_an_apply_makes_the_workspace_match_and_a_second_one_changes_nothing(
    pulled: tuple[Program, Path],
) -> None:
    program, root = pulled
    edit(root / BUYERS, name="Best buyers")
    for path in (root / "activations").iterdir():
        if "high-ltv" in path.name:
            edit(path, segment="Best buyers")
    for path in [*(root / "segments").iterdir(), *(root / "product-segments").iterdir()]:
        text = path.read_text("utf-8").replace("segment: High LTV buyers", "segment: Best buyers")
        path.write_text(text, encoding="utf-8")
    (root / "segments" / "new.yaml").write_text("name: Brand new\n")
    (root / "webhooks" / "staging-example-com-hooks-segments.yaml").unlink()

    ended = program("apply", str(root), "--prune", "--yes")
    again = program("apply", str(root), "--prune", "--yes", "-o", "json")

    assert ended.code == 0, ended.err
    assert "~ segment Best buyers (was High LTV buyers)  #1" in ended.out
    assert ended.out.endswith("Applied: 1 created (segment 15), 1 changed and 1 deleted.\n")
    assert again.data == {
        "created": 0, "changed": 0, "deleted": 0, "unchanged": 17, "remarks": [], "job": None,
    }  # fmt: skip
    assert program("segments", "get", "1", "-o", "json").data["name"] == "Best buyers"
    assert "15@sandbox" in (root / ".segops-ids.yaml").read_text()
    assert program("jobs", "list", "-o", "json").data[0]["kind"] == "apply"


def test_a_plan_is_applied_only_after_a_yes(pulled: tuple[Program, Path]) -> None:
    program, root = pulled
    (root / "segments" / "new.yaml").write_text("name: Brand new\n")
    unasked = program("apply", str(root))
    shown = program("apply", str(root), "--dry-run")
    refused = program("apply", str(root), "--yes", "--read-only")

    assert "Apply 1 to create to profile 'sandbox'? Without a terminal, confirm" in unasked.err
    assert (unasked.code, shown.code, refused.code) == (2, 0, 2)
    assert "dry run: nothing was sent" in shown.err
    assert "--read-only: POST /segments/ was not sent" in refused.err
    assert program("segments", "list", "-o", "json").data[-1]["name"] != "Brand new"
    assert program("jobs", "list", "-o", "json").data == []


def test_a_pull_asks_before_it_overwrites_or_deletes(pulled: tuple[Program, Path]) -> None:
    program, root = pulled
    edit(root / BUYERS, description="Mine.")
    (root / "segments" / "mine.yaml").write_text("name: Only here\n")

    asked = program("pull", str(root))
    shown = program("pull", str(root), "--dry-run")
    assert asked.code == 2
    assert f"Overwrite 1 file ({BUYERS}) and delete 1 file (segments/mine.yaml)" in asked.err
    assert shown.data["dry_run"]["change"] == f"write 17 files to {root}"
    assert "Mine." in (root / BUYERS).read_text()

    forced = program("pull", str(root), "--yes", "-o", "json")
    assert (forced.data["changed"], forced.data["deleted"]) == ([BUYERS], ["segments/mine.yaml"])
    assert program("diff", str(root)).code == 0


def test_a_file_that_says_the_same_keeps_its_comments(pulled: tuple[Program, Path]) -> None:
    program, root = pulled
    file = root / "competitors" / "fjord-fell.yaml"
    file.write_text(f"# Ours since 2020\n{file.read_text()}is_active: true\n")
    assert program("pull", str(root)).out == f"17 files in {root}: 17 unchanged\n"
    assert file.read_text().startswith("# Ours since 2020\n")


def test_a_pull_of_some_kinds_leaves_the_others_alone(changing: Program, tmp_path: Path) -> None:
    root = tmp_path / "ws"
    changing("pull", str(root), "pages", "queries")
    assert sorted(path.name for path in root.iterdir()) == [".segops-ids.yaml", "pages", "queries"]
    changing("segments", "delete", "1", "--yes")
    assert changing("diff", str(root), "--prune").code == 0


def test_a_kind_that_the_server_does_not_have_is_left_out_with_a_warning(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = SegOpsAdmin.send

    def without_webhooks(self: Any, request: Any, /, **options: Any) -> Any:
        if request.path == "/webhooks/":
            raise NotFound("Not found.", status=404)
        return send(self, request, **options)

    monkeypatch.setattr(SegOpsAdmin, "send", without_webhooks)
    root = tmp_path / "ws"
    ended = program("pull", str(root))
    assert ended.code == 0
    assert "warning: webhooks are not pulled: Not found." in ended.err
    assert not (root / "webhooks").exists()
    assert program("pull", str(root), "webhooks").code == 5


def test_a_folder_that_cannot_be_written_is_told(program: Program, tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    (tmp_path / "ws" / "segments").write_text("not a folder")
    ended = program("pull", str(tmp_path / "ws"), "segments")
    assert ended.code == 2
    assert f"{tmp_path}/ws/segments: File exists." in ended.err


def test_a_file_keeps_its_name_and_the_variables_it_names_itself(
    pulled: tuple[Program, Path],
) -> None:
    program, root = pulled
    (file,) = (root / "activations").glob("klaviyo-*.yaml")
    moved = file.rename(file.with_name("mine.yaml"))
    edit(moved, config={"api_key": "${env:MY_KEY}", "list_id": "${env:MY_LIST}"})
    program.environ["MY_LIST"] = "Xk3T9a"

    assert program("pull", str(root), "--yes", "-o", "json").data["deleted"] == []
    assert "${env:MY_KEY}" in moved.read_text()
    assert "${env:MY_LIST}" in moved.read_text()
    assert program("diff", str(root)).code == 0
    program.environ["MY_LIST"] = "another"
    shown = program("diff", str(root))
    assert (shown.code, "variables that are not set: MY_KEY" in shown.err) == (2, True)
    assert "MY_KEY is not set" in program("apply", str(root), "--yes").err


def test_a_secret_reaches_the_server_and_no_output(
    pulled: tuple[Program, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    program, root = pulled
    (root / "webhooks" / "new.yaml").write_text(
        "url: https://new.example.com/hook\nsecret: ${env:NEW_HOOK}\n"
    )
    missing = program("apply", str(root), "--yes")
    assert missing.code == 6
    assert "webhooks/new.yaml:2: the environment variable NEW_HOOK is not set." in missing.err

    program.environ["NEW_HOOK"] = "hunter2hunter2"
    ended = program("apply", str(root), "--yes", "--debug")
    assert ended.code == 0
    jobs = program("jobs", "list", "-o", "json")
    assert "hunter2" not in ended.out + ended.err + jobs.out
    assert program("webhooks", "list", "-o", "json").data[-1]["secret"] == "***"
    ledger = next((program.home / "state").rglob("*.db"))
    assert b"hunter2" not in ledger.read_bytes()


def test_a_production_profile_is_refused_before_the_question(
    pulled: tuple[Program, Path], http_door: Callable[[Any], Any], tmp_path: Path
) -> None:
    program, root = pulled
    sandbox = Sandbox(tmp_path / "prod.sqlite3", keys=frozenset({KEY}))
    with sandbox, http_door(sandbox) as address:
        program.config.write_text(
            f'[profiles.prod]\napi_url = "{address}"\nkey = "{KEY}"\nguard = "production"\n'
        )
        program.config.chmod(0o600)
        set_secrets(program, root)
        refused = program("apply", str(root), "--profile", "prod")
        applied = program("apply", str(root), "--profile", "prod", "--yes")

    assert refused.code == 2
    assert "guarded as production" in refused.err
    assert "--profile prod --yes" in refused.err
    assert applied.code == 0, applied.err
    assert applied.out.endswith("Applied: 17 created.\n")
    assert "1@prod" in (root / ".segops-ids.yaml").read_text()
    assert "1@sandbox" in (root / ".segops-ids.yaml").read_text()
