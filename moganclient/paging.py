"""Lists page by page: by links as today's service has them, or by marker."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
import urllib.parse

from moganclient import answers
from moganclient import exceptions
from moganclient import transport as http

#: What an answer has of a list.
Page = list[dict[str, Any]]


def check_bound(name: str, value: Any, least: int) -> None:
    """Refuse a size of a page, or a number of resources, that is none.

    :raises moganclient.exceptions.ValidationError: it is none
    """
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise exceptions.ValidationError(
            f'{name} is a whole number of at least {least}, not {value!r}.'
        )


def bounded(params: Mapping[str, str], most: int | None) -> dict[str, str]:
    """A query that asks for no more than is wanted."""
    bounds = [int(n) for n in (params.get('limit'), most) if n]
    return {**params, 'limit': str(min(bounds))} if bounds else dict(params)


def linked(
    transport: http.Transport,
    path: str,
    collection: str,
    params: Mapping[str, str],
) -> Iterator[Page]:
    """The pages of a list whose answers link to the next one.

    Of such a link only the query is used, on the endpoint and path that were
    asked for: wherever it points, the token stays here.

    :param collection: the key of the list in an answer
    """
    asked = dict(params)
    seen = {tuple(sorted(asked.items()))}
    while True:
        answer = transport.request('GET', path, params=asked)
        where = transport.endpoint + path
        page = read(answer, collection, where)
        following = _next_query(answer.get(f'{collection}_links'))
        # Memory is bounded by one page.
        del answer
        yield page
        del page
        if following is None:
            return
        asked = {**params, **following}
        key = tuple(sorted(asked.items()))
        if not following or key in seen:
            raise answers.malformed(
                'its link to the next page leads back to a page that was '
                'read already',
                'GET',
                where,
            )
        seen.add(key)


def marked(
    transport: http.Transport,
    path: str,
    collection: str,
    params: Mapping[str, str],
) -> Iterator[Page]:
    """The pages of a list without links: after the last resource of each.

    An empty page is the last: a server may give fewer resources than it was
    asked for.
    """
    asked = dict(params)
    seen = {asked.get('marker')}
    while True:
        answer = transport.request('GET', path, params=asked)
        where = transport.endpoint + path
        page = read(answer, collection, where)
        del answer
        if not page:
            return
        last = page[-1].get('uuid')
        yield page
        del page
        if not isinstance(last, str) or last in seen:
            raise answers.malformed(
                'it begins again instead of going on after the marker',
                'GET',
                where,
            )
        seen.add(last)
        asked = {**params, 'marker': last}


def whole(
    transport: http.Transport,
    path: str,
    collection: str,
    params: Mapping[str, str],
) -> Iterator[Page]:
    """The one page of a list that comes as a whole."""
    answer = transport.request('GET', path, params=params)
    yield read(answer, collection, transport.endpoint + path)


def read(answer: Any, collection: str, where: str) -> Page:
    """The list in an answer.

    :param where: the answer's URL, for the sentence
    :raises moganclient.exceptions.MalformedResponse: there is none
    """
    page = answer.get(collection) if isinstance(answer, dict) else None
    # By their types, of which there is one or a few.
    if isinstance(page, list) and all(
        issubclass(kind, dict) for kind in set(map(type, page))
    ):
        return page
    raise answers.malformed(
        f'the body has no list {collection!r} of objects', 'GET', where
    )


def _next_query(links: Any) -> dict[str, str] | None:
    """The query of the link to the next page, None where there is none."""
    for link in links if isinstance(links, list) else ():
        if (
            isinstance(link, dict)
            and link.get('rel') == 'next'
            and isinstance(link.get('href'), str)
        ):
            try:
                text = urllib.parse.urlsplit(link['href']).query
                return dict(
                    urllib.parse.parse_qsl(text, keep_blank_values=True)
                )
            except ValueError:
                return {}
    return None
