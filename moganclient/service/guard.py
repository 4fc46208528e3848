"""What may be done to a server as it is now: locks, protection, statuses.

The one place that knows.  Whoever changes a server asks :func:`require`
before anything is written.
"""

from __future__ import annotations

import typing

from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from moganclient.service.db import models

#: Statuses of a server that runs, or could, and that nobody works on.
READY = ('active', 'stopped')
#: Nobody works on it, but its node may carry it no more.
SETTLED = (*READY, 'detached')
#: What can be let go of: one that was taken over and then failed, too.
LETTING_GO = (*SETTLED, 'error')
#: A power action is under way.
POWERING = ('powering-on', 'powering-off', 'rebooting')

#: What is done, to the statuses in which it can be.  None is any.
_STATUSES: dict[str, tuple[str, ...] | None] = {
    'console': READY,
    'delete': (*SETTLED, *POWERING, 'building', 'rebuilding', 'error'),
    'floating_ip': READY,
    'interface': READY,
    'network_info': None,
    'power': (*READY, *POWERING),
    'rebuild': (*READY, 'error'),
    'unmanage': LETTING_GO,
    'update': None,
}
#: What a lock does not stand against.
_UNLOCKED = ('console', 'network_info')
#: What destroys what is on the machine.
_WIPES = {'delete': 'deleted', 'rebuild': 'rebuilt'}
_WORDS = {
    'console': 'have a console',
    'delete': 'be deleted',
    'floating_ip': 'be given or lose a floating IP',
    'interface': 'be given or lose a network interface',
    'power': 'be powered on, off or rebooted',
    'rebuild': 'be rebuilt',
    'unmanage': 'be let go',
}


def require(server: models.Server, action: str) -> None:
    """Raise what says why something cannot be done to a server, if it can't.

    :param action: ``power``, ``rebuild``, ``delete``, ``update``,
        ``interface``, ``floating_ip``, ``unmanage``, ``console`` or
        ``network_info``
    :raises moganclient.service.exceptions.ServerLocked: somebody locked it
    :raises moganclient.service.exceptions.ServerProtected: it would be wiped
    :raises moganclient.service.exceptions.NotAdopted: to let go of a server
        that was built here
    :raises moganclient.service.exceptions.NodeLost: to let go of a server
        that has no machine any more: deleting it was begun
    :raises moganclient.service.exceptions.ServerBusy: its status
    """
    if server.locked_by is not None and action not in _UNLOCKED:
        raise exceptions.ServerLocked(
            f'Server {_label(server)} is locked by its '
            f'{_LOCKERS.get(server.locked_by, server.locked_by)}; unlock it '
            'first.'
        )
    if action in _WIPES and server.protected:
        spares = (
            '"server unmanage" lets go of the machine without touching it; '
            if server.adopted
            else ''
        )
        raise exceptions.ServerProtected(
            f'Server {_label(server)} is protected, so that nobody wipes it '
            f'by accident; it is not {_WIPES[action]}. {spares}"server set '
            '--unprotected" allows to destroy what is on it.'
        )
    if action == 'unmanage' and not server.adopted:
        raise exceptions.NotAdopted(
            f'Server {_label(server)} was built here and not taken over, so '
            'there is nothing that it could be let go to; delete it instead.'
        )
    require_status(server, action)
    if action == 'unmanage' and server.node_uuid is None:
        raise exceptions.NodeLost(
            f'Server {_label(server)} has no machine any more that it could '
            'be let go to; delete it.'
        )


def require_status(server: models.Server, action: str) -> None:
    """The part of :func:`require` that is about the status.

    :raises moganclient.service.exceptions.ServerBusy: it is another
    """
    allowed = _STATUSES[action]
    if allowed is None or server.status in allowed:
        return
    raise busy(server, _WORDS[action], allowed)


def busy(
    server: models.Server, words: str, allowed: tuple[str, ...]
) -> exceptions.ServerBusy:
    """What to raise where the status is none of those that are allowed.

    :param words: what cannot be done, after "can"
    """
    *more, last = allowed
    statuses = f'{", ".join(more)} or {last}' if more else last
    return exceptions.ServerBusy(
        f'Server {_label(server)} is "{server.status}"; only a server that '
        f'is {statuses} can {words}.'
    )


_LOCKERS = {'owner': 'owner', 'admin': 'administrator'}


def changing(server: models.Server) -> exceptions.ServerBusy:
    """What to raise where others change a server all the time."""
    return exceptions.ServerBusy(
        f'Server {_label(server)} is being changed by others; try again.'
    )


def _label(server: models.Server) -> str:
    return f'{server.uuid} ("{server.name}")'
