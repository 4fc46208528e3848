"""What is done with a server that is there: power, lock, wires, console."""

from __future__ import annotations

from typing import Any
from typing import ClassVar

from moganclient import answers
from moganclient import resource
from moganclient.v1 import bodies
from moganclient.v1 import schemas
from moganclient.v1 import server_reader


class Nic(resource.Resource):
    """A network interface of a server: the network port that it carries."""

    __slots__ = ()

    KIND: ClassVar[str] = 'network interface'
    KEY: ClassVar[str] = 'port_id'

    #: The port's id in Neutron.
    port_id: str
    #: The network's id in Neutron.
    network_id: str
    #: Its MAC address.
    mac_address: str
    #: Its addresses: ``ip_address`` and ``subnet_id`` each.
    fixed_ips: list[dict[str, Any]]
    #: The floating IP address that leads to it, None for none.
    floating_ip: str | None


class Console(resource.Resource):
    """Where a server's console can be seen.

    The URL lets in whoever has it: it is in no ``repr()``.
    """

    __slots__ = ()

    KIND: ClassVar[str] = 'console'
    KEY: ClassVar[str] = 'type'

    #: ``serial``.
    protocol: str
    #: ``shellinabox`` (a page for browsers) or ``socat`` (a TCP port).
    type: str
    #: Where to go.
    url: str


class _Consoles(resource.Manager[Console]):
    RESOURCE = Console
    COLLECTION: ClassVar[str] = 'remote_consoles'


class Actions(server_reader.ServerReader):
    """The methods; all of them are of 1.4, and known to a retired server.

    Each raises :class:`moganclient.exceptions.UnsupportedVersion` where the
    server is older, :class:`moganclient.exceptions.ValidationError` where an
    argument is wrong, both before anything is sent, and
    :class:`moganclient.exceptions.Conflict` where the server is locked or in
    a status that does not allow it.
    """

    def set_power_state(
        self, server: resource.Ident, power_state: str
    ) -> None:
        """Ask for another power state; :meth:`wait` tells when it is there.

        :param server: an object, a UUID or a name
        :param power_state: ``on``, ``off``, ``reboot``, and, where the
            operating system is asked to do it itself, ``soft_off``,
            ``soft_reboot``
        """
        self._require('power')
        body = {'target': power_state}
        bodies.check(body, schemas.POWER, 'the power state')
        path = self._path_of(server, '/states/power')
        self._transport.request('PUT', path, body=body)

    def set_lock_state(self, server: resource.Ident, lock_state: bool) -> None:
        """Lock it against everything but reading, or unlock it again.

        :param server: an object, a UUID or a name
        :param lock_state: whether it shall be locked
        :raises moganclient.exceptions.Forbidden: the other side, owner or
            admin, has locked it
        """
        self._require('locking')
        body = {'target': lock_state}
        bodies.check(body, schemas.LOCK, 'the lock')
        path = self._path_of(server, '/states/lock')
        self._transport.request('PUT', path, body=body)

    def get_network_info(self, server: resource.Ident) -> list[Nic]:
        """Its network interfaces, with their addresses.

        :param server: an object, a UUID or a name
        """
        self._require('the networks of a server')
        path = self._path_of(server, '/networks')
        answer = self._transport.request('GET', path)
        nics = answer.get('nics') if isinstance(answer, dict) else None
        if not isinstance(nics, list) or not all(
            isinstance(nic, dict) for nic in nics
        ):
            raise answers.malformed(
                "the body has no list 'nics' of objects",
                'GET',
                self._transport.endpoint + path,
            )
        return [Nic(nic) for nic in nics]

    #: Programs of the predecessor's time know it by this name too.
    get_server_nics = get_network_info

    def add_interface(
        self,
        server_id: resource.Ident,
        net_id: str | None = None,
        port_id: str | None = None,
    ) -> None:
        """Attach a network port.

        :param server_id: an object, a UUID or a name
        :param net_id: the id of the network to make one in; it goes when it
            is detached
        :param port_id: instead, the id of one that there is in Neutron
        :raises moganclient.exceptions.NotFound: no such port or network
        :raises moganclient.exceptions.Conflict: the port is used, or no NIC
            of the machine is free
        """
        self._require('attaching ports')
        body = bodies.without_unset(port_id=port_id, net_id=net_id)
        bodies.check(body, schemas.INTERFACE, 'the interface')
        path = self._path_of(server_id, '/networks/interfaces')
        self._transport.request('POST', path, body=body)

    def remove_interface(self, server: resource.Ident, port_id: str) -> None:
        """Detach a network port; a port of the user's own is never deleted.

        :param server: an object, a UUID or a name
        :param port_id: the port's
        :raises moganclient.exceptions.NotFound: the server does not have it
        """
        self._require('detaching ports')
        last = resource.segment(
            self.spelled(resource.ident(port_id, 'port', exact=True)), 'port'
        )
        path = self._path_of(server, f'/networks/interfaces/{last}')
        self._transport.request('DELETE', path)

    def add_floating_ip(
        self,
        server: resource.Ident,
        ip_address: str,
        fixed_ip_address: str | None = None,
    ) -> None:
        """Let a floating IP address lead to a server.

        :param server: an object, a UUID or a name
        :param ip_address: one that there is in Neutron, and leads nowhere yet
        :param fixed_ip_address: of the server, where it has several
        """
        self._require('floating IP addresses')
        body = bodies.without_unset(
            address=ip_address, fixed_address=fixed_ip_address
        )
        bodies.check(body, schemas.FLOATING_IP, 'the floating IP address')
        path = self._path_of(server, '/networks/floatingips')
        self._transport.request('POST', path, body=body)

    def remove_floating_ip(
        self, server: resource.Ident, ip_address: str
    ) -> None:
        """Let a floating IP address no longer lead to a server.

        :param server: an object, a UUID or a name
        :param ip_address: of those that lead to it
        :raises moganclient.exceptions.NotFound: there is no such address
        """
        self._require('floating IP addresses')
        bodies.check(
            {'address': ip_address},
            schemas.FLOATING_IP,
            'the floating IP address',
        )
        last = resource.segment(ip_address, 'floating IP address')
        path = self._path_of(server, f'/networks/floatingips/{last}')
        self._transport.request('DELETE', path)

    def get_remote_console(
        self, server_id: resource.Ident, url_type: str = 'shellinabox'
    ) -> Console:
        """Where its serial console is.

        :param server_id: an object, a UUID or a name
        :param url_type: ``shellinabox`` or ``socat``; what the node has
        :raises moganclient.exceptions.BadRequest: the node has another one,
            or none
        """
        self._require('consoles')
        body = {'protocol': 'serial', 'type': url_type}
        bodies.check(body, schemas.CONSOLE, 'the console')
        path = self._path_of(server_id, '/remote_consoles')
        # Who knows the URL is at the console.
        return _Consoles(self._transport)._one('POST', path, body, secret=True)
