"""What the tests of living with servers share: machines that can be built on.

The service has its sample inventory, in which ``rack8-*`` are free.
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

import fixtures as fixtures_
import yaml

from moganclient.service import drivers
from moganclient.tests.functional import fixtures
from moganclient.tests.functional import test_commands

#: Of the sample inventory.
FREE = ('rack7-u08', 'rack8-u01', 'rack8-u02')
FREE_GOLD = ('rack8-u03', 'rack8-u04')
LAN = '3a412bc4-0984-4ae6-810a-41002df0af29'
STORAGE = '2a8f5968-8fe0-400e-afba-c6cf449307dc'
DEBIAN = 'eb6ceff0-c48d-4118-bae0-b19b939c0986'
ROCKY = 'fd2060fe-1930-4379-a25c-180d6160c027'
FLOATING = '203.0.113.10'


class TestCase(test_commands.TestCase):
    """A service whose machines are quick."""

    #: Names of nodes, and what goes wrong with them.
    SIMULATED: dict[str, dict[str, str]] = {}

    def new_service(self) -> fixtures.ServiceFixture:
        options: dict[str, object] = {'transition': 0.1}
        if self.SIMULATED:
            path = pathlib.Path(self.useFixture(fixtures_.TempDir()).path)
            options['inventory_file'] = path / 'inventory.yaml'
            # JSON is YAML.
            (path / 'inventory.yaml').write_text(
                json.dumps(_broken(self.SIMULATED))
            )
        return fixtures.ServiceFixture({'static': options})

    def create(self, name: str, more: str = '') -> Any:
        """A server that runs, of the class general where nothing is said."""
        wires = '' if '--port' in more else f'--network {LAN}'
        flavor = '' if '--flavor' in more else '--flavor general'
        return self.json(
            f'server create {name} --image {DEBIAN} {flavor} {wires} --wait '
            f'{more}'
        )

    def show(self, server: str) -> Any:
        return self.json(f'server show {server}')

    def refused(self, command: str) -> str:
        """What is said where a command fails."""
        return self.run_(command, ok=False).stderr

    def quiet(self, command: str) -> None:
        """Run a command that has nothing to say."""
        done = self.run_(command)
        self.assertEqual(('', ''), (done.stdout, done.stderr))


def _broken(simulated: dict[str, dict[str, str]]) -> Any:
    """The sample inventory, with machines that do not do what they shall."""
    sample = pathlib.Path(drivers.__file__).parent / 'sample_inventory.yaml'
    document = yaml.safe_load(sample.read_text())
    for node in document['nodes']:
        if node.get('name') in simulated:
            properties = node.setdefault('properties', {})
            properties['simulate'] = simulated[node['name']]
    return document
