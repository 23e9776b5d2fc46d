"""The table of commands: every name, the module it lives in, and its one line of help.

Knows names only, so that help costs no import; a test keeps each line equal to the command's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Leaf(NamedTuple):
    """A command: the module below `cli.commands` that has it, and its help."""

    module: str
    help: str


class Branch(NamedTuple):
    """A group of commands about one noun."""

    help: str
    verbs: Mapping[str, Leaf]


def _group(module: str, help: str, **verbs: str | Leaf) -> Branch:
    folder = module.rpartition(".")[0]
    leaves = {
        name.replace("_", "-"): Leaf(f"{folder}.{verb.module}", verb.help)
        if isinstance(verb, Leaf)
        else Leaf(module, verb)
        for name, verb in verbs.items()
    }
    return Branch(help, leaves)


def with_article(noun: str) -> str:
    """`a segment`, `an activation`."""
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def _shared(one: str, many: str) -> dict[str, str]:
    """The five verbs every noun has, worded as `cli.crud` words them."""
    return {
        "list": f"List {many}.",
        "get": f"Show one {one}.",
        "create": f"Create {with_article(one)}.",
        "update": f"Change the given fields of {with_article(one)}.",
        "delete": f"Delete {many} for good.",
    }


TABLE: Final[Mapping[str, Leaf | Branch]] = {
    "segments": _group(
        "segments.segments",
        "Audiences: define, recompute, export.",
        **_shared("segment", "segments"),
        recompute=Leaf("recompute", "Compute memberships anew and wait for the new counts."),
        members="List who is in a segment.",
        membership="List the segments one user is in.",
        export=Leaf("export", "Write members to a file, or those of several segments to a folder."),
        preview="Count and sample whom a definition matches, storing nothing.",
        estimate="Count whom a stored definition would match now.",
        versions="List every saved definition of a segment.",
        diff="Show what changed between two versions of a definition.",
    ),
    "product-segments": _group(
        "segments.segments",
        "Sets of products, by rule.",
        **_shared("product segment", "product segments"),
        recompute=Leaf("recompute", "Compute product segments anew and wait for the new counts."),
    ),
    "products": _group(
        "products.products",
        "The catalogue: import, browse, score.",
        **_shared("product", "products"),
        **{"import": Leaf("imports", "Import a CSV file: check, map, confirm, watch, report.")},
        imports=Leaf("imports", "List earlier imports."),
        bulk_upsert="Create or update products by SKU, from JSON, YAML or NDJSON.",
        score="Score how readable products are for AI assistants.",
        score_all="Score the whole catalogue.",
        facets="Show the distinct values of the catalogue's fields.",
        schema="Show or replace the fields products may have.",
    ),
    "schemas": _group(
        "schemas",
        "Event schemas: what an event's payload holds.",
        **_shared("schema", "schemas"),
        infer="Guess schemas from sample events, storing nothing.",
        validate="Check one event's payload against its schema, storing nothing.",
    ),
    "activations": _group(
        "activations",
        "Connectors that push a segment to a marketing tool.",
        **_shared("activation", "activations"),
        sync="Push who entered and who left, now.",
    ),
    "users": _group(
        "users",
        "People: find one, see what they did, ask why.",
        search="Find users by a part of their id.",
        get="Show one user and their properties.",
        events="List what a user did, newest first.",
        segments="List the segments a user is in.",
        explain="Show each condition of a segment's rule for one user.",
        publish="Try an event: which segments would change, storing nothing.",
    ),
    "identity": _group(
        "identity",
        "Which ids are one person.",
        alias="Say that an anonymous visitor is this user.",
        merge="Make one known user part of another, for good.",
    ),
    "queries": _group(
        "queries",
        "Questions put to AI assistants, and how the own brand fares.",
        **_shared("query", "queries"),
        run="Ask every assistant now.",
        results="List the latest answers to a question.",
        simulate="Ask once, tracking nothing.",
        dashboard="Show how visible the own brand is, over all answers.",
        win_rate="Show how often the own brand ranks ahead of each competitor.",
    ),
    "competitors": _group(
        "competitors",
        "Brands the own one is compared with.",
        **_shared("competitor", "competitors"),
    ),
    "pages": _group(
        "pages",
        "Generated landing pages, and the product search behind them.",
        **_shared("page", "pages"),
        generate="Generate pages for every active question, or for some.",
        regenerate="Write pages anew.",
        build="Build pages.",
        publish="Make built pages public.",
        export="Write a page to a file: HTML, TSX or JSON.",
        query="Search products by meaning.",
        public="Fetch a published page as a visitor does, which counts a view.",
    ),
    "analytics": _group(
        "analytics",
        "Figures about the workspace.",
        overview="Show the workspace in a few figures.",
        segments="Show how each segment's membership went in 30 days.",
        overlap="List the pairs of segments that share most members.",
        activations="Show how connectors fare.",
        usage="Show this period's use against the plan.",
    ),
    "events": _group(
        "events",
        "Record what users did.",
        track="Record one event.",
        batch="Record many events, from JSON or NDJSON, 500 at a time.",
        shopify="Send what Shopify would send for a topic, signed as it signs.",
    ),
    "webhooks": _group(
        "webhooks.webhooks",
        "Addresses that are told of every recompute.",
        **_shared("webhook", "webhooks"),
        verify="Check a delivery's signature: exit 0 if it is good, else 1.",
        sign="Sign a body, or make a signed test payload.",
        listen=Leaf("listen", "Receive deliveries on this machine: verify, keep, show, forward."),
        deliveries=Leaf("listen", "List the deliveries that were received on this machine."),
    ),
    "jobs": _group(
        "jobs.jobs",
        "Long jobs started from this machine.",
        list="List jobs, newest first.",
        show="Show one job.",
        watch="Watch jobs that run, in whatever process, until they stop.",
        wait="Wait until jobs are over, for scripts.",
        resume="Go on with jobs that were let go of, without sending their work twice.",
        forget="Drop jobs from the record; the server's work is not touched.",
    ),
    "sandbox": _group(
        "sandbox",
        "The local SegOps that ships with this program.",
        serve="Serve the sandbox over HTTP on this machine, for any client.",
        reset="Throw the sandbox away and fill it anew.",
        info="Show where the sandbox is and what is in it.",
        sample="Write the sample catalogue, a CSV file to import.",
    ),
    "profiles": _group(
        "profiles",
        "Workspaces: add, switch, remove.",
        list="List profiles, the one in use marked with what chose it.",
        add="Add a profile; its key is asked for, hidden, unless an option says where it is.",
        use="Make a profile the default, here and in the console.",
        show="Show one profile, by default the one in use. The key shows as its mask.",
        remove="Remove a profile, and its key where this program keeps it.",
        rename="Give a profile another name; its key, guard and default stay with it.",
    ),
    "config": _group(
        "config",
        "The config file: where it is, what it says, what is wrong with it.",
        path="Print where the config file is.",
        show="Show every value in effect and where it came from.",
        validate="Say everything that is wrong with the config file, with lines and remedies.",
        edit="Open the config file in your editor; what is wrong does not leave it.",
    ),
    "doctor": Leaf(
        "doctor.doctor", "Look for what is wrong with this installation; safe to paste in a report."
    ),
    "whoami": Leaf("profiles", "Show the profile, address and key in use; works offline."),
    "api": Leaf("api", "Send any call by method and path, and print the answer."),
    "commands": Leaf("commands", "List every command, with options, exit codes and endpoints."),
    "open": Leaf("console.console", "Open the console at a place."),
    "demo": Leaf("console.console", "Open the console on the sandbox, or do its job headless."),
    "completion": Leaf("completion", "Print a shell's completion script."),
    "help": Leaf("help", "Show help for a command."),
}
"""Every command there is, in the order help shows them."""
