"""Asking one Ironic: the microversion, writes to nodes, and refusals.

Writes are sent once.  What goes wrong becomes what the driver interface
promises: a node that is gone, a request that is refused in Ironic's own
words, a conflict to be looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moganclient.service.drivers import ironic_pages
from moganclient.service import exceptions
from moganclient.service import upstream
from moganclient.service import upstream_faults

#: The lowest microversion with every field that is read: ``retired`` came
#: last.  (Soft power is 1.27, VIFs 1.28, a config drive for a rebuild 1.35,
#: traits 1.37, ``protected`` 1.48, ``owner`` 1.50, allocations 1.52.)
_LOWEST = (1, 61)
#: Child nodes (1.83) are left out of lists unless they are asked for.
_CHILDREN = (1, 83)

Version = tuple[int, int]

#: What Ironic says of hardware that cannot do something.
_UNSUPPORTED = 'does not support'


class IronicApi:
    """One Ironic; safe to use from several threads."""

    def __init__(self, ironic: upstream.Upstream) -> None:
        self.pages = ironic_pages.Pages(ironic)
        self._ironic = ironic
        self._version: Version | None = None
        self._newest: Version = (0, 0)

    def everything(self) -> dict[str, Any]:
        """The filters without which Ironic leaves nodes out."""
        return {
            'include_children': 'true'
            if self.negotiated() >= _CHILDREN
            else None
        }

    def negotiated(self) -> Version:
        """The microversion that is spoken, found out once."""
        if self._version is None:
            root = self._ironic.get('')
            try:
                text = root['version']['version']
                major, _dot, minor = text.partition('.')
                newest = int(major), int(minor)
            except (KeyError, TypeError, ValueError) as exc:
                raise exceptions.UpstreamUnavailable(
                    'What answers for Ironic does not say which versions of '
                    'the API it has; is the address right?'
                ) from exc
            if newest < _LOWEST:
                raise exceptions.UpstreamUnavailable(
                    f'Ironic is too old: its API goes up to {text}, and this '
                    'service needs 1.61 (Ironic 14.0, Ussuri).',
                    code='upstream_too_old',
                )
            self._newest = newest
            self._version = min(newest, _CHILDREN)
            self._ironic.headers = _speaking(self._version)
        return self._version

    def knows(self, version: Version) -> bool:
        """Whether Ironic can be spoken to in a newer microversion."""
        self.negotiated()
        return self._newest >= version

    def get(self, path: str) -> ironic_pages.Item:
        """Read one thing.

        :raises moganclient.service.upstream_faults.Missing: there is none
        """
        self.negotiated()
        item: ironic_pages.Item = self._ironic.get(path)
        return item

    def claim(
        self, node_uuid: str, patch: list[dict[str, Any]]
    ) -> ironic_pages.Item:
        """Write a claim or take one back, once.

        What is refused (400, 403) is not the caller's doing, who named no
        value of it: it stays the outage that it is to them.

        :raises moganclient.service.exceptions.NodeNotFound: it is gone
        """
        self.negotiated()

        def write(uuid: str) -> Any:
            path = f'/nodes/{upstream.segment(uuid)}'
            return self._ironic.write('PATCH', path, patch)

        item: ironic_pages.Item = of_node(write, node_uuid)
        return item

    def write(
        self,
        method: str,
        path: str,
        body: Any = None,
        version: Version | None = None,
    ) -> Any:
        """Write once.

        :param version: another microversion than usual, which Ironic knows
        :raises moganclient.service.upstream_faults.Missing: there is none
        :raises moganclient.service.exceptions.BadRequest: Ironic refuses it
        :raises moganclient.service.exceptions.NotImplementedByDriver: the
            hardware cannot
        :raises moganclient.service.exceptions.UpstreamConflict: locked or in
            the way; ``code`` is ``node_protected`` where that is why
        """
        self.negotiated()
        try:
            return self._ironic.write(
                method, path, body, _speaking(version) if version else None
            )
        except upstream_faults.Refused as exc:
            if exc.answered == 400 and _UNSUPPORTED in exc.said:
                raise exceptions.NotImplementedByDriver(
                    f'Ironic: {exc.said}', public=upstream_faults.REFUSED
                ) from exc
            if exc.answered == 400:
                raise exceptions.BadRequest(
                    f'Ironic: {exc.said}', public=upstream_faults.REFUSED
                ) from exc
            raise

    def on_node(
        self,
        method: str,
        node_uuid: str,
        path: str = '',
        body: Any = None,
        version: Version | None = None,
    ) -> Any:
        """Ask one node for something, or write to it once.

        :param path: below the node's own
        :param version: see :meth:`write`
        :raises moganclient.service.exceptions.NodeNotFound: it is gone
        """

        def ask(uuid: str) -> Any:
            whole = f'/nodes/{upstream.segment(uuid)}{path}'
            if method == 'GET':
                return self.get(whole)
            return self.write(method, whole, body, version)

        return of_node(ask, node_uuid)


def of_node(ask: Callable[[str], Any], node_uuid: str) -> Any:
    """Ask about a node that existed.

    :raises moganclient.service.exceptions.NodeNotFound: it is gone
    """
    try:
        return ironic_pages.either_case(ask, node_uuid)
    except upstream_faults.Missing as exc:
        raise exceptions.NodeNotFound(
            f'There is no node {node_uuid} in Ironic any more.'
        ) from exc


def _speaking(version: Version) -> dict[str, str]:
    """The headers that say the microversion."""
    spoken = '.'.join(map(str, version))
    return {
        'OpenStack-API-Version': f'baremetal {spoken}',
        'X-OpenStack-Ironic-API-Version': spoken,
    }


def add(field: str, value: Any) -> dict[str, Any]:
    """A patch that sets a field, or replaces what is there."""
    return {'op': 'add', 'path': f'/{field}', 'value': value}


def remove(field: str) -> dict[str, Any]:
    """A patch that removes a field, which has to be there."""
    return {'op': 'remove', 'path': f'/{field}'}
