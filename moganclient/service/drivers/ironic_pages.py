"""Ironic's lists, page by page, past the traps in its paging.

- The ``next`` link drops filters.  That it is there says that there is more;
  the filters are repeated with ``marker``.
- A page is as long as Ironic's ``max_limit`` allows, whatever was asked for.
- A marker that is deleted between two pages is a 404.  The item before it
  serves as well.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import TypeVar

from moganclient.service import exceptions
from moganclient.service import upstream
from moganclient.service import upstream_faults

Item = dict[str, Any]
_T = TypeVar('_T')


def encode(params: dict[str, Any]) -> str:
    """Query arguments as they go on the wire; None is left out."""
    return '&'.join(
        f'{key}={upstream.quote(str(value))}'
        for key, value in params.items()
        if value is not None
    )


def either_case(ask: Callable[[str], _T], uuid: str) -> _T:
    """Ask with a UUID in lower case, and if there is none, in upper case.

    The service knows UUIDs in lower case only.  Ironic keeps the case that a
    node was created with, and to it another case is another node.

    :raises moganclient.service.upstream_faults.Missing: there is neither
    """
    try:
        return ask(uuid)
    except upstream_faults.Missing:
        if uuid == uuid.upper():
            raise
        return ask(uuid.upper())


class Pages:
    """Reads the lists of one Ironic."""

    def __init__(self, ironic: upstream.Upstream) -> None:
        self._ironic = ironic

    def one(self, ident: str) -> Item:
        """A node by UUID or name.

        :raises moganclient.service.upstream_faults.Missing: there is none
        """
        item: Item = self._ironic.get(f'/nodes/{upstream.segment(ident)}')
        return item

    def page(
        self, path: str, params: dict[str, Any], limit: int | None = None
    ) -> tuple[list[Item], bool]:
        """One page, and whether ``next`` says that there is more.

        :param path: ``/nodes``, ``/nodes/detail``, ``/ports``, ...
        :param limit: the most items wanted
        :raises moganclient.service.upstream_faults.Missing: the marker, or
            what the list belongs to, does not exist
        """
        sizes = [n for n in (limit, self._ironic.page_size) if n]
        params = {**params, 'limit': min(sizes) if sizes else None}
        answer = self._ironic.get(path, encode(params))
        kind = path.split('/')[1]
        if not isinstance(answer, dict) or kind not in answer:
            raise exceptions.UpstreamUnavailable(
                f'{self._ironic.name} was asked for {path} and answers '
                f'without "{kind}"; is the address of the service right?'
            )
        return answer[kind], bool(answer.get('next'))

    def after(
        self,
        path: str,
        params: dict[str, Any],
        before: list[Item],
        limit: int | None = None,
    ) -> tuple[list[Item], bool]:
        """The page after another.

        :param before: the items before it, at least the last page of them
        """
        for item in reversed(before):
            try:
                marker = {'marker': item['uuid']}
                return self.page(path, {**params, **marker}, limit)
            except upstream_faults.Missing:
                continue
        raise exceptions.UpstreamUnavailable(
            f'All that {self._ironic.name} had on a page of {path} was '
            'deleted before the next page was read. Try again.'
        )

    def every(self, path: str, params: dict[str, Any]) -> Iterator[Item]:
        """All items of a list."""
        items, more = self.page(path, params)
        yield from items
        while more:
            items, more = self.after(path, params, items)
            yield from items
