"""Neutron: the real one behind :class:`.networks.Networks`."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import re
from typing import Any
import urllib.parse

from oslo_config import cfg

from moganclient.service import exceptions
from moganclient.service import networks
from moganclient.service import neutron_parse
from moganclient.service import upstream
from moganclient.service import upstream_faults

#: Characters of a URL's query: proxies allow about 8 kB for the whole of it.
_QUERY_SIZE = 6000
_UUID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
_MAC = re.compile(r'[0-9a-f]{2}(:[0-9a-f]{2}){5}')
#: What Neutron calls a 404 to what it is to us.
_MISSING = {
    'FloatingIPNotFound': 'floating_ip_not_found',
    'PortNotFound': 'port_not_found',
}


def build(conf: cfg.ConfigOpts) -> NeutronNetworks | None:
    """Neutron as configured, or None where ``[neutron]`` is empty.

    :raises moganclient.service.exceptions.ConfigError: ``[neutron]`` is not
        enough
    """
    if not upstream.is_configured(conf, 'neutron'):
        return None
    return NeutronNetworks(upstream.Upstream(conf, 'neutron'))


class NeutronNetworks(networks.Networks):
    """The ports, networks and floating IPs of a Neutron.

    As seen on Neutron 29, with the router plugin and without.
    """

    def __init__(self, neutron: upstream.Upstream) -> None:
        self._neutron = neutron

    def ports_by_id(self, ids: Iterable[str]) -> dict[str, networks.Port]:
        """The ports that exist among these: a request for about 150."""
        # What is no UUID is no port, and some versions refuse to look.
        wanted = {one.lower() for one in ids}
        found = self._list('id', filter(_UUID.fullmatch, wanted))
        return {port.id: port for port in found}

    def ports_by_mac(self, macs: Iterable[str]) -> list[networks.Port]:
        """The ports that have one of these MAC addresses."""
        wanted = {one.lower() for one in macs}
        return self._list('mac_address', filter(_MAC.fullmatch, wanted))

    def set_device(
        self,
        port_id: str,
        device_id: str,
        device_owner: str,
        revision_number: int | None,
    ) -> networks.Port:
        """Write the device of a port, once."""
        device = {'device_id': device_id, 'device_owner': device_owner}
        headers = {}
        if revision_number is not None:
            headers['If-Match'] = f'revision_number={revision_number}'
        try:
            answer = self._neutron.write(
                'PUT',
                f'/ports/{upstream.segment(port_id)}',
                {'port': device},
                headers,
            )
        except upstream_faults.Missing as exc:
            raise exceptions.PortConflict(
                f'Port {port_id} does not exist in Neutron (any more).',
                code='port_not_found',
            ) from exc
        return neutron_parse.port(answer['port'])

    def get_network(self, network_id: str) -> networks.Network | None:
        """A network by UUID."""
        path = f'/networks/{upstream.segment(network_id)}'
        try:
            item = self._neutron.get(path)['network']
        except upstream_faults.Missing:
            return None
        return neutron_parse.network(item)

    def ports_by_device(self, device_id: str) -> list[networks.Port]:
        """The ports with this device."""
        return self._list('device_id', [device_id])

    def create_port(
        self,
        network_id: str,
        *,
        project_id: str,
        name: str,
        device_id: str,
        device_owner: str,
        mac_address: str | None = None,
    ) -> networks.Port:
        """Make a port, once; what binds it is Ironic's to write."""
        body = {
            'network_id': network_id,
            'project_id': project_id,
            'name': name,
            'device_id': device_id,
            'device_owner': device_owner,
        }
        if mac_address:
            body['mac_address'] = mac_address
        try:
            answer = self._write('POST', '/ports', {'port': body})
        except upstream_faults.Missing as exc:
            raise exceptions.BadRequest(
                f'Neutron: {exc.said}', code='network_not_found'
            ) from exc
        return neutron_parse.port(answer['port'])

    def delete_port(self, port_id: str) -> None:
        """Delete a port; Neutron takes it from its floating IP by itself."""
        with contextlib.suppress(upstream_faults.Missing):
            self._write('DELETE', f'/ports/{upstream.segment(port_id)}')

    def floating_ip(self, address: str) -> networks.FloatingIP | None:
        """A floating IP by its address: one request."""
        found = self._floating_ips('floating_ip_address', [address])
        if found is None:
            raise exceptions.NotImplementedByDriver(
                'There are no floating IPs here: Neutron has no router '
                'service.'
            )
        return found[0] if found else None

    def floating_ips_of_ports(
        self, port_ids: Iterable[str]
    ) -> list[networks.FloatingIP]:
        """Those that lead to these ports: a request for about 150."""
        wanted = {one.lower() for one in port_ids}
        return self._floating_ips('port_id', wanted) or []

    def associate_floating_ip(
        self,
        floating_ip_id: str,
        port_id: str,
        fixed_address: str | None = None,
    ) -> networks.FloatingIP:
        """Have a floating IP lead to a port, once."""
        target = {'port_id': port_id}
        if fixed_address:
            target['fixed_ip_address'] = fixed_address
        try:
            return self._lead(floating_ip_id, target)
        except upstream_faults.Missing as exc:
            # A subnet that no router leads to is a 404 as well.
            code = _MISSING.get(exc.kind)
            said = f'Neutron: {exc.said}'
            if code is None:
                raise exceptions.BadRequest(said) from exc
            raise exceptions.NotFound(said, code=code) from exc

    def disassociate_floating_ip(self, floating_ip_id: str) -> None:
        """Have a floating IP lead nowhere, once."""
        with contextlib.suppress(upstream_faults.Missing):
            self._lead(floating_ip_id, {'port_id': None})

    def check(self) -> None:
        """Whether ports can be read."""
        self._neutron.get('/ports', 'fields=id&limit=1')

    def _lead(
        self, floating_ip_id: str, target: dict[str, Any]
    ) -> networks.FloatingIP:
        path = f'/floatingips/{upstream.segment(floating_ip_id)}'
        answer = self._write('PUT', path, {'floatingip': target})
        return neutron_parse.floating_ip(answer['floatingip'])

    def _floating_ips(
        self, key: str, values: Iterable[str]
    ) -> list[networks.FloatingIP] | None:
        """Floating IPs, or None where Neutron does not know what that is."""
        try:
            items = self._items(
                'floatingips', neutron_parse.FLOATING_FIELDS, key, values
            )
        except upstream_faults.Missing:
            return None
        return [neutron_parse.floating_ip(item) for item in items]

    def _write(self, method: str, path: str, body: Any = None) -> Any:
        """Write once; a refusal is told in Neutron's words."""
        try:
            return self._neutron.write(method, path, body)
        except upstream_faults.Refused as exc:
            if exc.answered != 400:
                raise
            raise exceptions.BadRequest(f'Neutron: {exc.said}') from exc

    def _list(self, key: str, values: Iterable[str]) -> list[networks.Port]:
        return [
            neutron_parse.port(item)
            for item in self._items(
                'ports', neutron_parse.PORT_FIELDS, key, values
            )
        ]

    def _items(
        self,
        kind: str,
        fields: Iterable[str],
        key: str,
        values: Iterable[str],
    ) -> list[dict[str, Any]]:
        """What is in a list, by all the pages of as few lists as fit."""
        wanted = '&'.join(f'fields={upstream.quote(one)}' for one in fields)
        found: list[dict[str, Any]] = []
        for chunk in _chunks(key, sorted(values)):
            query: str | None = f'{wanted}&{chunk}'
            while query:
                answer = self._neutron.get(f'/{kind}', query)
                if not isinstance(answer, dict) or kind not in answer:
                    raise exceptions.UpstreamUnavailable(
                        f'{self._neutron.name} answers without "{kind}" when '
                        'asked for them; is the address of the service right?'
                    )
                found += answer[kind]
                query = _next(answer, kind)
        return found


def _chunks(key: str, values: Iterable[str]) -> Iterator[str]:
    """Repeated query arguments, as many as fit into a URL."""
    chunk: list[str] = []
    size = 0
    for value in values:
        argument = f'{key}={upstream.quote(value)}'
        if chunk and size + len(argument) >= _QUERY_SIZE:
            yield '&'.join(chunk)
            chunk, size = [], 0
        chunk.append(argument)
        size += len(argument) + 1
    if chunk:
        yield '&'.join(chunk)


def _next(answer: dict[str, Any], kind: str) -> str | None:
    """The query of the next page; Neutron's link keeps what was asked."""
    for link in answer.get(f'{kind}_links') or ():
        if link.get('rel') == 'next' and answer[kind]:
            return urllib.parse.urlsplit(str(link['href'])).query
    return None
