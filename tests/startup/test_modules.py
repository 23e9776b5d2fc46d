"""What each entry point loads: a set of modules, since a clock cannot be trusted."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import segops_tui
from segops_tui.sandbox.core.app import Sandbox
from segops_tui.sandbox.server.serve import serving
from segops_tui.tui.panes.registry import PANES

PROBE = """
import os, sys
from segops_tui.cli import load_less, main
load_less()
from segops_tui.cli.core.program import Root  # which `main` loads whatever the arguments

while line := sys.stdin.readline():
    if child := os.fork():
        os.waitpid(child, 0)
        continue
    args, environ = eval(line)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["segops-tui", *args]
    code = "failed"
    try:
        main()
    except SystemExit as stop:
        code = stop.code or 0
    finally:
        used = [name for name, module in sys.modules.items() if type(module).__name__ != "_Late"]
        print("MODULES", code, *used, file=sys.stderr, flush=True)
        os._exit(0)
"""
"""Each run is a fork of a process that has loaded what all of them load."""

PACKAGE = Path(segops_tui.__file__).parent

LATE = {"inspect", "platform", "ipaddress", "gettext"}
HEAVY = {"httpx", "textual", "asyncio", "yaml", "uvicorn", "platformdirs", "tomllib"}


@pytest.fixture(scope="module")
def home(few_people_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(few_people_home, tmp_path_factory.mktemp("startup") / "home"))


@cache
def probe() -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    return subprocess.Popen(
        [sys.executable, "-c", PROBE],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=kept,
    )


@pytest.fixture(scope="module", autouse=True)
def _probe_ends() -> Iterator[None]:
    yield
    probe().communicate()
    probe.cache_clear()


def loaded(home: Path, *args: str, environ: Mapping[str, str] | None = None) -> set[str]:
    """The modules that are loaded after a run."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SEGOPS_", "COV"))}
    stdin, stderr = probe().stdin, probe().stderr
    assert stdin is not None
    assert stderr is not None
    print(repr((args, {**kept, "SEGOPS_TUI_HOME": str(home), **(environ or {})})), file=stdin)
    stdin.flush()
    said = ""
    for line in stderr:
        said += line
        if line.startswith("MODULES "):
            break
    marker, code, *modules = said.splitlines()[-1].split()
    assert (marker, code) == ("MODULES", "0"), said
    return set(modules)


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["segments", "--help"]])
def test_help_and_version_load_nothing_but_click_and_the_table(
    tmp_path: Path, args: list[str]
) -> None:
    modules = loaded(tmp_path, *args)

    assert not modules & {*HEAVY, "rich", "sqlite3", "json", "dataclasses", "shutil", *LATE}
    built = {"segops_tui._build"}  # only where a build noted the version
    assert {m for m in modules if m.startswith("segops_tui")} - built == {
        "segops_tui",
        "segops_tui._version",
        "segops_tui.cli",
        "segops_tui.cli.core",
        "segops_tui.cli.core.exit_codes",
        "segops_tui.cli.core.group",
        "segops_tui.cli.core.options",
        "segops_tui.cli.core.process",
        "segops_tui.cli.core.program",
        "segops_tui.cli.core.command_table",
        "segops_tui.named_tuple",
    }


@pytest.mark.parametrize("form", ["table", "json", "csv", "ndjson", "name"])
def test_a_list_on_the_sandbox_loads_no_http_no_console_and_no_event_loop(
    home: Path, form: str
) -> None:
    modules = loaded(home, "segments", "list", "-o", form)

    assert modules & HEAVY == set()
    assert not {"rich.table", "rich.console", "segops_tui.jobs.engine.ledger"} & modules
    assert "segops_tui.cli.releases" not in modules
    assert "segops_tui.sandbox.seeding.seed" not in modules


def with_dataclasses(modules: set[str]) -> set[str]:
    """Modules of ours that make dataclasses, which cost five times what a named tuple does."""
    ours = {m.removeprefix("segops_tui.") for m in modules if m.startswith("segops_tui.")}
    files = {m: (PACKAGE / m.replace(".", "/")).with_suffix(".py") for m in ours}
    return {m for m, file in files.items() if file.is_file() and "\n@dataclass" in file.read_text()}


def compiled_tuples(modules: set[str]) -> set[str]:
    """Modules of ours that make named tuples of `typing`, each of which compiles its parts."""
    ours = {m.removeprefix("segops_tui.") for m in modules if m.startswith("segops_tui.")}
    files = {m: (PACKAGE / m.replace(".", "/")).with_suffix(".py") for m in ours}
    pattern = re.compile(r"^from typing import .*\bNamedTuple\b", re.MULTILINE)
    found = {m for m, file in files.items() if file.is_file() and pattern.search(file.read_text())}
    return found - {"named_tuple"}


def test_a_list_makes_no_dataclass_and_loads_nothing_that_another_run_needs(home: Path) -> None:
    with Sandbox(home / "data" / "sandbox.db") as sandbox:
        sandbox.settle()  # work that is due loads what carries it out
    modules = loaded(home, "segments", "list", "-o", "json")

    assert (
        not {
            "dataclasses",
            "shlex",
            "shutil",
            "random",
            "logging",
            "subprocess",
            "tempfile",
            *LATE,
            "difflib",
            "locale",
        }
        & modules
    )
    assert not compiled_tuples(modules)


def test_the_end_of_a_run_looks_for_no_cycles(home: Path) -> None:
    """The interpreter does it several times, and nothing is worth finding then."""
    probe = """
import gc
from segops_tui.cli import main
try:
    main()
except SystemExit:
    print(gc.get_freeze_count())
"""
    done = subprocess.run(
        [sys.executable, "-c", probe, "--version"], capture_output=True, text=True, check=True
    )

    assert int(done.stdout.split()[-1]) > 10_000


def test_cycles_are_looked_for_once_there_are_many_objects_and_then_as_usual() -> None:
    probe = """
import gc
usual = gc.get_threshold()
from segops_tui.cli import collect_late
collect_late()
before = sum(each["collections"] for each in gc.get_stats())

def tell():
    looked = sum(each["collections"] for each in gc.get_stats()) > before
    print(looked, gc.get_threshold() == usual)

import segops_tui.session, segops_tui.tui.table.columns
tell()
kept = [[] for _ in range(200_000)]
tell()
"""
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["False False", "True True"]


def test_a_list_of_a_server_on_this_machine_loads_no_httpx_no_tls_and_no_event_loop(
    tmp_path: Path, home: Path
) -> None:
    key = "sk_test_0123456789abcdef"
    file = home / "data" / "sandbox.db"
    with Sandbox(file, keys=frozenset({key})) as sandbox, serving(sandbox) as address:
        remote = {"SEGOPS_API_KEY": key, "SEGOPS_API_URL": address}
        modules = loaded(tmp_path, "segments", "list", "-o", "json", environ=remote)

    assert "h11" in modules
    assert not with_dataclasses(modules)
    assert not compiled_tuples(modules)
    assert not {"httpx", "httpcore", "ssl", "rich", "pygments", "asyncio", "sqlite3"} & modules


def test_help_of_one_command_loads_neither_a_client_nor_a_sandbox(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "segments", "recompute", "--help")

    assert not modules & {*HEAVY, "rich", "sqlite3"}
    assert not {"segops_tui.client.blocking", "segops_tui.sandbox.core.app"} & modules


def test_whoami_opens_nothing(home: Path) -> None:
    modules = loaded(home, "whoami")

    assert not modules & {"httpx", "textual", "asyncio", "rich", "sqlite3", "subprocess"}


def test_a_recompute_waits_without_an_event_loop_and_loads_no_other_kind_of_job(
    home: Path,
) -> None:
    modules = loaded(home, "segments", "recompute", "5", "-o", "json")

    assert not modules & {"httpx", "textual", "asyncio"}
    assert {
        name for name in modules if name.startswith("segops_tui.jobs.") and ".engine" not in name
    } == {
        "segops_tui.jobs.member_snapshots",
        "segops_tui.jobs.recompute",
        "segops_tui.jobs.registry",
    }


WRITERS = {"tomlkit", "keyring", "logging.handlers", "getpass", "ssl"}
"""What only a write, a question or a fault owes."""


@pytest.fixture(scope="module")
def configured(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with profiles in a file, on the sandbox by default."""
    copy = tmp_path_factory.mktemp("configured")
    (copy / "data").symlink_to(home / "data")
    (copy / "state").mkdir()
    (copy / "state" / "sandbox-noted").touch()
    (copy / "config").mkdir()
    file = copy / "config" / "config.toml"
    file.write_text(
        'version = 1\ndefault = "sandbox"\n\n[profiles.staging]\nkeyring = true\n'
        '\n[profiles.prod]\nkey = "sk_test_0123456789abcdef"\n'
    )
    file.chmod(0o600)
    return copy


@pytest.mark.parametrize(
    "args",
    [
        ["segments", "list"],
        ["whoami", "-p", "staging"],
        ["profiles", "list"],
        ["profiles", "show", "prod"],
        ["config", "path"],
        ["config", "show"],
        ["config", "validate"],
    ],
)
def test_reading_the_config_loads_nothing_that_writes_it(configured: Path, args: list[str]) -> None:
    modules = loaded(configured, *args, "-o", "json")

    assert not modules & {*WRITERS, "httpx", "textual", "asyncio", "subprocess"}


def test_only_debug_loads_the_logging_of_files(configured: Path) -> None:
    assert "logging.handlers" in loaded(configured, "segments", "list", "--debug", "-o", "name")


def test_only_a_write_loads_the_toml_writer(configured: Path) -> None:
    modules = loaded(configured, "profiles", "use", "sandbox")

    assert "tomlkit" in modules
    assert not modules & {"httpx", "textual", "asyncio", "keyring", "rich.console"}


SHARED_NOUNS = {"column", "action", "marks", "prices"}


@pytest.mark.parametrize(
    ("args", "nouns"),
    [
        (["schemas", "list"], {"schemas"}),
        (["activations", "list"], {"activations"}),
        (["users", "search"], {"users"}),
        (["identity", "merge"], set()),
        (["queries", "list"], {"queries"}),
        (["pages", "list"], {"pages"}),
        (["pages", "export"], {"pages"}),
        (["analytics", "overview"], {"analytics", "activations"}),
        (["webhooks", "list"], {"webhooks"}),
        (["webhooks", "verify"], {"webhooks"}),
    ],
)
def test_a_command_loads_its_own_noun_and_no_other(
    tmp_path: Path, args: list[str], nouns: set[str]
) -> None:
    modules = loaded(tmp_path, *args, "--help")

    prefix = "segops_tui.nouns."
    found = {m.removeprefix(prefix) for m in modules if m.startswith(prefix)}
    assert found - SHARED_NOUNS == nouns
    assert not modules & {*HEAVY, "rich", "sqlite3", "http.server", "hashlib"}
    assert not any(m.startswith("segops_tui.api.resources") for m in modules)


def test_the_frame_paints_before_any_pane_dialog_or_job_is_loaded() -> None:
    """A pane is loaded when it is first opened, and what runs jobs behind the painted frame."""
    probe = "import sys, segops_tui.tui.frame.app; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, timeout=240, check=True
    )
    modules = set(done.stdout.split())

    late = ("table", "dialogs", "rules", "product_imports", "profiles", "panes.pane")
    rooms = {entry.target.partition(".")[0] for entry in PANES}
    for name in (*late, *rooms):
        assert not any(m.startswith(f"segops_tui.tui.{name}") for m in modules), name
    assert not {"pygments", "rich.traceback", "httpx", "segops_tui.tui.core.job_runner"} & modules


PERIOD = """
import sys
from segops_tui.cli.commands.console import open_console

class Instead:
    def find_spec(self, name, *_rest):
        if name == "segops_tui.tui.frame.app":
            from textual.screen import UPDATE_PERIOD
            print(round(1 / UPDATE_PERIOD))
            sys.exit()

sys.meta_path.insert(0, Instead())
open_console(None)
"""
"""Opens the console, and tells how often Textual paints in place of painting."""


@pytest.mark.parametrize(("given", "paints"), [({}, "120"), ({"TEXTUAL_FPS": "30"}, "30")])
def test_the_console_paints_a_key_sooner_than_textual_by_itself(
    given: dict[str, str], paints: str
) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "TEXTUAL_FPS"}
    done = subprocess.run(
        [sys.executable, "-c", PERIOD],
        env={**environ, **given},
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )

    assert done.stdout.split() == [paints]


def test_a_rule_without_a_pattern_loads_no_pattern_engine(home: Path) -> None:
    assert "re2" not in loaded(home, "segments", "preview", "--id", "5")
