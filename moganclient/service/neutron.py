"""Neutron: the real one behind :class:`.networks.Networks`."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
import re
from typing import Any
import urllib.parse

from oslo_config import cfg

from moganclient.service import exceptions
from moganclient.service import networks
from moganclient.service import upstream
from moganclient.service import upstream_faults

#: Characters of a URL's query: proxies allow about 8 kB for the whole of it.
_QUERY_SIZE = 6000
_UUID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
_MAC = re.compile(r'[0-9a-f]{2}(:[0-9a-f]{2}){5}')


def build(conf: cfg.ConfigOpts) -> NeutronNetworks | None:
    """Neutron as configured, or None where ``[neutron]`` is empty.

    :raises moganclient.service.exceptions.ConfigError: ``[neutron]`` is not
        enough
    """
    if not upstream.is_configured(conf, 'neutron'):
        return None
    return NeutronNetworks(upstream.Upstream(conf, 'neutron'))


class NeutronNetworks(networks.Networks):
    """The ports of a Neutron.  Nothing is created, bound or deleted there."""

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
        return _port(answer['port'])

    def check(self) -> None:
        """Whether ports can be read."""
        self._neutron.get('/ports', 'fields=id&limit=1')

    def _list(self, key: str, values: Iterable[str]) -> list[networks.Port]:
        fields = '&'.join(f'fields={upstream.quote(one)}' for one in _FIELDS)
        found: list[networks.Port] = []
        for chunk in _chunks(key, sorted(values)):
            query: str | None = f'{fields}&{chunk}'
            while query:
                answer = self._neutron.get('/ports', query)
                if not isinstance(answer, dict) or 'ports' not in answer:
                    raise exceptions.UpstreamUnavailable(
                        f'{self._neutron.name} answers without "ports" when '
                        'asked for ports; is the address of the service right?'
                    )
                found += map(_port, answer['ports'])
                query = _next(answer)
        return found


_FIELDS = (
    'id',
    'name',
    'mac_address',
    'network_id',
    'project_id',
    'device_id',
    'device_owner',
    'binding:host_id',
    'fixed_ips',
    'revision_number',
)


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


def _next(answer: dict[str, Any]) -> str | None:
    """The query of the next page; Neutron's link keeps what was asked."""
    for link in answer.get('ports_links') or ():
        if link.get('rel') == 'next' and answer['ports']:
            return urllib.parse.urlsplit(str(link['href'])).query
    return None


def _port(item: dict[str, Any]) -> networks.Port:
    mac = item.get('mac_address')
    host = item.get('binding:host_id') or ''
    if _UUID.fullmatch(host.lower()):
        # A node's, and Ironic keeps the case it was enrolled in.
        host = host.lower()
    return networks.Port(
        id=item['id'].lower(),
        name=item.get('name') or '',
        mac_address=mac.lower() if mac else None,
        network_id=item.get('network_id'),
        project_id=item.get('project_id'),
        device_id=item.get('device_id') or '',
        device_owner=item.get('device_owner') or '',
        host_id=host,
        fixed_ips=item.get('fixed_ips') or [],
        revision_number=item.get('revision_number'),
    )
