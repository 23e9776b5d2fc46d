"""Declare an endpoint once; call it from a blocking or an async client.

- `endpoint`: one request, one answer.
- `with_fields`: the same, with fields by keyword or as one mapping: `create(name="VIPs")` and
  `create({"name": "VIPs"})`.
- `followed_by`: the server works on after its answer; `wait=True` follows the work to its end.
- `procedure`: several requests and pauses as one call (`api/waiting.py`).
- `listing`: a paginated answer (`api/listing.py`).
- `download`: a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    cast,
    overload,
)

from segops_tui.api.listing import AsyncListing, Listing
from segops_tui.api.record import Record
from segops_tui.api.request import Id, JsonObject, Request, ignore_body, path
from segops_tui.api.senders import AsyncSender, Sender
from segops_tui.api.waiting import TIMEOUT, Waiting

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Coroutine,
    )
    from contextlib import AbstractAsyncContextManager, AbstractContextManager
    from inspect import Parameter, Signature
    from typing import Literal

    from segops_tui.api.request import Page
    from segops_tui.api.senders import AsyncDownload, Download
    from segops_tui.api.waiting import Steps

P = ParamSpec("P")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
W = TypeVar("W")
W_co = TypeVar("W_co", covariant=True)
R = TypeVar("R", bound=Record)
C_co = TypeVar("C_co", bound=Sender | AsyncSender, covariant=True)


class Resource(Generic[C_co]):
    """A namespace of endpoints, bound to the client that sends them."""

    def __init__(self, client: C_co) -> None:
        self._client = client


def _without_client(build: Callable[..., Any], owner: type[Resource[Any]]) -> Callable[..., Any]:
    """`build`, usable without a client: `self` may be None.

    Verbs that several nouns share read the path from their namespace (`Editable`).
    """

    @wraps(build)
    def made(namespace: Any, /, *args: Any, **fields: Any) -> Any:
        return build(owner(None) if namespace is None else namespace, *args, **fields)

    return made


def _with_mapping(
    build: Callable[..., Request[T]], obj: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Request[T]:
    """Build a request whose fields may be one mapping, after the required arguments."""
    code = build.__code__
    required = code.co_argcount - 1 - len(build.__defaults__ or ())
    if len(args) <= required or not isinstance(args[-1], Mapping):
        return build(obj, *args, **kwargs)
    names = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    known = {*(build.__kwdefaults__ or ()), *kwargs}
    # The server says what is missing, so that nothing required is asked for here.
    missing = dict.fromkeys((name for name in names if name not in known), ())
    request = build(obj, *args[:-1], **kwargs, **missing)
    is_read = request.method == "GET"
    built = request.query if is_read else request.body or {}
    fields = {**args[-1], **{name: built[name] for name in kwargs if name in built}}
    if is_read:
        fields = {**fields, **{name: built[name] for name in built if name not in fields}}
    return request._replace(query=fields) if is_read else request._replace(body=fields)


class _Bound:
    """A call with the name, the text and the signature of the method it was made of.

    It has `__get__` so that `help()` takes it for what it is, a method.
    """

    def __init__(
        self, call: Callable[..., Any], build: Any, obj: Any, *, doc: str = "", waits: bool = False
    ) -> None:
        self._call, self._build, self._obj, self._waits = call, build, obj, waits
        self.__name__ = build.__name__
        self.__qualname__ = f"{type(obj).__name__}.{build.__name__}"
        self.__module__ = build.__module__
        self.__doc__ = doc or build.__doc__

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(*args, **kwargs)

    def __get__(self, obj: Any, owner: type[Any] | None = None) -> _Bound:
        return self

    def __repr__(self) -> str:
        return f"<{self.__qualname__}{self.__signature__}>"

    @property
    def __signature__(self) -> Signature:
        """Its parameters and what it answers."""
        from inspect import Parameter, Signature, signature  # noqa: PLC0415 (see _waiting)

        shown = signature(self._build)
        _, *parameters = shown.parameters.values()
        at = len(parameters)
        if parameters and parameters[-1].kind is Parameter.VAR_KEYWORD:
            at -= 1
        parameters[at:at] = _waiting() if self._waits else ()
        answer = _answer(str(shown.return_annotation), self._obj)
        return Signature(parameters, return_annotation=answer)


def _waiting() -> tuple[Parameter, ...]:
    """What every `work` takes beside its own parameters."""
    # `inspect` is a twelfth of a short run, and few look at a call's signature.
    from inspect import Parameter  # noqa: PLC0415

    progress = "Callable[[Any], object] | None"
    return (
        Parameter("wait", Parameter.KEYWORD_ONLY, default=False, annotation="bool"),
        Parameter("timeout", Parameter.KEYWORD_ONLY, default=TIMEOUT, annotation="float"),
        Parameter("progress", Parameter.KEYWORD_ONLY, default=None, annotation=progress),
    )


def _answer(annotation: str, obj: Any) -> str:
    """What a call answers, as the annotation of the method that builds it says."""
    for wrapping in ("Request", "Steps"):
        if annotation.startswith(f"{wrapping}["):
            annotation = annotation[len(wrapping) + 1 : -1]
    if annotation.startswith("Page["):
        return f"{'Async' if obj._client.is_async else ''}Listing{annotation[4:]}"
    return obj.record.__name__ if annotation == "R" else annotation


class FieldsCall(Protocol[P, T_co]):
    """A call whose fields are given by keyword, or as one mapping after the other arguments."""

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T_co: ...
    @overload
    def __call__(self, fields: JsonObject, /) -> T_co: ...
    @overload
    def __call__(
        self, subject: Id, fields: JsonObject, /, *, method: Literal["PATCH", "PUT"] = ...
    ) -> T_co: ...


class WorkCall(Protocol[P, T_co, W_co]):
    """A call that starts work, and with `wait=True` returns its result."""

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T_co: ...
    @overload
    def __call__(
        self,
        *args: Any,
        wait: Literal[True],
        timeout: float = ...,
        progress: Callable[[Any], object] | None = ...,
        **fields: Any,
    ) -> W_co: ...
    @overload
    def __call__(self, subject: Id, fields: JsonObject, /) -> T_co: ...


class endpoint(Generic[P, T]):
    """A method that builds a request, and becomes a method that sends it.

    On the class itself, `build(None, …)` makes the request without sending it.
    """

    def __init__(self, build: Callable[Concatenate[Any, P], Request[T]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> endpoint[P, T]: ...
    @overload
    def __get__(self, obj: Resource[Sender], owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return endpoint(_without_client(self.build, owner))

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj._client.send(self.build(obj, *args, **kwargs))

        return _Bound(call, self.build, obj)


class with_fields(endpoint[P, T]):
    """An endpoint that takes fields by keyword, or as one mapping after its other arguments.

    A mapping is sent as it is: the server checks it. Fields of a GET go into the query.
    """

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> endpoint[P, T]: ...
    @overload
    def __get__(self, obj: Resource[Sender], owner: type[Any]) -> FieldsCall[P, T]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> FieldsCall[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return with_fields(_without_client(self.build, owner))

        def call(*args: Any, **kwargs: Any) -> Any:
            return obj._client.send(_with_mapping(self.build, obj, args, kwargs))

        doc = f"{self.build.__doc__}\n\nThe fields may also be given as one mapping."
        return _Bound(call, self.build, obj, doc=doc)


class work(endpoint[P, T], Generic[P, T, W]):
    """An endpoint that starts work on the server; see `followed_by`.

    `wait=True` returns the result instead of the server's first answer, after at most `timeout`
    seconds; `progress` is called with the object each time it was fetched.
    """

    def __init__(
        self,
        build: Callable[Concatenate[Any, P], Request[T]],
        follow: Callable[..., Steps[W]],
    ) -> None:
        super().__init__(build)
        self._follow = follow

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> endpoint[P, T]: ...
    @overload
    def __get__(self, obj: Resource[Sender], owner: type[Any]) -> WorkCall[P, T, W]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> WorkCall[P, Coroutine[Any, Any, T], Coroutine[Any, Any, W]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return endpoint(_without_client(self.build, owner))

        def call(
            *args: Any,
            wait: bool = False,
            timeout: float = TIMEOUT,
            progress: Callable[[Any], object] | None = None,
            **kwargs: Any,
        ) -> Any:
            request = _with_mapping(self.build, obj, args, kwargs)
            if not wait:
                return obj._client.send(request)
            steps = self._follow(obj, request, Waiting(timeout, progress), *args[:1])
            return obj._client.carry_out(steps)

        return _Bound(call, self.build, obj, waits=True)


def followed_by(
    follow: Callable[..., Steps[W]],
) -> Callable[[Callable[Concatenate[Any, P], Request[T]]], work[P, T, W]]:
    """Declare an endpoint that starts work, and the generator that follows it to its result.

    `follow` gets the namespace, the request to send, how long to wait, and the call's first
    argument.
    """

    def declare(build: Callable[Concatenate[Any, P], Request[T]]) -> work[P, T, W]:
        return work(build, follow)

    return declare


class procedure(Generic[P, T]):
    """A method of several requests and pauses, and becomes one that carries them out."""

    def __init__(self, steps: Callable[Concatenate[Any, P], Steps[T]]) -> None:
        self.steps = steps
        self.__doc__ = steps.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> procedure[P, T]: ...
    @overload
    def __get__(self, obj: Resource[Sender], owner: type[Any]) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj._client.carry_out(self.steps(obj, *args, **kwargs))

        return _Bound(call, self.steps, obj)


class listing(Generic[P, T]):
    """An endpoint with a paginated answer; its filters are also accepted as one mapping.

    On the class itself, `build(None, …)` makes the first request without sending it.
    """

    def __init__(self, build: Callable[Concatenate[Any, P], Request[Page[T]]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> listing[P, T]: ...
    @overload
    def __get__(self, obj: Resource[Sender], owner: type[Any]) -> FieldsCall[P, Listing[T]]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> FieldsCall[P, AsyncListing[T]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return listing(_without_client(self.build, owner))

        def call(*args: Any, **kwargs: Any) -> Any:
            request = _with_mapping(self.build, obj, args, kwargs)
            if obj._client.is_async:
                return AsyncListing(obj._client, request)
            return Listing.fetched(obj._client, request)

        return _Bound(call, self.build, obj)


class download(Generic[P]):
    """An endpoint whose answer is a file; open it with `with` (or `async with`)."""

    def __init__(self, build: Callable[Concatenate[Any, P], Request[None]]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, obj: None, owner: type[Any]) -> download[P]: ...
    @overload
    def __get__(
        self, obj: Resource[Sender], owner: type[Any]
    ) -> Callable[P, AbstractContextManager[Download]]: ...
    @overload
    def __get__(
        self, obj: Resource[AsyncSender], owner: type[Any]
    ) -> Callable[P, AbstractAsyncContextManager[AsyncDownload]]: ...
    def __get__(self, obj: Any, owner: type[Any]) -> Any:
        if obj is None:
            return self

        def call(*args: P.args, **kwargs: P.kwargs) -> Any:
            return obj._client.fetch(self.build(obj, *args, **kwargs))

        return _Bound(call, self.build, obj)


class Editable(Resource[C_co], Generic[C_co, R]):
    """A collection of objects with ids: get, update and delete; a noun adds `create` and `list`."""

    address: ClassVar[str]
    """The path of the collection, such as `/schemas/`."""
    record: ClassVar[type[Record]]
    """The class of its objects; for a type checker, the second type parameter is the same."""

    @endpoint
    def get(self, object_id: Id, /) -> Request[R]:
        """Fetch one object by id."""
        return Request("GET", self._one(object_id), parse=self._parse)

    @with_fields
    def update(
        self, object_id: Id, /, *, method: Literal["PATCH", "PUT"] = "PATCH", **fields: Any
    ) -> Request[R]:
        """Change the given fields and return the object; `method="PUT"` replaces it."""
        return Request(method, self._one(object_id), parse=self._parse, body=fields)

    @endpoint
    def delete(self, object_id: Id, /) -> Request[None]:
        """Delete one object."""
        return Request("DELETE", self._one(object_id), parse=ignore_body)

    def _one(self, object_id: Id) -> str:
        return path(self.address + "{}/", object_id)

    def _parse(self, data: Any) -> R:
        return cast("R", self.record.parse(data))


class Crud(Editable[C_co, R]):
    """A collection whose objects can also be replaced."""

    @with_fields
    def replace(self, object_id: Id, /, **fields: Any) -> Request[R]:
        """Replace the whole object and return it."""
        return Request("PUT", self._one(object_id), parse=self._parse, body=fields)
