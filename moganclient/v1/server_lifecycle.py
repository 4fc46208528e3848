"""Making servers, making them anew, and deleting them."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import Protocol

from moganclient import exceptions
from moganclient import resource
from moganclient import transport as http
from moganclient.v1 import bodies
from moganclient.v1 import flavor as flavors
from moganclient.v1 import named
from moganclient.v1 import schemas
from moganclient.v1 import server_group as groups
from moganclient.v1 import server_reader
from moganclient.v1 import versions
from moganclient.v1 import waiting

#: Where a server shall be wired: the id of a network, or a dict of ``net_id``
#: or ``port_id``.
Network = str | Mapping[str, str]


class File(Protocol):
    """An open file, of bytes or of text."""

    def read(self) -> bytes | str:
        """What is in it."""


#: What shall be on a server, as it is: nothing of it is base64 yet.
Content = bytes | str | File


class Lifecycle(server_reader.ServerReader):
    """The methods; all of them are of 1.4, and known to a retired server.

    Each raises :class:`moganclient.exceptions.UnsupportedVersion` where the
    server is older, and :class:`moganclient.exceptions.ValidationError` where
    an argument is wrong, both before anything is sent.
    """

    def __init__(
        self,
        transport: http.Transport,
        flavor: flavors.FlavorManager,
        server_group: groups.ServerGroupManager,
    ) -> None:
        """Use a transport, and managers for names."""
        super().__init__(transport, flavor)
        self._groups = server_group

    def create(
        self,
        name: str,
        image_uuid: str,
        flavor_uuid: resource.Ident,
        networks: Iterable[Network],
        description: str | None = None,
        availability_zone: str | None = None,
        metadata: Mapping[str, str] | None = None,
        userdata: Content | None = None,
        files: Mapping[str, Content] | None = None,
        key_name: str | None = None,
        min_count: int | None = None,
        max_count: int | None = None,
        hint: Mapping[str, resource.Ident] | None = None,
        partitions: Mapping[str, int | str] | None = None,
        *,
        admin_pass: str | None = None,
    ) -> server_reader.Server:
        """Make a server: deploy an image to a free node of a flavor's kind.

        The answer comes at once, with status ``building``; :meth:`wait` tells
        when it is there.  Names and order are those of the predecessor's
        call.

        :param name: 1 to 255 characters; several get numbers
        :param image_uuid: the id of one in Glance
        :param flavor_uuid: an object, a UUID or a name
        :param networks: one at least: dicts of ``net_id`` for a network to
            make a port in, or of ``port_id`` for a port that there is; a
            string is the id of a network
        :param description: for people, 255 characters at most
        :param availability_zone: where it shall be
        :param metadata: strings to strings
        :param userdata: for cloud-init: text, bytes or an open file, as they
            are; base64 is made of it here, for the API wants that, so what
            is base64 already would be encoded twice
        :param files: paths on the server to what shall be in them, the same
        :param key_name: the keypair that shall be let in
        :param min_count: so many at least, or none; 1 if left out
        :param max_count: so many at most, ``min_count`` if left out; of the
            others, ``created`` of the answer tells (a retired server tells
            of the first only)
        :param hint: ``{'group': ...}``, the server group to be in: an object,
            a UUID or a name
        :param partitions: ``root_gb``, and if wanted ``swap_mb`` and
            ``ephemeral_gb``; for images of partitions
        :param admin_pass: the password of its administrator
        :raises moganclient.exceptions.NotFound: no such flavor, image,
            network, port, keypair or group
        :raises moganclient.exceptions.Conflict: a port is used
        """
        self._require('creating servers')
        server = bodies.without_unset(
            name=name,
            description=description,
            image_uuid=image_uuid,
            networks=None if networks is None else _networks(networks),
            availability_zone=availability_zone,
            metadata=dict(metadata) if metadata else None,
            key_name=key_name,
            user_data=_base64(userdata, 'userdata') if userdata else None,
            personality=_files(files),
            partitions=dict(partitions) if partitions else None,
            adminPass=admin_pass,
        )
        if min_count is not None or max_count is not None:
            least = 1 if min_count is None else min_count
            most = least if max_count is None else max_count
            server |= {'min_count': least, 'max_count': most}
        # What is wrong is told before a name is asked for.
        hints = dict.fromkeys(hint or (), _NAMED)
        body: dict[str, Any] = {'server': {**server, 'flavor_uuid': _NAMED}}
        bodies.check(
            {**body, 'scheduler_hints': hints},
            schemas.SERVER_CREATE,
            'the request to create',
        )
        if server.get('min_count', 1) > server.get('max_count', 1):
            raise exceptions.ValidationError(
                f'Nothing was sent: min_count {min_count} is more than '
                f'max_count {max_count}.'
            )
        server['flavor_uuid'] = named.uuid(self._flavors, flavor_uuid)
        body = {'server': server}
        if hint:
            body['scheduler_hints'] = {
                name: named.uuid(self._groups, group)
                for name, group in hint.items()
            }
        # People put keys into files and user data.
        secret = not {'adminPass', 'user_data', 'personality'}.isdisjoint(
            server
        )
        return self._one('POST', f'/{self.COLLECTION}', body, secret=secret)

    def rebuild(
        self,
        server: resource.Ident,
        image_uuid: str | None = None,
        preserve_ephemeral: bool | None = None,
    ) -> None:
        """Deploy its image again, or another; what is on its disks goes.

        :param server: an object, a UUID or a name
        :param image_uuid: the id of another one in Glance
        :param preserve_ephemeral: keep the ephemeral partition
        :raises moganclient.exceptions.Conflict: it is protected, locked, or
            busy
        :raises moganclient.exceptions.RetiredServer: a retired server took
            it over, and cannot do this to what it took over
        """
        self._require('rebuilding servers')
        body = bodies.without_unset(
            target='rebuild',
            image_uuid=image_uuid,
            preserve_ephemeral=preserve_ephemeral,
        )
        bodies.check(body, schemas.REBUILD, 'the request to rebuild')
        server = self._spared(server, 'rebuilding')
        path = self._path_of(server, '/states/provision')
        self._transport.request('PUT', path, body=body)

    def delete(self, server: resource.Ident) -> None:
        """Destroy a server: what is on its disks goes, the node is free.

        It goes on after the answer; :meth:`wait` tells when it is done.  A
        machine that was taken over is let go of with :meth:`unmanage`.

        :param server: an object, a UUID or a name
        :raises moganclient.exceptions.Conflict: it is protected, as what was
            taken over is, or locked
        :raises moganclient.exceptions.RetiredServer: a retired server took
            it over, and cannot do this to what it took over
        """
        self._require('deleting servers')
        server = self._spared(server, 'deleting')
        self._transport.request('DELETE', self._path_of(server))

    def _spared(self, server: resource.Ident, doing: str) -> resource.Ident:
        """Refuse what wipes a machine that a retired server took over.

        Nothing is protected there.  Such a server stays in ``deleting`` or
        ``rebuilding`` for ever, and the ports of its owner would be deleted.
        It has no flavor, by which its owner knows it too.

        :returns: the server, looked up where that was needed
        """
        if not self._transport.retired:
            return server
        if not isinstance(server, server_reader.Server) or (
            'flavor_uuid' not in server
        ):
            server = self.get(named.uuid(self, server))
        told = server.system_metadata or {}
        if server.flavor_uuid is None or told.get('managed_server'):
            self._transport.require(
                versions.WHOLE_API,
                f'{doing} the server {server.uuid} ("{server.name}"), which '
                'was taken over',
            )
        return server

    def wait(
        self,
        server: resource.Ident,
        *,
        until: str = 'settled',
        timeout: float = waiting.TIMEOUT,
        interval: float = waiting.INTERVAL,
        progress: waiting.Progress | None = None,
        trouble: waiting.Trouble | None = None,
    ) -> server_reader.Server | None:
        """Wait for a server to be done with what it was asked.

        A look that fails for the connection, with 5xx or 429 is no reason to
        stop: the next one may succeed.

        :param server: an object, a UUID or a name
        :param until: ``settled``: nothing is going on with it; or
            ``deleted``
        :param timeout: seconds after which to give up
        :param interval: seconds between two looks
        :param progress: called with the server after each look
        :param trouble: called with the error where a look fails that is no
            reason to stop
        :returns: the server as it is then; None where it was to be deleted
        :raises moganclient.exceptions.WaitTimeout: it did not come to it in
            time; it may still come; where it could not be looked at, the
            sentence says why
        :raises moganclient.exceptions.ServerFailed: it came to another end,
            and ``fault`` says why
        """
        uuid = named.uuid(self, server)
        return waiting.wait(
            lambda left: self._one('GET', self._path(uuid), within=left),
            until=until,
            timeout=timeout,
            interval=interval,
            progress=progress,
            trouble=trouble,
            sleep=self._transport.policy.sleep,
            clock=self._transport.policy.clock,
        )


#: Stands for a UUID that is still to be looked up.
_NAMED = '00000000-0000-4000-8000-000000000000'


def _networks(networks: Iterable[Network]) -> list[Any]:
    if isinstance(networks, str | Mapping):
        # One is no list of its letters or keys.
        networks = [networks]
    return [
        {'net_id': network} if isinstance(network, str) else dict(network)
        for network in networks
    ]


def _files(files: Mapping[str, Content] | None) -> list[dict[str, str]] | None:
    if not files:
        return None
    return [
        {'path': path, 'contents': _base64(contents, f'the file {path}')}
        for path, contents in files.items()
    ]


def _base64(data: Content, what: str) -> str:
    if not isinstance(data, bytes | str):
        if not hasattr(data, 'read'):
            raise exceptions.ValidationError(
                f'Nothing was sent: {what} is text, bytes or an open file, '
                f'and not of type {type(data).__name__}.'
            )
        data = data.read()
    if isinstance(data, str):
        data = data.encode()
    return base64.b64encode(data).decode()
