"""The NICs and port groups of a page of nodes, without a request for each.

Ironic can list the ports of one node or of all, not of several.  Sorted by
``node_id`` the list of all has the order that nodes have without a sort key,
so a page in the middle of 10,000 nodes needs only its own range of it: the
ports of its first node are asked for, what comes after the last of them is
read on, and reading stops with the last node.

Where the nodes of the page are thinly spread among all the nodes, asking for
each is cheaper than reading what lies between.  How they are spread shows
only in reading.  So a page of ports that was not worth its time is answered
by as much time spent on single nodes from the other end of the list: what is
spent in all is at most about twice the cheaper of the two.
"""

from __future__ import annotations

from collections.abc import Iterable
import dataclasses
import math
from typing import Any

from moganclient.service.drivers import ironic_pages
from moganclient.service import upstream_faults

#: One request takes about the time of this many items on a page (seen: 10 ms
#: a request, 0.2 ms a port).
_ITEMS_A_REQUEST = 50
#: So few nodes are cheaper asked for one by one.
_FEW = 2
#: Nodes without any are no marker to start from; so many are tried.
_STARTS = 3


@dataclasses.dataclass(frozen=True)
class Kind:
    """What is joined to nodes."""

    path: str
    fields: str
    #: Whether most nodes have none, and often there are none at all: then a
    #: short look at the whole list comes first.
    rare: bool


PORTS = Kind('/ports', 'uuid,address,node_uuid,internal_info,extra', False)
PORTGROUPS = Kind(
    '/portgroups',
    'uuid,name,address,mode,node_uuid,internal_info,extra',
    True,
)


def of_node(
    pages: ironic_pages.Pages, kind: Kind, node_uuid: str
) -> list[ironic_pages.Item]:
    """Those of one node; none where the node is gone."""

    def ask(uuid: str) -> list[ironic_pages.Item]:
        params = {'fields': kind.fields, 'node': uuid}
        return list(pages.every(kind.path, params))

    try:
        return ironic_pages.either_case(ask, node_uuid)
    except upstream_faults.Missing:
        return []


def of_nodes(
    pages: ironic_pages.Pages,
    kind: Kind,
    node_uuids: Iterable[str],
    direction: str | None,
) -> dict[str, list[ironic_pages.Item]]:
    """Those of several nodes, by the node's UUID.

    :param node_uuids: in lower case
    :param direction: ``asc`` or ``desc`` where the nodes are in Ironic's own
        order, None where they are in any other
    """
    return _Join(pages, kind, list(node_uuids), direction).run()


class _OutOfOrder(Exception):
    """The list has not the order of the nodes after all."""


class _Join:
    def __init__(
        self,
        pages: ironic_pages.Pages,
        kind: Kind,
        nodes: list[str],
        direction: str | None,
    ) -> None:
        self._pages = pages
        self._kind = kind
        self._direction = direction
        self._nodes = nodes
        self._rank = {node: number for number, node in enumerate(nodes)}
        self._begin()

    def _begin(self) -> None:
        self._found: dict[str, list[ironic_pages.Item]] = {
            node: [] for node in self._nodes
        }
        #: Nodes of which something may be missing, in order.
        self._todo = dict.fromkeys(self._nodes)
        #: Items on a page, at least: more where little is found.
        self._limit = 1
        #: Nodes that were asked for one by one.
        self._asked: set[str] = set()
        #: The node at the end of the last page.
        self._last = ''
        #: How far down the nodes the list was read.
        self._reached = 0

    def run(self) -> dict[str, list[ironic_pages.Item]]:
        try:
            self._read()
            self._confirm()
        except (_OutOfOrder, upstream_faults.Refused) as exc:
            if getattr(exc, 'answered', 400) != 400:
                raise
            # An Ironic with another order: read everything.
            self._begin()
            self._direction = None
            for item in self._pages.every(
                self._kind.path, {'fields': self._kind.fields}
            ):
                self._take(item)
        return self._found

    def _read(self) -> None:
        before: list[ironic_pages.Item] = []
        if not self._kind.rare:
            before = self._start()
        while self._todo:
            if len(self._todo) <= _FEW:
                self._ask(len(self._todo), last=False)
                return
            page, more = self._next_page(before)
            if not page:
                # Only an empty page is the end: Ironic leaves out ports of a
                # node that is just being deleted, and then "next" as well.
                return
            reached = self._digest(page, more)
            if not more and list(self._todo) == [self._last]:
                # Only the end itself is open, and there is no next page.
                return
            if self._kind.rare and not before and more and not reached:
                before = self._start() or page
            else:
                before = page

    def _confirm(self) -> None:
        """Look at two of the nodes that were not found in the list.

        If the order were another one, most of them would have something.
        """
        if self._direction is None or self._kind.rare:
            return
        unseen = [
            node
            for node in self._nodes
            if not self._found[node] and node not in self._asked
        ]
        for node in dict.fromkeys(unseen[:1] + unseen[-1:]):
            if of_node(self._pages, self._kind, node):
                raise _OutOfOrder

    def _params(self) -> dict[str, Any]:
        return {
            'fields': self._kind.fields,
            'sort_key': 'node_id',
            'sort_dir': self._direction or 'asc',
        }

    def _next_page(
        self, before: list[ironic_pages.Item]
    ) -> tuple[list[ironic_pages.Item], bool]:
        limit = max(self._limit, 2 * len(self._todo) + _ITEMS_A_REQUEST)
        if before:
            return self._pages.after(
                self._kind.path, self._params(), before, limit
            )
        if self._kind.rare:
            limit = 2 * _ITEMS_A_REQUEST
        return self._pages.page(self._kind.path, self._params(), limit)

    def _start(self) -> list[ironic_pages.Item]:
        """What the first node that has any has, to read on after."""
        if self._direction is None:
            return []
        for _number in range(_STARTS):
            if len(self._todo) <= _FEW:
                break
            items = self._ask(1, last=False)
            if items:
                return items
        return []

    def _ask(self, count: int, last: bool) -> list[ironic_pages.Item]:
        """Ask for single nodes, from one end; what the last of them has."""
        items: list[ironic_pages.Item] = []
        for node in list(self._todo)[-count if last else 0 :][:count]:
            items = of_node(self._pages, self._kind, node)
            self._found[node] = items
            self._asked.add(node)
            del self._todo[node]
        return items

    def _take(self, item: ironic_pages.Item) -> str:
        node = (item.get('node_uuid') or '').lower()
        if node in self._todo:
            # Each node's in Ironic's own order, whichever way is read.
            has = self._found[node]
            has.insert(0 if self._direction == 'desc' else len(has), item)
        return node

    def _digest(self, page: list[ironic_pages.Item], more: bool) -> bool:
        """Take what a page has; whether any of the nodes was on it."""
        nodes = list(dict.fromkeys(self._take(item) for item in page))
        self._last = nodes[-1]
        ranks = [self._rank[node] for node in nodes if node in self._rank]
        if self._direction is None:
            passed = nodes
        else:
            if [self._reached, *ranks] != sorted([self._reached, *ranks]):
                raise _OutOfOrder
            self._reached = ranks[-1] if ranks else self._reached
            passed = self._nodes[: ranks[-1] + 1] if ranks else []
        before = len(self._todo)
        for node in passed:
            # The last one may go on on the next page.
            if node != nodes[-1]:
                self._todo.pop(node, None)
        worth = before - len(self._todo)
        self._limit = 2 * len(page) if 4 * worth < len(page) else 1
        spent = math.ceil(1 + len(page) / _ITEMS_A_REQUEST)
        if more and worth < spent:
            self._ask(min(spent, len(self._todo)), last=True)
        return bool(ranks)
