"""The table of commands: every name, the module it lives in, and its one line of help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segops_tui.named_tuple import NamedTuple

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
    aliases: Mapping[str, str]
    """Other names of verbs."""


_ALIASES: Final = {"ls": "list", "rm": "delete", "show": "get", "get": "show", "new": "create"}
"""Other names that verbs have in every group that does not use them for something else."""


def _group(module: str, help: str, **verbs: str | Leaf) -> Branch:
    folder = module.rpartition(".")[0]
    leaves = {
        name.replace("_", "-"): _placed(verb, folder)
        if isinstance(verb, Leaf)
        else Leaf(module, verb)
        for name, verb in verbs.items()
    }
    return _also(Branch(help, leaves, {}), **_ALIASES)


def _also(group: Branch, **aliases: str) -> Branch:
    """A group some of whose verbs have other names too, where those are free."""
    usable = {
        name: verb
        for name, verb in aliases.items()
        if name not in group.verbs and verb in group.verbs
    }
    return group._replace(aliases={**group.aliases, **usable})


def _placed(leaf: Leaf, folder: str) -> Leaf:
    """A leaf of the group's own folder, unless it names another."""
    return leaf if "." in leaf.module else Leaf(f"{folder}.{leaf.module}", leaf.help)


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
        "delete": f"Delete {many} permanently.",
    }


TABLE: Final[Mapping[str, Leaf | Branch]] = {
    "segments": _group(
        "segments.segments",
        "Audiences: define, recompute, export.",
        **_shared("segment", "segments"),
        edit=Leaf("edit", "Edit a segment's rule and texts in your editor."),
        recompute=Leaf("recompute", "Recompute memberships and wait for the new counts."),
        changes=Leaf("changes", "List who joined and who left a segment."),
        members=Leaf("members", "List a segment's members."),
        membership="List the segments one user is in.",
        export=Leaf("export", "Export members to a file, or several segments to a folder."),
        preview="Count and sample the users a definition matches; stores nothing.",
        estimate="Count the users a stored definition matches now.",
        versions="List every saved definition of a segment.",
        diff="Show what changed between two versions of a definition.",
        restore=Leaf("copies", "Make an earlier version of a definition the current one again."),
        duplicate=Leaf("copies", "Create a segment with the rule and the description of another."),
        copy=Leaf("workspace.copying", "Copy segments to the workspace of another profile."),
    ),
    "product-segments": _group(
        "segments.segments",
        "Sets of products, by rule.",
        **_shared("product segment", "product segments"),
        recompute=Leaf("recompute", "Recompute product segments and wait for the new counts."),
        products=Leaf("products", "List the products of a product segment."),
        export=Leaf("products", "Export the products of a product segment to a file."),
        duplicate=Leaf(
            "copies", "Create a product segment with the rule and the description of another."
        ),
        copy=Leaf(
            "workspace.copying", "Copy product segments to the workspace of another profile."
        ),
    ),
    "products": _group(
        "products.products",
        "The product catalogue: import, browse, score.",
        **_shared("product", "products"),
        **{"import": Leaf("imports", "Import a CSV file: check, map, confirm, watch, report.")},
        imports=Leaf("imports", "List earlier imports, or undo one."),
        search=Leaf("search", "Search products by meaning."),
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
        infer="Infer schemas from sample events; stores nothing.",
        validate="Validate one event's payload against its schema; stores nothing.",
        copy=Leaf("workspace.copying", "Copy schemas to the workspace of another profile."),
    ),
    "activations": _group(
        "activations",
        "Connectors that push a segment to a marketing tool.",
        **_shared("activation", "activations"),
        sync="Push members who entered or left now.",
    ),
    "users": _also(
        _group(
            "users",
            "Users: search, list events and segments, explain membership.",
            search="Search users by part of their id.",
            get="Show one user and their properties.",
            events="List a user's events, newest first.",
            segments="List the segments a user is in.",
            explain="Show each condition of a segment's rule for one user.",
            simulate="Test an event: show which segments would change; stores nothing.",
        ),
        publish="simulate",
    ),
    "identity": _group(
        "identity",
        "Link and merge user identities.",
        alias="Link an anonymous visitor to a user.",
        merge="Merge one user into another permanently.",
    ),
    "queries": _group(
        "queries",
        "Questions asked of AI assistants, and your brand's visibility.",
        **_shared("query", "queries"),
        run="Run queries on every assistant now.",
        results="List the latest answers to a query.",
        simulate="Ask a question once without tracking it.",
        dashboard="Show your brand's visibility across all answers.",
        win_rate="Show how often your brand ranks ahead of each competitor.",
        copy=Leaf("workspace.copying", "Copy queries to the workspace of another profile."),
    ),
    "competitors": _group(
        "competitors",
        "Brands you compare yours with.",
        **_shared("competitor", "competitors"),
        copy=Leaf("workspace.copying", "Copy competitors to the workspace of another profile."),
    ),
    "pages": _group(
        "pages",
        "Generated landing pages, and the product search behind them.",
        **_shared("page", "pages"),
        generate="Generate pages for every active query, or for given questions.",
        regenerate="Regenerate the copy of pages.",
        build="Build pages.",
        publish="Publish built pages.",
        export="Export a page to a file: HTML, TSX or JSON.",
        query=Leaf("products.search", "Search products by meaning; also `products search`."),
        public="Fetch a published page as a visitor would; counts a view.",
    ),
    "analytics": _group(
        "analytics",
        "Workspace statistics.",
        overview="Show the workspace's key figures.",
        segments="Show each segment's membership over 30 days.",
        overlap="List the pairs of segments that share the most members.",
        activations="Show the health of connectors.",
        usage="Show this period's usage against plan limits.",
    ),
    "events": _group(
        "events",
        "Send user events.",
        track="Record one event.",
        batch="Record many events, from JSON or NDJSON, 500 at a time.",
        shopify="Send a Shopify webhook for a topic, signed like Shopify's.",
    ),
    "webhooks": _group(
        "webhooks.webhooks",
        "URLs called after every recompute.",
        **_shared("webhook", "webhooks"),
        verify="Verify a delivery's signature: exit 0 if valid, else 1.",
        sign="Sign a body, or generate a signed test payload.",
        listen=Leaf("listen", "Receive deliveries on this machine: verify, store, show, forward."),
        deliveries=Leaf("listen", "List deliveries received on this machine."),
    ),
    "pull": Leaf("workspace.files", "Write the workspace's objects to DIR, one YAML file each."),
    "diff": Leaf(
        "workspace.files", "Show what `apply` would change; exit 0 for nothing, 2 for changes."
    ),
    "apply": Leaf("workspace.files", "Make the workspace match the files in DIR."),
    "jobs": _also(
        _group(
            "jobs.jobs",
            "Jobs started from this machine.",
            list="List jobs, newest first.",
            show="Show one job.",
            watch="Watch running jobs, in any process, until they stop.",
            wait="Wait for jobs to finish, for scripts.",
            resume="Resume detached jobs without sending their work twice.",
            forget="Remove jobs from the ledger; work on the server is not affected.",
            repair="Save what can be read of a damaged ledger into a new one.",
        ),
        rm="forget",
    ),
    "sandbox": _group(
        "sandbox",
        "The local sandbox server that ships with this program.",
        serve="Serve the sandbox over HTTP on this machine, for any client.",
        reset="Delete the sandbox's data and create it again.",
        info="Show the sandbox's file and contents.",
        openapi="Print the OpenAPI description of the sandbox's API.",
        sample="Write the sample catalogue, a CSV file to import.",
    ),
    "profiles": _also(
        _group(
            "profiles",
            "Workspaces: add, switch, delete.",
            list="List profiles, marking the one in use and what selected it.",
            add="Add a profile; prompts for its key unless an option says where it is.",
            use="Set the default profile, for commands and the console.",
            show="Show one profile, by default the one in use, with its key masked.",
            delete="Delete a profile, and its key if this program stores it.",
            rename="Rename a profile; keeps its key, guard and default.",
        ),
        new="add",
        remove="delete",
    ),
    "config": _group(
        "config",
        "The config file: find, show, set, validate, edit.",
        path="Print the config file's path.",
        show="Show every setting in effect and its source.",
        get="Print one setting in effect.",
        set="Set one setting in the config file, keeping its comments.",
        validate="Validate the config file; list errors with lines and fixes.",
        edit="Edit the config file in your editor; saved only if valid.",
    ),
    "check": Leaf("check", "Check the workspace's health; exits 1 when something is wrong."),
    "doctor": Leaf("doctor", "Diagnose this installation; output is safe to paste in a report."),
    "whoami": Leaf("profiles", "Show the profile, API address and key in use; works offline."),
    "explain": Leaf(
        "reference.explain", "Explain a noun's fields, a rule's conditions and its operators."
    ),
    "api": Leaf("api", "Send any API request and print the response."),
    "commands": Leaf("commands", "List all commands, with options, exit codes and endpoints."),
    "mcp": Leaf(
        "mcp.command", "Serve the commands as tools for AI agents, over the Model Context Protocol."
    ),
    "open": Leaf("console", "Open the console at a pane or a row."),
    "demo": Leaf("console", "Open the console on the sandbox, or run a headless demo."),
    "completion": Leaf("completion", "Print a shell completion script."),
    "help": Leaf("reference.help", "Show help for a command."),
}
"""Every command there is, in the order help shows them."""
