"""Products, events, jobs, `api`, `whoami`, the sandbox and the demo."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from segops_tui.api.errors import ConnectionFailed
from segops_tui.api.resources.pages import GeneratedPage
from segops_tui.cli.commands.queries import FACTS
from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Program

KEY = "sk_test_0123456789abcdef"


def test_a_products_life(changing: Program) -> None:
    fields = ("--set", "sku=TEE", "--set", "name=Tee", "--set", "data.brand=Acme")

    created = changing("products", "create", *fields, "-o", "json")
    key = str(created.data["id"])
    changed = changing("products", "update", key, "--set", "data.color=red", "-o", "json")
    deleted = changing("products", "delete", key, "-y", "-o", "json")

    assert created.data["source"] == "api"
    assert changed.data["data"]["color"] == "red"
    assert deleted.data == {"deleted": [int(key)]}


def test_what_uses_a_query_is_named_before_it_is_deleted() -> None:
    listed = [GeneratedPage({"id": 6, "slug": "tents", "query": 1}), GeneratedPage({"id": 7})]
    run: Any = SimpleNamespace(client=SimpleNamespace(pages=SimpleNamespace(list=lambda: listed)))
    assert FACTS.used_by is not None
    assert FACTS.used_by(run, ["1", "2", "Best tent?"]) == ["the page tents"]

    def refuse() -> None:
        raise ConnectionFailed("Connection refused", method="GET", url="/ai-pages/pages/")

    run.client.pages.list = refuse
    assert FACTS.used_by(run, ["1"]) == ["unknown, as it could not be read: Connection refused"]


def test_a_bulk_upsert_goes_in_chunks_and_counts_them_together(changing: Program) -> None:
    lines = "\n".join(json.dumps({"sku": f"B-{n}", "name": f"Bulk {n}"}) for n in range(501))

    ended = changing("products", "bulk-upsert", "-", "-o", "json", input=lines)

    assert ended.code == 0
    assert ended.data == {"created": 501, "updated": 0, "total": 501, "errors": []}


def test_a_refused_product_of_a_bulk_is_told_by_its_place_in_the_file(changing: Program) -> None:
    products = [{"sku": f"B-{n}", "name": "x"} for n in range(600)]
    del products[550]["sku"]

    ended = changing("products", "bulk-upsert", "-", "-o", "json", input=json.dumps(products))

    assert ended.code == 6
    assert ended.data["created"] == 599
    assert [error["index"] for error in ended.data["errors"]] == [550]


def test_a_product_is_scored(changing: Program) -> None:
    ended = changing("products", "score", "1", "-o", "json")

    assert ended.code == 0
    assert 0 <= ended.data["score"] <= 100
    assert len(ended.data["dimension_scores"]) == 4


def test_scoring_goes_on_past_a_product_that_is_not_there(changing: Program) -> None:
    ended = changing("products", "score", "999999", "1", "-o", "json")

    assert ended.code == 8
    assert len(ended.data) == 1


def test_the_whole_catalogue_is_scored_on_a_yes(changing: Program) -> None:
    refused, started = (changing("products", "score-all", *yes) for yes in ([], ["--yes"]))

    assert refused.code == 2
    assert "✓ 421 products scored" in started.out


def test_facets_are_listed(program: Program) -> None:
    ended = program("products", "facets", "-o", "json")

    assert "Northwind" in ended.data["brand"]


def test_a_schema_written_to_a_file_can_be_put_back(changing: Program, tmp_path: Path) -> None:
    file = tmp_path / "schema.yaml"
    file.write_text(changing("products", "schema", "-o", "yaml").out)

    ended = changing("products", "schema", "--replace", str(file), "--yes", "-o", "json")

    before, after = file.read_text(), ended.data
    assert ended.code == 0
    assert all(field["name"] in before for field in after["fields"])


def test_one_event_is_recorded(changing: Program) -> None:
    before = changing("sandbox", "info", "-o", "json").data["events"]
    fields = ("--set", "user_id=42", "--set", "event_type=seen", "--set", "payload.total=3")

    ended = changing("events", "track", *fields)

    assert ended.out == "queued 1 event\n"
    assert changing("sandbox", "info", "-o", "json").data["events"] == before + 1


def test_many_events_go_in_chunks_and_bad_ones_are_counted(changing: Program) -> None:
    events = [{"user_id": f"u{n}", "event_type": "seen"} for n in range(1_200)]
    events[700] = {"event_type": "nobody"}
    lines = "\n".join(map(json.dumps, events))

    ended = changing("events", "batch", "-", "--debug", input=lines)

    assert ended.out == "queued 1,199 events, skipped 1\n"
    assert ended.err.count("POST /ingestion/track/batch/") == 3


def test_events_that_stop_in_the_middle_say_what_is_in(changing: Program) -> None:
    events = [json.dumps({"user_id": f"u{n}", "event_type": "seen"}) for n in range(600)]

    ended = changing("events", "batch", "-", input="\n".join([*events, "{oops"]))

    assert ended.code == 2
    assert "after 500 events, which were recorded" in ended.err
    assert "line 601" in ended.err


def test_a_job_is_listed_and_shown(changing: Program) -> None:
    changing("segments", "recompute", "5")

    [job] = changing("jobs", "list", "-o", "json").data
    shown = changing("jobs", "show", job["id"])

    assert job["command"] == "segops-tui segments recompute 5"
    assert job["state"] == "done"
    assert "recompute Cart abandoners this week" in shown.out


def test_a_job_that_is_over_cannot_be_resumed(changing: Program) -> None:
    changing("segments", "recompute", "5")
    [job] = changing("jobs", "list", "-o", "json").data

    ended = changing("jobs", "resume", job["id"])

    assert ended.code == 6
    assert "has ended" in ended.err


def test_api_sends_fields_of_a_get_in_the_query(program: Program) -> None:
    found = program("api", "get", "/segments/?page=2", "-F", "page_size=5").data

    assert [segment["id"] for segment in found["results"]] == [6, 7, 8, 9, 10]


def test_api_sends_fields_in_the_body(changing: Program, tmp_path: Path) -> None:
    (tmp_path / "rule.json").write_text('{"logic": "OR", "conditions": []}')

    created = changing(
        "api", "POST", "segments/", "-f", "name=007", "-F", f"definition=@{tmp_path}/rule.json"
    )

    assert created.data["name"] == "007"
    assert created.data["definition"]["logic"] == "OR"


def test_api_takes_a_whole_body_and_prints_nothing_for_no_answer(changing: Program) -> None:
    patched = changing("api", "PATCH", "/segments/1/", "--input", "-", input='{"name": "x"}')
    deleted = changing("api", "DELETE", "/api/segments/1/")

    assert patched.data["name"] == "x"
    assert (deleted.code, deleted.out) == (0, "")


def test_whoami_on_the_sandbox_names_its_file(program: Program) -> None:
    ended = program("whoami", "-o", "json")

    assert ended.data["profile"] == "sandbox"
    assert ended.data["api_url"].endswith("sandbox.db")
    assert ended.data["key"] is None
    assert "sandbox, built-in default" in program("whoami").out


def test_whoami_masks_the_key_and_says_where_it_is(program: Program) -> None:
    program.environ |= {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": "https://api.example.com/api"}

    ended = program("whoami")

    assert "sk_test_…cdef, from environment variable SEGOPS_API_KEY" in ended.out
    assert "https://api.example.com/api" in ended.out
    assert KEY not in ended.out + ended.err


def test_whoami_runs_no_key_command(program: Program, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    program.config.write_text(f'default = "a"\n[profiles.a]\nkey_command = "touch {mark}"\n')

    ended = program("whoami")

    assert ended.code == 0
    assert "not fetched, kept in key_command (touch …)" in ended.out
    assert not mark.exists()


def test_a_sandbox_is_reset_on_a_yes(changing: Program, few_people: None) -> None:
    changing("segments", "delete", "1", "--yes")

    refused = changing("sandbox", "reset")
    done = changing("sandbox", "reset", "--yes", "--seed", "7")

    assert refused.code == 2
    assert done.code == 0
    assert changing("segments", "get", "1").code == 0
    assert sorted(path.name for path in (changing.home / "data").iterdir()) == ["sandbox.db"]


def test_the_sample_is_written_and_never_over_another_file(
    program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "sample.csv"

    written, again = (program("sandbox", "sample", str(file)) for _ in range(2))

    assert written.code == 0
    assert file.read_text().startswith("sku,name,")
    assert (again.code, again.out) == (2, "")


def test_a_served_sandbox_is_used_by_the_variables_it_prints(changing: Program) -> None:
    environ = {**clean_environment(), "SEGOPS_TUI_HOME": str(changing.home)}
    command = [sys.executable, "-m", "segops_tui", "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(2)]
        found = dict(re.fullmatch(r"export (\w+)=(.*)\n", line).groups() for line in lines)  # type: ignore[union-attr]
        changing.environ |= found

        listed = changing("segments", "list", "-o", "name")
        computed = changing("segments", "recompute", "10", "-o", "json", "--quiet")
        changing.environ["SEGOPS_API_KEY"] = "sk_test_another_one_0000"
        refused = changing("segments", "list")
        server.send_signal(signal.SIGINT)
        server.wait(timeout=240)

    assert listed.out.split() == [str(number) for number in range(1, 15)]
    assert computed.data[0]["state"] == "done"
    assert refused.code == 4
    assert server.returncode == 0


def test_a_key_from_the_environment_is_not_echoed(changing: Program) -> None:
    environ = {
        **clean_environment(),
        "SEGOPS_TUI_HOME": str(changing.home),
        "SEGOPS_SANDBOX_KEY": KEY,
    }
    command = [sys.executable, "-m", "segops_tui", "sandbox", "serve", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(2)]
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=240)

    assert lines[1] == 'export SEGOPS_API_KEY="$SEGOPS_SANDBOX_KEY"\n'
    assert KEY not in err


@pytest.mark.parametrize(
    "args", [["--latency", "soon"], ["--fail", "429"], ["--rate-limit", "many"]]
)
def test_weather_that_cannot_be_read_is_wrong_usage(program: Program, args: list[str]) -> None:
    ended = program("sandbox", "serve", *args)

    assert ended.code == 2
    assert args[0] in ended.err


@pytest.mark.usefixtures("whole_shop")
def test_the_demo_without_a_terminal_does_the_whole_job_on_the_sandbox(changing: Program) -> None:
    """Whatever the environment names."""
    changing.environ |= {"SEGOPS_API_KEY": KEY, "SEGOPS_API_URL": "http://127.0.0.1:9/api"}

    ended = changing("demo")

    assert ended.code == 0
    assert "251 rows: 228 created, 20 updated, 3 rejected" in ended.out
    assert "13  Young trail runners" in ended.out
    assert "sample-catalogue.csv" in ended.out
    assert ended.out.endswith("In a terminal: segops-tui demo\n")
