"""Running machines of every kind, good and odd, as operators have them."""

from __future__ import annotations

from collections.abc import Callable
import concurrent.futures
import dataclasses
from typing import Any
import uuid

from moganclient.tests.functional.cloud import api as cloud_api
from moganclient.tests.functional.cloud import config
from moganclient.tests.functional.cloud import copies

#: How many adoptable machines ``spare-00``, ... there are for tests to use,
#: each a copy of ``plain``.
SPARES = 24

#: A URL of an image that nobody may see but who signed it.
SIGNED_URL = (
    'https://store:key-4714@images.example.org/db.qcow2'
    '?X-Amz-Expires=600&X-Amz-Signature=signature-4715'
)
SIGNED_URL_SHOWN = 'https://images.example.org/db.qcow2'


@dataclasses.dataclass(frozen=True)
class Machine:
    """What to seed; the plainest is adoptable with a NIC and a VIF."""

    name: str
    named: bool = True
    #: ``enroll``, ``manageable``, ``available`` or ``active``.
    state: str = 'active'
    resource_class: str | None = 'baremetal.general'
    interface: str = 'flat'
    nics: int = 1
    #: VIFs attached before adoption, or after it.
    vifs: int = 1
    late: bool = False
    #: A port group of all NICs: its address, or '' for none.
    group: str | None = None
    power: str | None = None
    #: Further fields of the node.
    fields: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: What is done to it last.
    oddity: Callable[[Seeder, dict[str, Any]], None] | None = None


class Seeder:
    """Makes machines; may be used by several threads."""

    def __init__(self, api: cloud_api.Api, demo: str) -> None:
        """Look up what all machines share.

        :param demo: project that owns the Neutron ports
        """
        self.api = api
        self.demo = demo
        self.image = api.create_image('debian')['id']
        self.lost_image = api.create_image('lost')['id']
        self.provider = api.network('provider')['id']

    def make(self, machine: Machine, number: int) -> dict[str, Any]:
        """Seed one machine.

        :param number: one of its own, for its MAC addresses
        :returns: ``uuid``, ``name``, ``vifs`` and ``nics`` (MAC addresses)
        """
        fields: dict[str, Any] = {
            'driver': 'fake-hardware',
            'network_interface': machine.interface,
            'properties': {
                'cpus': 16,
                'memory_mb': 65536,
                'local_gb': 900,
                'cpu_arch': 'x86_64',
            },
            'instance_info': {
                'image_source': self.image,
                'display_name': f'old-{machine.name}',
            },
            **machine.fields,
        }
        if machine.named:
            fields['name'] = machine.name
        if machine.resource_class:
            fields['resource_class'] = machine.resource_class
        node = self.api.create_node(**fields)['uuid']
        seeded: dict[str, Any] = {
            'uuid': node,
            'name': machine.name if machine.named else None,
            'nics': self._nics(machine, node, number),
            'vifs': [],
        }
        if machine.state == 'enroll':
            return seeded
        self.api.provision(node, 'manage', 'manageable')
        if not machine.late:
            self._attach(machine, seeded)
        if machine.state == 'active':
            self.api.provision(node, 'adopt', 'active')
        elif machine.state == 'available':
            self.api.provision(node, 'provide', 'available')
        if machine.late:
            self._attach(machine, seeded)
        if machine.power:
            self.api.set_power(node, machine.power)
        if machine.oddity:
            machine.oddity(self, seeded)
        return seeded

    def _nics(self, machine: Machine, node: str, number: int) -> list[str]:
        group: dict[str, Any] = {}
        if machine.group is not None:
            group['mode'] = '802.3ad'
            if machine.group:
                group['address'] = machine.group
            group = self.api.create_port_group(
                node, name=f'{machine.name}-bond', **group
            )
        addresses = []
        for nic in range(machine.nics):
            address = (
                f'52:54:{nic:02x}:00:{number >> 8:02x}:{number % 256:02x}'
            )
            link = {
                'switch_id': '00:11:22:33:44:55',
                'switch_info': 'rack7',
                'port_id': f'Eth{number}/{nic}',
            }
            more = {'portgroup_uuid': group['uuid']} if group else {}
            self.api.create_nic(
                node,
                address,
                physical_network='physnet1',
                pxe_enabled=nic == 0,
                local_link_connection=link,
                **more,
            )
            addresses.append(address)
        return addresses

    def _attach(self, machine: Machine, seeded: dict[str, Any]) -> None:
        for vif in range(machine.vifs):
            port = self.api.create_port(
                network_id=self.provider,
                name=f'{machine.name}-vif{vif}',
                project_id=self.demo,
            )
            self.api.attach(seeded['uuid'], port['id'])
            seeded['vifs'].append(port['id'])


def _maintenance(seeder: Seeder, seeded: dict[str, Any]) -> None:
    seeder.api.set_maintenance(seeded['uuid'], 'fan 3 is loud')


def _retired(seeder: Seeder, seeded: dict[str, Any]) -> None:
    seeder.api.patch_node(seeded['uuid'], retired=True)


def _protected(seeder: Seeder, seeded: dict[str, Any]) -> None:
    seeder.api.patch_node(
        seeded['uuid'], protected=True, protected_reason='the payroll'
    )


def _vif_gone(seeder: Seeder, seeded: dict[str, Any]) -> None:
    seeder.api.delete_port(seeded['vifs'][0])


def _vif_taken(seeder: Seeder, seeded: dict[str, Any]) -> None:
    seeder.api.update_port(
        seeded['vifs'][0],
        device_id=str(uuid.uuid4()),
        device_owner='compute:nova',
    )


def _vif_labelled(seeder: Seeder, seeded: dict[str, Any]) -> None:
    seeder.api.update_port(seeded['vifs'][0], device_owner='rack:label')


def _noop_port(seeder: Seeder, seeded: dict[str, Any]) -> None:
    """A port that is only known by the MAC of the NIC."""
    port = seeder.api.create_port(
        network_id=seeder.provider,
        name=f'{seeded["name"]}-port',
        project_id=seeder.demo,
        mac_address=seeded['nics'][0],
    )
    seeded['port'] = port['id']


def _image(source: str) -> dict[str, Any]:
    return {'instance_info': {'image_source': source}}


def catalog(seeder: Seeder) -> list[Machine]:
    """All the machines, each named for what it is."""
    return [
        # Adoptable.
        Machine('plain'),
        Machine('two-nics', nics=2, vifs=2),
        Machine('late-vif', interface='neutron', late=True),
        Machine('gold', resource_class='baremetal.gold'),
        Machine('owned', fields={'owner': seeder.demo}),
        Machine('unnamed', named=False),
        Machine('powered-off', power='power off'),
        Machine('protected', power='power on', oddity=_protected),
        Machine('labelled', oddity=_vif_labelled),
        Machine('bond', nics=2, group='52:54:aa:00:00:01'),
        Machine('bond-without-address', nics=2, group=''),
        Machine('image-gone', fields=_image(seeder.lost_image)),
        Machine('image-url', fields=_image(SIGNED_URL)),
        Machine('noop', interface='noop', vifs=0, oddity=_noop_port),
        Machine('no-vif', vifs=0),
        # Not.
        Machine('claimed', fields={'instance_uuid': str(uuid.uuid4())}),
        Machine('no-class', resource_class=None),
        Machine('in-maintenance', oddity=_maintenance),
        Machine('retired', oddity=_retired),
        Machine('vif-gone', oddity=_vif_gone),
        Machine('vif-taken', oddity=_vif_taken),
        Machine('available', state='available', vifs=0),
        Machine('manageable', state='manageable', vifs=0),
        Machine('enrolled', state='enroll', vifs=0),
    ]


def seed(
    api: cloud_api.Api, demo: str, layout: config.Layout
) -> dict[str, Any]:
    """Seed them all; name to what :meth:`Seeder.make` says of it."""
    seeder = Seeder(api, demo)
    wanted = catalog(seeder)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = pool.map(seeder.make, wanted, range(1, len(wanted) + 1))
        result = {m.name: s for m, s in zip(wanted, made, strict=True)}
    api.delete_image(seeder.lost_image)
    with copies.of(layout, result['plain']) as copy:
        for number in range(SPARES):
            name = f'spare-{number:02}'
            result[name] = copy(name, number)
    return result
