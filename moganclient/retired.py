"""The dialect of a retired Mogan server: how to know one, what differs.

The original server's last release is of December 2018, and some still run.
They speak most of this API, without versions and with habits of their own:

- what could be taken over is ``/manageable_servers``: a GET lists it and a
  POST takes over; it knows no flavor, no ports, no reasons and no names
- a list comes without a link to its next page
- a query argument or a member that it does not know is a 400
- UUIDs must match to the letter
- an error is JSON in a string in JSON (see :mod:`moganclient.answers`), and
  the ``Location`` of a new server is wrong: nothing here reads it

What it cannot do is said before anything is sent, see :func:`refusal`.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from moganclient import answers
from moganclient import exceptions
from moganclient import microversion

#: What ``/`` calls itself there, and nowhere else.
NAME = 'OpenStack Mogan API'

#: Lists what can be taken over, and takes over.
MANAGEABLE = 'manageable_servers'

#: What it knows in the query of a list of servers.
SERVER_QUERY = frozenset(
    {
        'all_tenants',
        'flavor_uuid',
        'image_uuid',
        'ip',
        'limit',
        'marker',
        'name',
        'sort_dir',
        'sort_key',
        'status',
    }
)


def known_by_v1(document: Any) -> str | None:
    """Why what ``/v1`` answers can only be a retired server's.

    :returns: for a log; None where it could be another's
    """
    if not isinstance(document, dict) or {'version', 'versions'} & set(
        document
    ):
        return None
    links = document.get(MANAGEABLE)
    if (
        isinstance(links, list)
        and links
        and all(isinstance(link, dict) and 'href' in link for link in links)
    ):
        return f'its /v1 lists {MANAGEABLE} and gives no versions'
    return None


def known_by_root(document: Any) -> str | None:
    """The same of what ``/`` answers."""
    if isinstance(document, dict) and document.get('name') == NAME:
        return f'its / calls itself {NAME!r}'
    return None


def root(endpoint: str) -> str:
    """Where its ``/`` is.

    :param endpoint: with ``/v1`` at its end
    """
    return endpoint.removesuffix('v1')


def refusal(
    endpoint: str, needed: microversion.Version, what: str
) -> exceptions.RetiredServer:
    """The sentence for something that it cannot do.

    :param endpoint: the server
    :param needed: the version of today's API that brought it
    :param what: for the sentence, e.g. ``the flavor of manage``
    """
    number = microversion.text(needed)
    return exceptions.RetiredServer(
        f'API version {number} is needed for {what}, and the server at '
        f'{answers.plain_url(endpoint)} is a retired Mogan server, which '
        'cannot do that.',
        needed=number,
        url=endpoint,
    )


def words(names: Iterable[str]) -> str:
    """Arguments as a sentence names them: ``a, b and c``."""
    *most, last = sorted(names)
    return f'{", ".join(most)} and {last}' if most else last


def node_name(name: str) -> str:
    """A node that was not given by its UUID, for :func:`refusal`."""
    return f'a node given by its name ({name!r}, not its UUID)'


def server_query(params: Mapping[str, str]) -> dict[str, str]:
    """The query of a list of servers, in its spelling.

    :raises moganclient.exceptions.ValidationError: the sort direction is
        none, which it would not say but fail of (500)
    """
    found = dict(params)
    if found.pop('all_projects', None):
        found['all_tenants'] = 'True'
    if 'sort' in found:
        key, _, direction = found.pop('sort').partition(':')
        found['sort_key'] = key
        if direction not in ('', 'asc', 'desc'):
            raise exceptions.ValidationError(
                f'Nothing was sent: {direction!r} is no direction to sort in, '
                f"that is 'asc' or 'desc' ({key}:asc)."
            )
        if direction:
            found['sort_dir'] = direction
    return found


def adoptable_node(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of its list, as today's API would tell of that node.

    It lists what it could take over and nothing else, so each is adoptable.
    Of the rest it tells nothing.
    """
    return {
        'owner': None,
        'conductor_group': None,
        'properties': {},
        'instance_info': {},
        'created_at': None,
        **entry,
        'ports': _nics(entry.get('ports')),
        'portgroups': _nics(entry.get('portgroups')),
        'adoptable': True,
        'reasons': [],
        'server_uuid': None,
    }


def _nics(entries: Any) -> list[dict[str, Any]]:
    found = []
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, dict):
            nic = dict(entry)
            nic['vif_port_id'] = nic.pop('neutron_port_id', None)
            found.append(nic)
    return found
