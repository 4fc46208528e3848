"""Networks: what the service asks about ports and floating IPs.

:mod:`.neutron` asks a real Neutron; the static driver has one that reads its
inventory file.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable
import dataclasses
from typing import Any

#: What Ironic itself writes as the owner of a port that a machine uses.
DEVICE_OWNER = 'baremetal:none'


@dataclasses.dataclass(slots=True)
class Port:
    """A network port.  UUIDs and the MAC address are in lower case."""

    id: str
    name: str = ''
    mac_address: str | None = None
    network_id: str | None = None
    project_id: str | None = None
    #: Empty where nothing uses it.
    device_id: str = ''
    device_owner: str = ''
    #: ``binding:host_id``: the node that carries it, or empty.
    host_id: str = ''
    #: Neutron's ``{ip_address, subnet_id}`` each.
    fixed_ips: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    #: Counts its changes, for If-Match; None where that is not known.
    revision_number: int | None = None
    #: ``ACTIVE``, ``DOWN``, ``BUILD``, ``ERROR``; None where not known.
    status: str | None = None


@dataclasses.dataclass(slots=True)
class Network:
    """What ports are in.  UUIDs are in lower case."""

    id: str
    name: str = ''
    project_id: str | None = None
    #: Every project may have ports in it.
    shared: bool = False
    #: Floating IPs come from it.
    external: bool = False
    #: UUIDs of its subnets; a network without any gives no addresses.
    subnets: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(slots=True)
class FloatingIP:
    """An address that leads to one of a port's.  UUIDs are in lower case."""

    id: str
    #: The address itself.
    address: str
    #: The port and its address that it leads to, None where it leads nowhere.
    port_id: str | None = None
    fixed_address: str | None = None
    project_id: str | None = None


class Networks(abc.ABC):
    """Where ports live.  Failures raise ``UpstreamUnavailable``.

    What only building servers needs may be missing (501); whoever only takes
    machines over needs the abstract methods.  Writes are sent once: after a
    lost answer (``UpstreamUnavailable.sent``) the caller looks.
    """

    @abc.abstractmethod
    def ports_by_id(self, ids: Iterable[str]) -> dict[str, Port]:
        """The ports that exist among these, in as few requests as fit."""

    @abc.abstractmethod
    def ports_by_mac(self, macs: Iterable[str]) -> list[Port]:
        """The ports that have one of these MAC addresses (any case)."""

    @abc.abstractmethod
    def set_device(
        self,
        port_id: str,
        device_id: str,
        device_owner: str,
        revision_number: int | None,
    ) -> Port:
        """Write ``device_id`` and ``device_owner``, nothing else.

        One write with ``If-Match: revision_number=N``, tried once.

        :returns: the port after the write
        :raises moganclient.service.exceptions.UpstreamConflict: it is not at
            that revision any more: look
        :raises moganclient.service.exceptions.PortConflict: it is gone
            (``code`` is ``port_not_found``)
        """

    def get_network(self, network_id: str) -> Network | None:
        """A network by UUID, None where there is none."""
        raise NotImplementedError

    def ports_by_device(self, device_id: str) -> list[Port]:
        """The ports with this ``device_id``.

        So is found what :meth:`create_port` made when its answer was lost.
        """
        raise NotImplementedError

    def create_port(
        self,
        network_id: str,
        *,
        project_id: str,
        name: str,
        device_id: str,
        device_owner: str,
        mac_address: str | None = None,
    ) -> Port:
        """Make a port.  Not repeatable: see :meth:`ports_by_device`.

        :param mac_address: of its own choice for None
        :raises moganclient.service.exceptions.UpstreamConflict: no address is
            left, the MAC is taken, the quota is used up
        :raises moganclient.service.exceptions.BadRequest: there is no such
            network (``code`` is ``network_not_found``), or a value is wrong
        """
        raise NotImplementedError

    def delete_port(self, port_id: str) -> None:
        """Delete a port; gone already is no error.

        :raises moganclient.service.exceptions.UpstreamConflict: it belongs to
            something that does not let it go
        """
        raise NotImplementedError

    def floating_ip(self, address: str) -> FloatingIP | None:
        """A floating IP by its address, None where there is none.

        :raises moganclient.service.exceptions.NotImplementedByDriver: there
            are no floating IPs here at all
        """
        raise NotImplementedError

    def floating_ips_of_ports(
        self, port_ids: Iterable[str]
    ) -> list[FloatingIP]:
        """Those that lead to these ports; none where there are none at all."""
        raise NotImplementedError

    def associate_floating_ip(
        self,
        floating_ip_id: str,
        port_id: str,
        fixed_address: str | None = None,
    ) -> FloatingIP:
        """Have it lead to a port; again is no error.

        It is taken from whatever it leads to: look first.

        :param fixed_address: which of the port's; needed where it has several
        :returns: the floating IP after the write
        :raises moganclient.service.exceptions.UpstreamConflict: the address
            has another floating IP already
        :raises moganclient.service.exceptions.BadRequest: no router leads
            there, or the port has no such address
        :raises moganclient.service.exceptions.NotFound: it is gone
            (``floating_ip_not_found``) or the port is (``port_not_found``)
        """
        raise NotImplementedError

    def disassociate_floating_ip(self, floating_ip_id: str) -> None:
        """Have it lead nowhere; again, or gone already, is no error."""
        raise NotImplementedError

    @abc.abstractmethod
    def check(self) -> None:
        """Answer the health check: cheap, and raises what is wrong."""
