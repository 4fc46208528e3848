"""How nodes look on the wire: adoptable, and as the retired API had them."""

from __future__ import annotations

from collections.abc import Iterable
import typing
from typing import Any

from moganclient.service.api import render
from moganclient.service import sanitize

if typing.TYPE_CHECKING:
    from moganclient.service import eligibility

#: What ``instance_info`` may show: what the machine was made from and how it
#: is divided.  An allow-list, because drivers keep keys, passwords, config
#: drives and signed URLs there too.
INSTANCE_INFO_KEYS = frozenset(
    {
        'boot_mode',
        'boot_option',
        'capabilities',
        'display_name',
        'ephemeral_format',
        'ephemeral_gb',
        'image_checksum',
        'image_container_format',
        'image_disk_format',
        'image_os_hash_algo',
        'image_os_hash_value',
        'image_source',
        'image_type',
        'kernel',
        'local_gb',
        'memory_mb',
        'preserve_ephemeral',
        'ramdisk',
        'root_device',
        'root_gb',
        'swap_mb',
        'traits',
        'vcpus',
    }
)

#: Members of an adoptable node, in order; ``fields`` picks among them.
NODE_FIELDS = (
    'uuid',
    'name',
    'power_state',
    'provision_state',
    'created_at',
    'resource_class',
    'owner',
    'conductor_group',
    'properties',
    'instance_info',
    'image_source',
    'ports',
    'portgroups',
    'adoptable',
    'reasons',
    'server_uuid',
)


#: Members of such a node as the retired API had it, beside its NICs.
_MANAGEABLE_FIELDS = (
    'uuid',
    'name',
    'resource_class',
    'power_state',
    'provision_state',
    'image_source',
)


def node(
    verdict: eligibility.Verdict, fields: Iterable[str] | None = None
) -> dict[str, Any]:
    """A node, adoptable or not.

    :param fields: members to show; the UUID is always there
    """
    found = verdict.node
    info = {
        key: value
        for key, value in (found.instance_info or {}).items()
        if key in INSTANCE_INFO_KEYS
    }
    info = sanitize.clean(info)
    source = info.get('image_source')
    shown = {
        'uuid': found.uuid,
        'name': found.name,
        'power_state': found.power_state,
        'provision_state': found.provision_state,
        'created_at': found.created_at,
        'resource_class': found.resource_class,
        'owner': found.owner,
        'conductor_group': found.conductor_group,
        'properties': sanitize.clean(found.properties or {}),
        'instance_info': info,
        'image_source': source if isinstance(source, str) else None,
        'ports': [
            {
                'uuid': nic.uuid,
                'address': nic.address,
                'vif_port_id': verdict.vif_of_nic(nic),
                'href': nic.href,
                'rel': 'bookmark',
            }
            for nic in found.nics
        ],
        'portgroups': [
            {
                'uuid': group.uuid,
                'name': group.name,
                'address': group.address,
                'mode': group.mode,
                'vif_port_id': group.vif_port_id,
                'href': group.href,
                'rel': 'bookmark',
            }
            for group in found.portgroups
        ],
        'adoptable': verdict.adoptable,
        'reasons': sanitize.clean(
            [
                {'code': reason.code, 'message': reason.message}
                for reason in verdict.reasons
            ]
        ),
        'server_uuid': verdict.server_uuid,
    }
    return render.only(shown, fields)


def manageable(verdict: eligibility.Verdict) -> dict[str, Any]:
    """An adoptable node as the retired API showed it."""
    shown = node(verdict)
    ports = [
        {
            'uuid': one['uuid'],
            'address': one['address'],
            'neutron_port_id': one['vif_port_id'],
        }
        for one in shown['ports']
    ]
    groups = [
        {
            'uuid': one['uuid'],
            'address': one['address'],
            'mode': one['mode'],
            'neutron_port_id': one['vif_port_id'],
        }
        for one in shown['portgroups']
    ]
    return {
        **{name: shown[name] for name in _MANAGEABLE_FIELDS},
        'ports': ports,
        'portgroups': groups,
    }
