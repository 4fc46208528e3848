"""From Ironic's JSON to the driver's types, whatever odd things are in it.

A node without a name, a port group without an address, a NIC without a MAC,
``properties`` that are null: none of them may spoil a list of a thousand.
"""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base


def _lower(value: Any) -> str | None:
    """A UUID or MAC address as the rest of the service compares it."""
    return value.lower() if isinstance(value, str) and value else None


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _vif(item: dict[str, Any]) -> str | None:
    """The VIF of a NIC or port group.

    ``internal_info.tenant_vif_port_id`` today, ``extra.vif_port_id`` on
    nodes that were attached by an Ironic of 2016.
    """
    info = _mapping(item.get('internal_info'))
    extra = _mapping(item.get('extra'))
    return _lower(info.get('tenant_vif_port_id')) or _lower(
        extra.get('vif_port_id')
    )


def _href(item: dict[str, Any]) -> str | None:
    for link in item.get('links') or ():
        if link.get('rel') == 'bookmark':
            href = link.get('href')
            return href if isinstance(href, str) else None
    return None


def nic(item: dict[str, Any]) -> base.Nic:
    """A port, as Ironic calls it."""
    return base.Nic(
        uuid=item['uuid'].lower(),
        address=_lower(item.get('address')),
        vif_port_id=_vif(item),
        href=_href(item),
    )


def portgroup(item: dict[str, Any]) -> base.PortGroup:
    """A port group; its address may be null."""
    return base.PortGroup(
        uuid=item['uuid'].lower(),
        name=item.get('name'),
        address=_lower(item.get('address')),
        mode=item.get('mode'),
        vif_port_id=_vif(item),
        href=_href(item),
    )


def node(
    item: dict[str, Any],
    ports: list[dict[str, Any]] | None = None,
    portgroups: list[dict[str, Any]] | None = None,
) -> base.Node:
    """A node, with what was found of its ports and port groups."""
    return base.Node(
        uuid=item['uuid'].lower(),
        name=item.get('name'),
        power_state=item.get('power_state'),
        provision_state=item.get('provision_state'),
        created_at=item.get('created_at'),
        resource_class=item.get('resource_class'),
        owner=item.get('owner'),
        conductor_group=item.get('conductor_group'),
        maintenance=bool(item.get('maintenance')),
        maintenance_reason=item.get('maintenance_reason'),
        retired=bool(item.get('retired')),
        instance_uuid=_lower(item.get('instance_uuid')),
        protected=bool(item.get('protected')),
        protected_reason=item.get('protected_reason'),
        target_power_state=item.get('target_power_state'),
        target_provision_state=item.get('target_provision_state'),
        last_error=item.get('last_error'),
        provision_updated_at=item.get('provision_updated_at'),
        reserved=item.get('reservation') is not None,
        allocation_uuid=_lower(item.get('allocation_uuid')),
        console_enabled=bool(item.get('console_enabled')),
        traits=list(item.get('traits') or ()),
        network_interface=item.get('network_interface'),
        properties=_mapping(item.get('properties')),
        instance_info=_mapping(item.get('instance_info')),
        nics=[nic(port) for port in ports or ()],
        portgroups=[portgroup(group) for group in portgroups or ()],
    )


#: What :func:`state` needs.
STATE_FIELDS = (
    'uuid',
    'name',
    'instance_uuid',
    'power_state',
    'target_power_state',
    'provision_state',
    'reservation',
    'last_error',
    'resource_class',
    'maintenance',
    'retired',
    'traits',
)


def state(item: dict[str, Any]) -> base.NodeState:
    """As much of a node as drift and scheduling need."""
    return base.NodeState(
        uuid=item['uuid'].lower(),
        name=item.get('name'),
        instance_uuid=_lower(item.get('instance_uuid')),
        power_state=item.get('power_state'),
        target_power_state=item.get('target_power_state'),
        provision_state=item.get('provision_state'),
        reserved=item.get('reservation') is not None,
        last_error=item.get('last_error'),
        resource_class=item.get('resource_class'),
        maintenance=bool(item.get('maintenance')),
        retired=bool(item.get('retired')),
        traits=list(item.get('traits') or ()),
    )


def allocation(item: dict[str, Any]) -> base.Allocation:
    """An allocation; what Ironic says of a failure may need a word more."""
    error = item.get('last_error')
    owner = item.get('owner')
    if error and owner and 'match the resource class' in error:
        # Seen on Ironic 39: it writes the caller's project into the
        # allocation, and then passes by the nodes of everybody else.
        error = (
            f'{error} Ironic has looked only at nodes whose owner or lessee '
            f'is the project {owner}, which is that of the account in '
            '[ironic]: make it the lessee of the machines to build on, or '
            'have that account log in with system_scope = all.'
        )
    return base.Allocation(
        uuid=item['uuid'].lower(),
        state=item.get('state') or 'allocating',
        node_uuid=_lower(item.get('node_uuid')),
        last_error=error,
        resource_class=item.get('resource_class'),
    )


def console(item: dict[str, Any]) -> base.Console:
    """A console; one that is enabled may still say nothing of itself."""
    info = _mapping(item.get('console_info'))
    return base.Console(
        enabled=bool(item.get('console_enabled')),
        type=info.get('type'),
        url=info.get('url'),
    )
