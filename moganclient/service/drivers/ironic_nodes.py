"""A page of nodes from Ironic, in the order that was asked for.

Sorted by a key that is null somewhere, Ironic's own paging loses nodes and
repeats others (seen on Ironic 39): after a marker whose key is null it does
not compare the key at all, and after one whose key is not null it leaves
out all nodes whose key is.  So nodes with a value and nodes without are
listed one after the other here, those without at the end.  Which end of its
order a database puts nulls at (SQLite and MariaDB: before everything,
PostgreSQL: after) is found by looking.
"""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base
from moganclient.service.drivers import ironic_pages
from moganclient.service import exceptions
from moganclient.service import upstream_faults

#: Details, because ``created_at`` is refused in ``fields``.
_PATH = '/nodes/detail'
#: Of :data:`moganclient.service.drivers.base.SORT_KEYS`.
_NEVER_NULL = ('created_at', 'uuid')

_ASCENDING, _DESCENDING = 'asc', 'desc'


def read(
    pages: ironic_pages.Pages,
    query: base.NodeQuery,
    filters: dict[str, Any],
) -> tuple[list[ironic_pages.Item], str | None]:
    """Up to ``query.limit`` nodes, and the marker of the next page or None.

    :param filters: query arguments for every page
    :raises moganclient.service.exceptions.BadRequest: unknown marker
    """
    one = _NodeList(pages, query, filters)
    if query.sort_key is None or query.sort_key in _NEVER_NULL:
        found, more = one.from_marker()
    else:
        found, more = one.nulls_last()
    return found, found[-1]['uuid'] if found and more else None


class _NodeList:
    def __init__(
        self,
        pages: ironic_pages.Pages,
        query: base.NodeQuery,
        filters: dict[str, Any],
    ) -> None:
        self._pages = pages
        self._key = query.sort_key or 'id'
        self._direction = _DESCENDING if query.descending else _ASCENDING
        self._marker = query.marker
        self._limit = query.limit
        self._filters = filters

    def _params(self, direction: str | None = None) -> dict[str, Any]:
        return {
            **self._filters,
            'sort_key': self._key,
            'sort_dir': direction or self._direction,
        }

    def _has_value(self, item: ironic_pages.Item) -> bool:
        return item.get(self._key) is not None

    def _unknown_marker(self) -> exceptions.BadRequest:
        return exceptions.BadRequest(
            f'marker: there is no node {self._marker}. Pass the UUID of the '
            'last node of the page before.'
        )

    def from_marker(self) -> tuple[list[ironic_pages.Item], bool]:
        """What comes after the marker, by Ironic's own paging."""
        if self._marker is None:
            return self._fill(*self._page(None))
        try:
            return self._fill(
                *ironic_pages.either_case(self._page, self._marker)
            )
        except upstream_faults.Missing as exc:
            raise self._unknown_marker() from exc

    def _page(
        self, marker: str | None
    ) -> tuple[list[ironic_pages.Item], bool]:
        params = {**self._params(), 'marker': marker}
        return self._pages.page(_PATH, params, self._limit)

    def _fill(
        self, found: list[ironic_pages.Item], more: bool
    ) -> tuple[list[ironic_pages.Item], bool]:
        """Go on after nodes with a value until there are enough."""
        while more and len(found) < self._limit:
            items, more = self._pages.after(
                _PATH, self._params(), found, self._limit - len(found)
            )
            found += items
        return found, more

    def nulls_last(self) -> tuple[list[ironic_pages.Item], bool]:
        """The same where the key is null for some nodes."""
        if self._marker is None:
            found, more = self._page(None)
            if not more:
                # All there is, so nothing can be lost.
                found.sort(key=lambda item: not self._has_value(item))
                return found, False
            found, more = self._fill(*self._begin_of_values(found))
        else:
            marker = self._marker_node(self._marker)
            if not self._has_value(marker):
                return self._nulls(marker['uuid'], self._limit)
            found, more = self.from_marker()
        missing = self._limit - len(found)
        if more or not missing:
            # Where exactly the last node with a value was reached, those
            # without are the next page.
            return found, True
        nulls, more = self._nulls(None, missing)
        return found + nulls, more

    def _begin_of_values(
        self, found: list[ironic_pages.Item]
    ) -> tuple[list[ironic_pages.Item], bool]:
        """The first nodes with a value, and whether there may be more.

        :param found: the first page of Ironic's list
        """
        values = [item for item in found if self._has_value(item)]
        if self._has_value(found[0]):
            # Nodes without a value end the list of those that have one.
            return values, len(values) == len(found)
        if values:
            return values, True
        # A whole page without values comes first.  The first node that has
        # one is the last in the other direction.
        first = None
        params = self._params(self._other(self._direction))
        params['fields'] = f'uuid,{self._key}'
        for item in self._pages.every('/nodes', params):
            if not self._has_value(item):
                break
            first = item['uuid']
        if first is None:
            return [], False
        return [self._pages.one(first)], True

    def _other(self, direction: str) -> str:
        return _ASCENDING if direction == _DESCENDING else _DESCENDING

    def _marker_node(self, marker: str) -> ironic_pages.Item:
        try:
            return ironic_pages.either_case(self._pages.one, marker)
        except upstream_faults.Missing as exc:
            raise self._unknown_marker() from exc

    def _nulls(
        self, marker: str | None, limit: int
    ) -> tuple[list[ironic_pages.Item], bool]:
        """Nodes without a value: they begin one of the two directions."""
        for direction in (_ASCENDING, _DESCENDING):
            params = self._params(direction)
            first, more = self._pages.page(
                _PATH, params, limit if marker is None else 1
            )
            if first and not self._has_value(first[0]):
                break
        else:
            return [], False
        if marker is not None:
            first, more = self._pages.page(
                _PATH, {**params, 'marker': marker}, limit
            )
        found: list[ironic_pages.Item] = []
        while True:
            nulls = [item for item in first if not self._has_value(item)]
            found += nulls
            more = more and len(nulls) == len(first)
            if not more or len(found) >= limit:
                return found, more
            first, more = self._pages.after(
                _PATH, params, found, limit - len(found)
            )
