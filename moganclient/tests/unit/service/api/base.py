"""The real application on the static driver and a database of its own."""

from __future__ import annotations

import pathlib
from typing import Any

import fixtures
import testtools
from werkzeug import test as werkzeug_test
import yaml

from moganclient.service import app
from moganclient.service import conf as service_conf
from moganclient.tests import database

VERSION_HEADER = 'OpenStack-API-Version'


def uuid(kind: int, number: int) -> str:
    """A UUID that is easy to recognize."""
    return f'{kind:08x}-0000-4000-8000-{number:012x}'


def node(number: int, **more: Any) -> dict[str, Any]:
    """An inventory's node ``node-<number>`` with one NIC and VIF."""
    return {
        'uuid': uuid(1, number),
        'name': f'node-{number}',
        'power_state': 'power on',
        'provision_state': 'active',
        'resource_class': 'baremetal.gold',
        'network_interface': 'flat',
        'nics': [
            {
                'uuid': uuid(2, number),
                'address': f'52:54:00:00:00:{number:02x}',
                'vif_port_id': uuid(3, number),
            }
        ],
        **more,
    }


def port(number: int, **more: Any) -> dict[str, Any]:
    """The network port that node ``number`` carries."""
    return {
        'id': uuid(3, number),
        'mac_address': f'52:54:00:00:00:{number:02x}',
        'network_id': uuid(4, 1),
        'host_id': uuid(1, number),
        'fixed_ips': [{'ip_address': f'10.0.0.{number}'}],
        **more,
    }


#: Three adoptable nodes and two that are not.
NODES = [
    node(1),
    node(2),
    node(3, resource_class='baremetal.silver', owner='demo'),
    node(4, maintenance=True, maintenance_reason='disk'),
    node(5, provision_state='available'),
]
PORTS = [port(number) for number in range(1, 6)]


class Api(fixtures.Fixture):
    """The application and a client that calls it.

    ``client`` is werkzeug's, ``runtime`` the service's inside.
    """

    def __init__(
        self,
        options: dict[str, dict[str, Any]] | None = None,
        nodes: list[dict[str, Any]] | None = None,
        ports: list[dict[str, Any]] | None = None,
        config: str = '',
        more: dict[str, list[dict[str, Any]]] | None = None,
    ) -> None:
        """Choose what it is.

        :param options: configuration by group; noauth unless it says
            otherwise
        :param config: a configuration file
        :param nodes: of the inventory file
        :param ports: of the inventory file
        :param more: what else the inventory file has
        """
        super().__init__()
        self._options = options or {}
        self._config = config
        self._inventory = {
            'nodes': NODES if nodes is None else nodes,
            'ports': PORTS if ports is None else ports,
            'images': [],
            **(more or {}),
        }

    def _setUp(self) -> None:
        directory = self.useFixture(fixtures.TempDir()).path
        inventory = pathlib.Path(directory) / 'inventory.yaml'
        inventory.write_text(yaml.safe_dump(self._inventory))
        connection = self.useFixture(database.Fresh()).connection
        config = pathlib.Path(directory) / 'service.conf'
        config.write_text(self._config)
        conf = service_conf.load(config_files=[str(config)])
        conf.set_override('auth_strategy', 'noauth')
        conf.set_override('inventory_file', str(inventory), 'static')
        conf.set_override('connection', connection, 'database')
        conf.set_override('health_cache', 0, 'api')
        for group, values in self._options.items():
            for name, value in values.items():
                where = None if group == 'DEFAULT' else group
                conf.set_override(name, value, where)
        self.conf = conf
        self.runtime, self.wsgi = app.build(conf)
        self.addCleanup(self.runtime.stop)
        self.client = werkzeug_test.Client(self.wsgi)


class ApiTest(testtools.TestCase):
    """A test that calls the API; ``OPTIONS`` configures it."""

    OPTIONS: dict[str, dict[str, Any]] = {}
    NODES: list[dict[str, Any]] | None = None
    PORTS: list[dict[str, Any]] | None = None
    CONFIG = ''
    #: Networks, images and floating IPs of the inventory.
    MORE: dict[str, list[dict[str, Any]]] | None = None

    def setUp(self) -> None:
        super().setUp()
        self.api = self.useFixture(
            Api(self.OPTIONS, self.NODES, self.PORTS, self.CONFIG, self.MORE)
        )
        self.runtime = self.api.runtime

    def call(
        self,
        method: str,
        path: str,
        *,
        version: str | None = None,
        headers: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> Any:
        """Send a request; ``json=`` is its body.

        :param version: of the API, such as ``1.2``
        """
        headers = dict(headers or {})
        if version is not None:
            headers[VERSION_HEADER] = f'baremetal_compute {version}'
        return self.api.client.open(
            path, method=method, headers=headers, **kwargs
        )

    def fault(self, answer: Any, status: int) -> dict[str, Any]:
        """The one error of an answer, whose status is checked."""
        self.assertEqual(status, answer.status_code, answer.text)
        (error,) = answer.json['errors']
        self.assertEqual(status, error['status'])
        found: dict[str, Any] = error
        return found

    def make_flavor(self, **more: Any) -> dict[str, Any]:
        """A new flavor that fits ``baremetal.gold``."""
        body = {'name': 'gold', 'resources': {'baremetal.gold': 1}, **more}
        answer = self.call('POST', '/v1/flavors', json=body)
        self.assertEqual(201, answer.status_code, answer.text)
        found: dict[str, Any] = answer.json
        return found

    def manage_body(self, number: int = 1, **more: Any) -> dict[str, Any]:
        """A body that takes node ``number`` over, once a flavor is there."""
        flavors = self.call('GET', '/v1/flavors?name=gold').json['flavors']
        flavor = flavors[0] if flavors else self.make_flavor()
        return {
            'name': f'server-{number}',
            'node_uuid': uuid(1, number),
            'flavor_uuid': flavor['uuid'],
            'networks': [{'port_id': uuid(3, number)}],
            **more,
        }

    def manage(self, number: int = 1, **more: Any) -> dict[str, Any]:
        """Take node ``number`` over; the server."""
        answer = self.call(
            'POST',
            '/v1/servers/manage',
            version='1.3',
            json=self.manage_body(number, **more),
        )
        self.assertEqual(201, answer.status_code, answer.text)
        found: dict[str, Any] = answer.json
        return found
