"""Resources and their managers: the only base classes.

A resource is thin: it keeps the decoded dict of an answer and looks its
attributes up in it, so that a hundred thousand of them cost little more than
the JSON that they came in.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
import re
from typing import Any
from typing import ClassVar
from typing import Generic
from typing import TypeVar
import urllib.parse
import uuid as uuid_lib

from moganclient import answers
from moganclient import exceptions
from moganclient import microversion
from moganclient import paging
from moganclient import retired
from moganclient import transport as http

_UUID = re.compile(
    '-'.join(f'[0-9a-f]{{{n}}}' for n in (8, 4, 4, 4, 12)), re.I
)


class Resource:
    """Something that the API told of.

    What is known about a kind is declared in its class, a comment each; what
    a newer server tells besides is there under its own name.  A resource is
    what the server said at that moment: it is not refreshed, and a declared
    field cannot be set.  Other attributes can, for programs that note down
    something of their own (dashboards do ``server.full_flavor = flavor``):
    they go along with copies and pickles, and are no part of what the server
    said, so neither of :meth:`to_dict` nor of comparing.
    """

    # The slot is read faster than what is in a dict, and the dict costs
    # nothing but its place before something is noted down in it.
    __slots__ = ('_info', '__dict__')

    #: What the kind is called in sentences.
    KIND: ClassVar[str] = 'resource'
    #: Fields that the server leaves out for some callers; None then.
    MAY_BE_HIDDEN: ClassVar[frozenset[str]] = frozenset()

    #: The field that identifies it.
    KEY: ClassVar[str] = 'uuid'

    #: Identifies it, in lower case.
    uuid: str
    #: What people call it.
    name: str | None

    def __init_subclass__(cls) -> None:
        """Give the class a quick way to each field that it declares."""
        super().__init_subclass__()
        _declare(cls)

    def __init__(self, info: dict[str, Any]) -> None:
        """Wrap a decoded JSON object, which is kept and not copied."""
        self._info = info

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        try:
            return self._info[name]
        except KeyError:
            if name in self.MAY_BE_HIDDEN:
                return None
        raise AttributeError(
            f'the server did not send {name!r} of this {self.KIND}; it sent '
            f'{", ".join(sorted(self._info))}'
        )

    def __contains__(self, name: object) -> bool:
        """Whether the server sent a field."""
        return name in self._info

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self._info]

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        equal: bool = self._info == other._info
        return equal

    def __hash__(self) -> int:
        return hash((type(self), self._info.get(self.KEY)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._info,), self.__dict__ or None

    def __repr__(self) -> str:
        info = self._info
        words = [type(self).__name__]
        if isinstance(info.get('name'), str):
            words.append(repr(info['name']))
        if self.KEY != 'name':
            words.append(str(info.get(self.KEY)))
        return f'<{" ".join(words)}>'

    def to_dict(self) -> dict[str, Any]:
        """Everything that the server sent, as a copy of one's own."""
        copied: dict[str, Any] = _copy(self._info)
        return copied


def _declare(cls: type[Resource]) -> None:
    """Make properties of the fields that a class declares.

    ``__getattr__`` alone would do, at seven times the time: it is asked when
    everything else has failed.
    """
    for name, kind in cls.__dict__.get('__annotations__', {}).items():
        if name not in cls.__dict__ and not str(kind).startswith('ClassVar'):
            setattr(cls, name, _field(name, kind))


def _field(name: str, kind: Any) -> property:
    def field(self: Resource) -> Any:
        try:
            return self._info[name]
        except KeyError:
            pass
        # Hidden, or not sent.
        return self.__getattr__(name)

    field.__annotations__['return'] = kind
    return property(field)


_declare(Resource)


def _copy(value: Any) -> Any:
    """A deep copy of JSON, many times faster than copy.deepcopy()."""
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_copy(member) for member in value]
    return value


R = TypeVar('R', bound=Resource)

#: Arguments of lists that identify something, and what.
_IDENTS = {
    'marker': 'marker',
    'node': 'node',
    'flavor_uuid': 'flavor',
    'image_uuid': 'image',
}

#: What identifies a thing: itself, its UUID, or its name where one may do.
Ident = Resource | uuid_lib.UUID | str


def ident(thing: Ident, kind: str, *, exact: bool = False) -> str:
    """The UUID of an object, or a UUID or name as given.

    UUIDs come out in lower case: that is how they are stored everywhere.

    :param kind: what it should be, for the sentence
    :param exact: leave UUIDs as they are (see :meth:`Manager.spelled`)
    :raises moganclient.exceptions.ValidationError: it identifies nothing
    """
    if isinstance(thing, Resource):
        thing = getattr(thing, thing.KEY)
    if isinstance(thing, uuid_lib.UUID):
        return str(thing)
    if not isinstance(thing, str) or not thing.strip():
        raise exceptions.ValidationError(
            f'{thing!r} does not say which {kind}: pass an object, a UUID or '
            'a name.'
        )
    _check_text(thing, kind)
    return thing.lower() if is_uuid(thing) and not exact else thing


def _check_text(text: str, what: str) -> None:
    """Refuse what is no text: bytes of a terminal that are not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise exceptions.ValidationError(
            f'The {what} {text!r} is not valid text: it holds half of a '
            'character, or bytes that are not UTF-8.'
        ) from None


def is_uuid(text: str) -> bool:
    """Whether a string is spelled as a UUID, in whatever case."""
    return _UUID.fullmatch(text) is not None


def segment(identity: str, kind: str) -> str:
    """A UUID or name as one segment of a path, quoted.

    :raises moganclient.exceptions.ValidationError: it would be another path
    """
    if identity in ('.', '..'):
        raise exceptions.ValidationError(
            f'{identity!r} names no {kind} in a URL; pass its UUID.'
        )
    return urllib.parse.quote(identity, safe='')


def query(**arguments: Any) -> dict[str, str]:
    """Arguments of a list as its query, without what is None.

    True becomes ``true``, a resource its UUID, several words one with commas.
    UUIDs stay as they are spelled until a :class:`Manager` asks.

    :raises moganclient.exceptions.ValidationError: a value makes no sense
    """
    found: dict[str, str] = {}
    for name, value in arguments.items():
        if value is None:
            continue
        if isinstance(value, bool):
            found[name] = str(value).lower()
        elif name in _IDENTS:
            found[name] = ident(value, _IDENTS[name], exact=True)
        elif isinstance(value, str | int):
            _check_text(str(value), name)
            found[name] = str(value)
        elif isinstance(value, Iterable) and not isinstance(value, bytes):
            words = [str(word) for word in value]
            if words:
                _check_text(','.join(words), name)
                found[name] = ','.join(words)
        else:
            raise exceptions.ValidationError(f'{name} cannot be {value!r}.')
    return found


class Manager(Generic[R]):
    """Asks for resources of one kind."""

    #: What an answer becomes.
    RESOURCE: type[R]
    #: The key of the list in an answer; the path, too.
    COLLECTION: ClassVar[str]
    #: What a retired server knows in the query of the list; it refuses all
    #: else.  With ``marker`` it gives the list in pages.
    RETIRED_QUERY: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, transport: http.Transport) -> None:
        """Use a transport, which other managers use too."""
        self._transport = transport

    def __repr__(self) -> str:
        return f'<{type(self).__name__} of {self._transport!r}>'

    def _path(self, thing: Ident) -> str:
        kind = self.RESOURCE.KIND
        identity = self.spelled(ident(thing, kind, exact=True))
        return f'/{self.COLLECTION}/{segment(identity, kind)}'

    def spelled(self, identity: str) -> str:
        """A UUID as this server wants it, anything else as it is.

        In lower case, but for a retired server: there it must match what is
        stored to the letter.
        """
        lower = identity.lower()
        if lower == identity or not is_uuid(identity):
            return identity
        return identity if self._transport.retired else lower

    def _one(
        self,
        method: str,
        path: str,
        body: Any = None,
        global_request_id: str | None = None,
        params: Mapping[str, str] | None = None,
        secret: bool = False,
        within: float | None = None,
    ) -> R:
        """Ask for one resource.

        :param params: the query
        :param global_request_id: of this request, ``req-<uuid>``
        :param secret: whether no log may know of it
        :param within: seconds, for all attempts together
        :raises moganclient.exceptions.MalformedResponse: the answer is none
        """
        info = self._transport.request(
            method,
            path,
            params=params,
            body=body,
            global_request_id=global_request_id,
            secret=secret,
            within=within,
        )
        key = self.RESOURCE.KEY
        if not isinstance(info, dict) or not isinstance(info.get(key), str):
            raise answers.malformed(
                f'the body is not a {self.RESOURCE.KIND}: it has no {key}',
                method,
                self._transport.endpoint + path,
            )
        return self.RESOURCE(info)

    def _iterate(
        self,
        params: Mapping[str, str],
        *,
        limit: int | None,
        max_items: int | None,
        path: str | None = None,
    ) -> Iterator[R]:
        """Check the bounds now; ask when the first resource is wanted.

        :param params: the query, without ``limit``
        :param limit: resources of one page; the server may give fewer
        :param max_items: resources in all
        :param path: where it is not the collection's
        :raises moganclient.exceptions.ValidationError: a bound is no number
            that could be one
        """
        paging.check_bound('limit', limit, 1)
        paging.check_bound('max_items', max_items, 0)
        if limit:
            params = {**params, 'limit': str(limit)}
        return self._resources(
            path or f'/{self.COLLECTION}', params, max_items
        )

    def _resources(
        self, path: str, params: Mapping[str, str], left: int | None
    ) -> Iterator[R]:
        resource = self.RESOURCE
        if left == 0:
            return
        # The page that the loop is done with must be gone while the next one
        # arrives: memory is bounded by one page.
        pages = self._pages
        if self._transport.retired:
            pages = self._retired_pages
        for page in pages(path, params, left):
            if left is not None:
                del page[left:]
                left -= len(page)
            page.reverse()
            while page:
                yield resource(page.pop())
            if left == 0:
                return

    def _pages(
        self, path: str, params: Mapping[str, str], most: int | None
    ) -> Iterator[paging.Page]:
        """The lists of one page after the other.

        :param most: more resources are not wanted
        """
        query = paging.bounded(params, most)
        for name in _IDENTS.keys() & query:
            query[name] = self.spelled(query[name])
        return paging.linked(self._transport, path, self.COLLECTION, query)

    def _retired_pages(
        self, path: str, params: Mapping[str, str], most: int | None
    ) -> Iterator[paging.Page]:
        """The same of a retired server.

        :raises moganclient.exceptions.RetiredServer: it does not know an
            argument; nothing was sent
        """
        self._refuse_in_list(set(params) - self.RETIRED_QUERY)
        used, name = self._transport, self.COLLECTION
        if 'marker' not in self.RETIRED_QUERY:
            return paging.whole(used, path, name, params)
        return paging.marked(used, path, name, paging.bounded(params, most))

    def _refuse_in_list(self, arguments: Iterable[str]) -> None:
        """Refuse a retired server arguments of the list, if there are any."""
        given = [repr(name) for name in arguments]
        if given:
            self._transport.require(
                microversion.OLDEST,
                f'{retired.words(given)} in a list of {self.RESOURCE.KIND}s',
            )
