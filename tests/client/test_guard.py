"""Guards: no mutation leaves a guarded client, by whatever way it is asked."""

from __future__ import annotations

import inspect
import io
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segops_tui.api.endpoint import download, endpoint, listing
from segops_tui.api.errors import Refused
from segops_tui.api.exchange import Attempt, Reply
from segops_tui.api.namespaces import NAMESPACES
from segops_tui.api.request import Request, Upload, raw_json
from segops_tui.client.aio import AsyncSegOpsAdmin
from segops_tui.client.blocking import SegOpsAdmin
from segops_tui.client.guard import DryRunGuard, Guard, Lock, ReadOnly, WouldSend
from segops_tui.client.pipeline import Pipeline
from segops_tui.config.profiles import GUARDS, Profile
from segops_tui.config.secrets import FromEnvironment
from segops_tui.session import Options, guard_of, production_lock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

READING_POSTS = {
    "POST /segments/preview/",
    "POST /segments/7/estimate/",
    "POST /schemas/validate/",
    "POST /schemas/infer/",
    "POST /ai-reach/simulate/",
    "POST /explorer/sandbox/publish/",
}
"""What is posted and changes nothing, by the contract: all that may pass a guard beside GET."""


class Nowhere:
    """A transport that sends nothing and remembers what it was to send."""

    def __init__(self) -> None:
        self.sent: list[Attempt] = []

    def send(self, attempt: Attempt) -> Reply:
        self.sent.append(attempt)
        return Reply(200, {}, b'{"results": []}', 0.0)

    @contextmanager
    def stream(self, attempt: Attempt) -> Iterator[Any]:
        self.sent.append(attempt)
        yield iter(())

    def close(self) -> None:
        """Nothing is open."""


class AsyncNowhere:
    """The same, awaited."""

    def __init__(self) -> None:
        self.sent: list[Attempt] = []

    async def send(self, attempt: Attempt) -> Reply:
        self.sent.append(attempt)
        return Reply(200, {}, b'{"results": []}', 0.0)

    @asynccontextmanager
    async def stream(self, attempt: Attempt) -> AsyncIterator[Any]:
        self.sent.append(attempt)
        yield iter(())

    async def aclose(self) -> None:
        """Nothing is open."""


def declared_verbs() -> Iterator[tuple[str, str, Any, Any]]:
    """Every endpoint there is: noun, verb, its namespace, its declaration."""
    client = SegOpsAdmin(transport=Nowhere())
    for noun in NAMESPACES:
        resource = getattr(client, noun)
        for verb in dir(type(resource)):
            declared = inspect.getattr_static(type(resource), verb)
            if isinstance(declared, endpoint | listing | download):
                yield noun, verb, resource, declared


def every_request() -> dict[str, Request[Any]]:
    """A request of every endpoint there is, made with arguments that fit."""
    fill: dict[str, Any] = {
        "file": Upload(open=lambda: io.BytesIO(b""), filename="x.csv"),
        "definition": {},
        **{name: [] for name in ("products", "events", "fields", "properties")},
        **{name: {} for name in ("payload", "config")},
    }
    found = {}
    for noun, verb, resource, declared in declared_verbs():
        subjects, named = [], {}
        for name, parameter in list(inspect.signature(declared.build).parameters.items())[1:]:
            if parameter.default is not parameter.empty or parameter.kind in {
                parameter.VAR_KEYWORD,
                parameter.VAR_POSITIONAL,
            }:
                continue
            if parameter.kind is parameter.KEYWORD_ONLY:
                named[name] = fill.get(name, "7")
            else:
                subjects.append(fill.get(name, "7"))
        found[f"{noun}.{verb}"] = declared.build(resource, *subjects, **named)
    return found


EVERY_REQUEST = every_request()


def test_a_guarded_client_sends_reads_and_nothing_else() -> None:
    for name, request in EVERY_REQUEST.items():
        nowhere = Nowhere()
        client = SegOpsAdmin(transport=nowhere, pipeline=Pipeline(guard=ReadOnly("--read-only")))
        line = f"{request.method} {request.path}"

        if request.method == "GET" or line in READING_POSTS:
            client.send(request._replace(parse=raw_json))
            assert [attempt.method for attempt in nowhere.sent] == [request.method], name
        else:
            with pytest.raises(Refused, match="was not sent"):
                client.send(request)
            with pytest.raises(Refused, match="was not sent"), client.fetch(request):
                pass
            assert nowhere.sent == [], name


async def test_a_guarded_async_client_sends_reads_and_nothing_else() -> None:
    for name, request in EVERY_REQUEST.items():
        nowhere = AsyncNowhere()
        client = AsyncSegOpsAdmin(transport=nowhere, pipeline=Pipeline(guard=Lock("locked")))
        line = f"{request.method} {request.path}"

        if request.method == "GET" or line in READING_POSTS:
            await client.send(request._replace(parse=raw_json))
            assert len(nowhere.sent) == 1, name
        else:
            with pytest.raises(Refused, match="was not sent"):
                await client.send(request)
            with pytest.raises(Refused, match="was not sent"):
                async with client.fetch(request):
                    pass
            assert nowhere.sent == [], name


def test_every_reading_post_is_an_endpoint_that_is_there() -> None:
    lines = {f"{request.method} {request.path}" for request in EVERY_REQUEST.values()}

    assert lines >= READING_POSTS


@given(
    method=st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "post", "HEAD", "QUERY", "get"]),
    path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30),
)
def test_the_escape_hatch_is_guarded_whatever_its_method_and_path(method: Any, path: str) -> None:
    nowhere = Nowhere()
    client = SegOpsAdmin(transport=nowhere, pipeline=Pipeline(guard=ReadOnly("--read-only")))

    with suppress(Refused, ValueError):
        client.http.request(method, path)

    assert nowhere.sent == []


def test_a_refusal_says_what_would_have_been_sent() -> None:
    client = SegOpsAdmin(transport=Nowhere(), pipeline=Pipeline(guard=ReadOnly("--read-only")))

    with pytest.raises(Refused) as caught:
        client.segments.create(name="VIPs")

    said = '--read-only: POST /segments/ was not sent (body {"name": "VIPs"}).'
    assert str(caught.value) == said
    assert (caught.value.method, caught.value.path) == ("POST", "/segments/")


def test_a_refusal_quotes_no_secret_and_not_for_ever() -> None:
    body = {
        "config": {"api_key": "hunter2hunter2", "list": ["sk_live_0123456789abcdef"]},
        "text": "x" * 1000,
    }
    client = SegOpsAdmin(transport=Nowhere(), pipeline=Pipeline(guard=ReadOnly("--read-only")))

    with pytest.raises(Refused) as caught:
        client.http.request("POST", "/activations/", body=body)

    assert "hunter2" not in str(caught.value)
    assert "0123456789ab" not in str(caught.value)
    assert len(str(caught.value)) < 220


def test_a_refused_upload_names_its_file() -> None:
    upload = Upload(open=lambda: io.BytesIO(b""), filename="catalogue.csv")
    client = SegOpsAdmin(transport=Nowhere(), pipeline=Pipeline(guard=ReadOnly("--read-only")))

    with pytest.raises(Refused, match=r"\(file catalogue\.csv\)"):
        client.products.import_csv(upload)


def test_a_dry_run_tells_what_would_have_been_sent() -> None:
    client = SegOpsAdmin(
        transport=Nowhere(), pipeline=Pipeline(guard=DryRunGuard(), new_key=lambda: "key-1")
    )

    with pytest.raises(WouldSend) as caught:
        client.segments.create(name="VIPs")

    assert caught.value.key == "key-1"
    assert caught.value.request.body == {"name": "VIPs"}


class Hands:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_lock_opens_for_a_quarter_of_an_hour_and_counts_down() -> None:
    hands = Hands()
    lock, nowhere = Lock("locked", clock=hands), Nowhere()
    client = SegOpsAdmin(transport=nowhere, pipeline=Pipeline(guard=lock))

    with pytest.raises(Refused):
        client.http.request("DELETE", "/segments/1/")
    lock.unlock()
    assert lock.remaining == 900
    hands.now += 899
    client.http.request("DELETE", "/segments/1/")
    assert lock.remaining == 1
    hands.now += 1
    assert (lock.remaining, lock.is_unlocked) == (0, False)
    with pytest.raises(Refused):
        client.http.request("DELETE", "/segments/2/")

    assert [attempt.target for attempt in nowhere.sent] == ["/segments/1/"]


def test_a_lock_can_be_locked_before_its_time() -> None:
    lock = Lock("locked", clock=Hands())
    lock.unlock(minutes=5)

    lock.lock()

    assert (lock.is_unlocked, lock.remaining) == (False, 0)


@pytest.mark.parametrize("minutes", [0, -1, float("inf"), float("nan"), 100_000])
def test_a_lock_is_not_unlocked_for_ever(minutes: float) -> None:
    lock = Lock("locked")

    with pytest.raises(ValueError, match="minutes"):
        lock.unlock(minutes)

    assert not lock.is_unlocked


def profile(guard: str) -> Profile:
    return Profile("prod", "https://api.example.com/api", FromEnvironment("X"), guard=guard)


@pytest.mark.parametrize(
    ("guard", "options", "kind"),
    [
        ("none", Options(), None),
        ("none", Options(read_only=True), ReadOnly),
        ("none", Options(dry_run=True), DryRunGuard),
        ("read-only", Options(), ReadOnly),
        ("read-only", Options(unlocked=True), ReadOnly),
        ("production", Options(), Lock),
        ("production", Options(unlocked=True), None),
        ("production", Options(unlocked=True, read_only=True), ReadOnly),
        ("production", Options(unlocked=True, dry_run=True), DryRunGuard),
        ("prodution", Options(unlocked=True), ReadOnly),
    ],
)
def test_a_profile_and_the_options_choose_theguard_of(
    guard: str, options: Options, kind: type[Guard] | None
) -> None:
    chosen = guard_of(profile(guard), options)

    assert (None if chosen is None else type(chosen)) is kind


def test_the_console_holds_the_lock_the_client_asks() -> None:
    lock = production_lock(profile("production"))

    assert lock is not None
    assert guard_of(profile("production"), Options(lock=lock)) is lock
    assert production_lock(profile("none")) is None
    assert set(GUARDS) == {"none", "read-only", "production"}


def test_every_namespace_is_walked() -> None:
    assert len(EVERY_REQUEST) >= 90
    assert {noun for noun, *_ in declared_verbs()} == set(NAMESPACES)
