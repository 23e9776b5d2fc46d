"""`queries`: questions put to AI assistants, their answers, and how visible your brand is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from segops_tui import wording
from segops_tui.api.record import Record, as_integer
from segops_tui.cli.core.crud import Facts, shared_verbs
from segops_tui.cli.core.params import one, several
from segops_tui.nouns.marks import spark
from segops_tui.nouns.queries import DASHBOARD, PROVIDERS, QUERIES, RESULTS, STANDINGS, WIN_RATES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from segops_tui.api.resources.queries import AIQuery, QueryResult, Simulation
    from segops_tui.cli.core.context import Invocation
    from segops_tui.jobs.engine.job import Job


def _used_by(run: Invocation, ids: Sequence[str]) -> Sequence[str]:
    from segops_tui.api.errors import SegOpsError
    from segops_tui.nouns.uses import query_uses

    try:
        pages = list(run.client.pages.list())
    except SegOpsError as error:
        return [f"unknown, as it could not be read: {error}"]
    return [use.line for use in query_uses({int(key) for key in ids if key.isdecimal()}, pages)]


FACTS: Final[Facts[AIQuery]] = Facts(
    group="queries",
    noun=QUERIES,
    space=lambda client: client.queries,
    example="--set query_text='Best rain jacket?' --set category=Jackets",
    required=("query_text",),
    change="--set is_active=false",
    is_paged=False,
    used_by=_used_by,
)

COMMANDS: Final = shared_verbs(FACTS)

PROVIDER: Final = click.option(
    "--provider",
    "providers",
    metavar="NAME",
    multiple=True,
    type=click.Choice(list(PROVIDERS)),
    help=f"Only this provider: {', '.join(PROVIDERS)}.",
)


@COMMANDS.command(
    "queries run",
    "segops-tui queries run 1 2",
    "segops-tui queries run 1 --no-wait",
    calls=("queries.run", "queries.get", "queries.results"),
)
@several("query")
def run_(run: Invocation, ids: tuple[str, ...]) -> int:
    """Run queries on every assistant now.

    One answer per assistant is stored in the query's results.
    """
    from segops_tui.cli.core.run_jobs import run_each
    from segops_tui.jobs.query_run import QueryRun, start_query_run

    def start(key: str) -> Job:
        return start_query_run(run.ledger, query_id=key, name="", profile=run.profile.name)

    return run_each(run, ids, start, stage=QueryRun.stage)


@COMMANDS.command(
    "queries results",
    "segops-tui queries results 1 --latest",
    "segops-tui queries results 1 --provider claude --text",
    "segops-tui queries results 1 -o ndjson",
    calls=("queries.results",),
    noun=RESULTS,
    lists=True,
)
@one("query")
@PROVIDER
@click.option("--latest", is_flag=True, help="Only the newest answer of each provider.")
@click.option("--text", "with_text", is_flag=True, help="Also print the full text of each answer.")
def results(
    run: Invocation, id: str, providers: tuple[str, ...], latest: bool, with_text: bool
) -> None:
    """List the latest answers to a query.

    Newest first, at most 50. POSITION is your brand's rank in the answer.
    """
    rows = list(_chosen(run.client.queries.results(id), providers, latest=latest))
    write_answers(run, rows, with_text=with_text)


def _chosen(
    rows: Iterable[QueryResult], providers: Sequence[str], *, latest: bool
) -> Iterator[QueryResult]:
    """Those of some assistants, newest first as they come; of each the first, if asked."""
    seen: set[str] = set()
    for row in rows:
        if providers and row.provider not in providers:
            continue
        if latest and row.provider in seen:
            continue
        seen.add(row.provider)
        yield row


def write_answers(run: Invocation, rows: Sequence[QueryResult], *, with_text: bool) -> None:
    """Write answers; `with_text` adds their words for people."""
    from segops_tui.cli.core.lists import write_rows

    shown = write_rows(run, rows, RESULTS)
    for row in shown if with_text and run.out.is_table else ():
        name = PROVIDERS.get(row.provider, row.provider)
        run.out.heading(f"{name}, {wording.moment(row.captured_at)}")
        for line in row.raw_response.splitlines():
            run.out.line(f"  {wording.plain(line)}".rstrip())


@COMMANDS.command(
    "queries simulate",
    "segops-tui queries simulate 'Best rain jacket?'",
    "segops-tui queries simulate 'Best rain jacket?' --provider claude --provider grok -o json",
    calls=("queries.simulate",),
)
@click.argument("question", metavar="QUESTION")
@PROVIDER
@click.option("--text", "with_text", is_flag=True, help="Also print the full text of each answer.")
def simulate(run: Invocation, question: str, providers: tuple[str, ...], with_text: bool) -> None:
    """Ask a question once without tracking it.

    Takes up to 30 s; slower assistants are skipped.
    """
    found = run.client.queries.simulate(query_text=question, providers=providers or None)
    if run.options.output in {"json", "yaml"} and not run.options.fields:
        run.out.data(found.raw)
        return
    from segops_tui.api.resources.queries import QueryResult

    rows = [QueryResult(row) for row in found.results if isinstance(row, dict)]
    write_answers(run, rows, with_text=with_text)
    _tell_brands(run, found)


def _tell_brands(run: Invocation, found: Simulation) -> None:
    if found.timed_out:
        run.talk.warn("Not every assistant answered in time.")
    if not run.out.is_table:
        return
    groups: dict[str, list[str]] = {"all": [], "some": [], "none": []}
    for item in found.diff:
        if isinstance(item, dict) and item.get("status") in groups:
            groups[item["status"]].append(str(item.get("brand_name", "")))
    if not any(groups.values()):
        return
    run.out.heading("Brands")
    words: dict[str, Any] = {
        "all": "mentioned by all",
        "some": "mentioned by some",
        "none": "mentioned by none",
    }
    for status, names in groups.items():
        if names:
            run.out.line(wording.plain(f"  {words[status]}: {', '.join(names)}"))


@COMMANDS.command(
    "queries dashboard",
    "segops-tui queries dashboard",
    "segops-tui queries dashboard -o json",
    calls=("queries.dashboard",),
)
def dashboard(run: Invocation) -> None:
    """Show your brand's visibility across all answers.

    MENTIONED is the share of answers that name it; SHARE OF VOICE its share of all mentions.
    """
    found = run.client.queries.dashboard()
    if not run.out.is_table or run.options.fields:
        run.out.one(found, DASHBOARD)
        return
    lists = {"by_provider", "trend", "top_brands"}
    own = Record({name: value for name, value in found.raw.items() if name not in lists})
    run.out.one(own, DASHBOARD, further=_history(_objects(found.raw.get("trend"))))
    providers = _objects(found.raw.get("by_provider"))
    if providers:
        run.out.heading("By assistant")
        run.out.table([Record(row) for row in providers], STANDINGS)
    _top_brands(run, _objects(found.raw.get("top_brands")))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]


def _history(days: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[str]]:
    if not days:
        return {}
    first, last = days[0].get("date", ""), days[-1].get("date", "")
    shown = {"Mentioned": "mention_rate", "Share of voice": "share_of_voice"}
    lines = [f"{title:<14}  {spark([d.get(n) for d in days])}" for title, n in shown.items()]
    return {f"{first}_to_{last}": lines}


def _top_brands(run: Invocation, brands: Sequence[Mapping[str, Any]]) -> None:
    if not brands:
        return
    run.out.heading("Brands named most")
    for brand in brands:
        mentions = wording.count(as_integer(brand.get("mentions")))
        run.out.line(wording.plain(f"  {mentions:>7}  {brand.get('name', '')}"))


@COMMANDS.command(
    "queries win-rate",
    "segops-tui queries win-rate",
    "segops-tui queries win-rate -o csv",
    calls=("queries.win_rate",),
    noun=WIN_RATES,
    lists=True,
)
def win_rate(run: Invocation) -> None:
    """Show how often your brand ranks ahead of each competitor.

    Answers that name neither are not counted.
    """
    from segops_tui.cli.core.lists import write_list

    write_list(run, run.client.queries.win_rate(), WIN_RATES, remember=False)
