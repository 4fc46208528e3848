"""Neutron: do these ports exist, whose are they, bind and give back."""

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
    #: For If-Match; None where the port comes from an inventory file.
    revision_number: int | None = None


class Networks(abc.ABC):
    """Where ports live.  Failures raise ``UpstreamUnavailable``."""

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

    @abc.abstractmethod
    def check(self) -> None:
        """Answer the health check: cheap, and raises what is wrong."""


def build(conf: Any) -> Networks | None:
    """The configured service's, or None where none is configured."""
    return None
