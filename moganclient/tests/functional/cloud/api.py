"""The cloud's own APIs as tests use them: to seed, to change and to look.

Plain dictionaries in and out, through keystoneauth1.  Ironic is asked as its
system-scoped administrator, Neutron and Glance as the one of project admin.
"""

from __future__ import annotations

import random
import time
from typing import Any

from keystoneauth1 import adapter
from keystoneauth1 import exceptions
from keystoneauth1 import session

from moganclient.tests.functional.cloud import processes

#: Newest of Ironic 39.
IRONIC_VERSION = '1.115'

Dict = dict[str, Any]

#: What any write changes.
_VOLATILE = ('updated_at', 'revision_number')


def _steady(thing: Dict) -> Dict:
    return {k: v for k, v in thing.items() if k not in _VOLATILE}


#: Ironic retries most of its writes where SQLite has another one under way,
#: but not those to port groups.
_LOCKED = 'database is locked'


class _Adapter(adapter.Adapter):
    """Says in a traceback what the service answered."""

    def request(self, url: str, method: str, **kwargs: Any) -> Any:
        for again in (True, True, True, True, False):
            try:
                return super().request(url, method, **kwargs)
            except exceptions.HttpError as exc:
                text = '' if exc.response is None else exc.response.text
                if not (again and exc.http_status == 500 and _LOCKED in text):
                    exc.add_note(f'{method} {url}: {text}')
                    raise
                time.sleep(random.uniform(0.1, 0.5))


class Api:
    """Ironic, Neutron and Glance of one cloud."""

    def __init__(
        self,
        system: session.Session,
        admin: session.Session,
        urls: dict[str, str],
    ) -> None:
        """Describe the cloud.

        :param system: session with system scope
        :param admin: session of project admin
        :param urls: ``ironic``, ``neutron`` and ``glance``
        """
        # 409: the node is locked; 503: Ironic has all hands full.
        self.ironic = _Adapter(
            system,
            service_type='baremetal',
            endpoint_override=urls['ironic'],
            default_microversion=IRONIC_VERSION,
            retriable_status_codes=[409, 503],
            status_code_retries=6,
            status_code_retry_delay=0.3,
        )
        self.neutron = _Adapter(
            admin,
            service_type='network',
            endpoint_override=f'{urls["neutron"]}/v2.0',
        )
        self.glance = _Adapter(
            admin, service_type='image', endpoint_override=urls['glance']
        )

    # Ironic

    def node(self, ident: str) -> Dict:
        """A node with all its fields, by UUID or name."""
        return dict(self.ironic.get(f'/v1/nodes/{ident}').json())

    def create_node(self, **fields: Any) -> Dict:
        """Enroll a node."""
        return dict(self.ironic.post('/v1/nodes', json=fields).json())

    def patch_node(self, ident: str, **fields: Any) -> Dict:
        """Set fields; None unsets one, ``a__b`` is the key b within a."""
        patch: list[Dict] = []
        for name, value in fields.items():
            path = '/' + name.replace('__', '/')
            if value is None:
                patch.append({'op': 'remove', 'path': path})
            else:
                patch.append({'op': 'add', 'path': path, 'value': value})
        answer = self.ironic.patch(f'/v1/nodes/{ident}', json=patch)
        return dict(answer.json())

    def provision(self, uuid: str, verb: str, state: str) -> None:
        """Move a node to another state, and wait until it is there."""
        self.begin_provision(uuid, verb)

        def arrived() -> bool:
            node = self.node(uuid)
            if node['provision_state'].endswith('failed'):
                raise RuntimeError(f'{uuid}: {node["last_error"]}')
            return bool(node['provision_state'] == state)

        processes.wait_for(arrived, 180, f'{uuid} {state}')

    def begin_provision(self, uuid: str, verb: str) -> None:
        """The same without waiting."""
        path = f'/v1/nodes/{uuid}/states/provision'
        self.ironic.put(path, json={'target': verb})

    def set_power(self, uuid: str, target: str) -> None:
        """Set the power state, and wait for it."""
        path = f'/v1/nodes/{uuid}/states/power'
        self.ironic.put(path, json={'target': target})
        processes.wait_for(
            lambda: self.node(uuid)['power_state'] == target,
            180,
            f'{uuid} {target}',
        )

    def set_maintenance(self, uuid: str, reason: str | None) -> None:
        """Put a node into maintenance, or (None) take it out."""
        path = f'/v1/nodes/{uuid}/maintenance'
        if reason is None:
            self.ironic.delete(path)
        else:
            self.ironic.put(path, json={'reason': reason})

    def create_nic(self, node_uuid: str, address: str, **fields: Any) -> Dict:
        """An Ironic port."""
        body = {'node_uuid': node_uuid, 'address': address, **fields}
        return dict(self.ironic.post('/v1/ports', json=body).json())

    def create_port_group(self, node_uuid: str, **fields: Any) -> Dict:
        """An Ironic port group."""
        body = {'node_uuid': node_uuid, **fields}
        return dict(self.ironic.post('/v1/portgroups', json=body).json())

    def add_trait(self, node_uuid: str, trait: str) -> None:
        """One more trait of a node."""
        self.ironic.put(f'/v1/nodes/{node_uuid}/traits/{trait}')

    def attach(self, node_uuid: str, port_id: str) -> None:
        """Have a node carry a Neutron port."""
        self.ironic.post(f'/v1/nodes/{node_uuid}/vifs', json={'id': port_id})

    def detach(self, node_uuid: str, port_id: str) -> None:
        """And no longer."""
        self.ironic.delete(f'/v1/nodes/{node_uuid}/vifs/{port_id}')

    def nics(self, node_uuid: str) -> list[Dict]:
        """Ironic ports of a node with all their fields."""
        answer = self.ironic.get(f'/v1/nodes/{node_uuid}/ports/detail')
        return list(answer.json()['ports'])

    def port_groups(self, node_uuid: str) -> list[Dict]:
        """Port groups of a node with all their fields."""
        answer = self.ironic.get(f'/v1/nodes/{node_uuid}/portgroups/detail')
        return list(answer.json()['portgroups'])

    def vifs(self, node_uuid: str) -> list[str]:
        """Neutron ports that a node carries."""
        answer = self.ironic.get(f'/v1/nodes/{node_uuid}/vifs')
        return [vif['id'] for vif in answer.json()['vifs']]

    # Neutron

    def network(self, name: str) -> Dict:
        """A network by name."""
        answer = self.neutron.get('/networks', params={'name': name})
        return dict(answer.json()['networks'][0])

    def create_network(self, cidr: str, **fields: Any) -> Dict:
        """A network with one subnet."""
        answer = self.neutron.post('/networks', json={'network': fields})
        network = dict(answer.json()['network'])
        subnet = {
            'network_id': network['id'],
            'project_id': network['project_id'],
            'ip_version': 4,
            'cidr': cidr,
            'enable_dhcp': False,
        }
        self.neutron.post('/subnets', json={'subnet': subnet})
        return network

    def create_router(self, external: str, **fields: Any) -> Dict:
        """A router with a gateway to an external network."""
        gateway = {'network_id': external}
        body = {'external_gateway_info': gateway, **fields}
        answer = self.neutron.post('/routers', json={'router': body})
        return dict(answer.json()['router'])

    def add_router_interface(self, router_id: str, subnet_id: str) -> None:
        """Have a router lead to a subnet."""
        self.neutron.put(
            f'/routers/{router_id}/add_router_interface',
            json={'subnet_id': subnet_id},
        )

    def create_floating_ip(self, network_id: str, project_id: str) -> str:
        """A floating IP of an external network: its address."""
        body = {'floating_network_id': network_id, 'project_id': project_id}
        answer = self.neutron.post('/floatingips', json={'floatingip': body})
        return str(answer.json()['floatingip']['floating_ip_address'])

    def floating_ip(self, address: str) -> Dict:
        """A floating IP with all its fields."""
        query = {'floating_ip_address': address}
        answer = self.neutron.get('/floatingips', params=query)
        return dict(answer.json()['floatingips'][0])

    def create_port(self, **fields: Any) -> Dict:
        """A Neutron port."""
        answer = self.neutron.post('/ports', json={'port': fields})
        return dict(answer.json()['port'])

    def port(self, port_id: str) -> Dict:
        """A Neutron port with all its fields."""
        return dict(self.neutron.get(f'/ports/{port_id}').json()['port'])

    def ports(self, **query: Any) -> list[Dict]:
        """Neutron ports that match."""
        return list(self.neutron.get('/ports', params=query).json()['ports'])

    def update_port(self, port_id: str, **fields: Any) -> Dict:
        """Set fields of a Neutron port."""
        answer = self.neutron.put(f'/ports/{port_id}', json={'port': fields})
        return dict(answer.json()['port'])

    def delete_port(self, port_id: str) -> None:
        """Delete a Neutron port, whoever carries it."""
        self.neutron.delete(f'/ports/{port_id}')

    # Glance

    def create_image(self, name: str) -> Dict:
        """A small image that everybody sees."""
        body = {
            'name': name,
            'disk_format': 'raw',
            'container_format': 'bare',
            'visibility': 'public',
        }
        image = dict(self.glance.post('/v2/images', json=body).json())
        self.glance.put(
            f'/v2/images/{image["id"]}/file',
            data=b'no real image',
            headers={'Content-Type': 'application/octet-stream'},
        )
        return image

    def delete_image(self, image_id: str) -> None:
        """Delete an image, whoever uses it."""
        self.glance.delete(f'/v2/images/{image_id}')

    # All of it

    def picture(self, ident: str) -> Dict:
        """Everything about a machine, to compare before with after.

        The node, its NICs and port groups, and the Neutron ports that it
        carries or that have one of its MACs, every field but the time of
        the last change and Neutron's count of changes.
        """
        node = self.node(ident)
        uuid = node['uuid']
        nics = self.nics(uuid)
        vifs = self.vifs(uuid)
        ports: dict[str, Dict | None] = dict.fromkeys(vifs)
        found = self.ports(**{'binding:host_id': uuid})
        if nics:
            found += self.ports(mac_address=[n['address'] for n in nics])
        for vif in vifs:
            try:
                found.append(self.port(vif))
            except exceptions.NotFound:
                continue
        for port in found:
            ports[port['id']] = _steady(port)
        return {
            'node': _steady(node),
            'nics': [_steady(nic) for nic in nics],
            'port_groups': [_steady(g) for g in self.port_groups(uuid)],
            'vifs': sorted(vifs),
            'ports': ports,
        }
