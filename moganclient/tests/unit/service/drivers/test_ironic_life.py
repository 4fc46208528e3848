"""What the Ironic driver sends to change a machine, and what it makes of it.

The answers are as Ironic 39 gave them.
"""

from __future__ import annotations

import json
from typing import Any

import fixtures
from requests_mock.contrib import fixture as rm_fixture
import testtools

from moganclient.service.drivers import base
from moganclient.service.drivers import ironic
from moganclient.service.drivers import lifecycle
from moganclient.service import exceptions
from moganclient.tests.unit.service import clouds

NODE = '843863a5-ed86-4cfb-baa2-4c88f4ed7114'
SERVER = '49fb1f26-dfc0-424e-bf4f-b6f861a33e0c'
PORT = 'ae21cc7e-812b-479f-b0a0-e3cb8f89589b'
PROJECT = '08559e6dc497495db567e82c4a23af7d'

LOCKED = (
    f'Node {NODE} is locked by host cloud, please retry after the current '
    'operation is completed.'
)


def fault(sentence: str) -> dict[str, str]:
    """An error body: JSON in JSON."""
    said = {'faultcode': 'Client', 'faultstring': sentence, 'debuginfo': None}
    return {'error_message': json.dumps(said)}


class LifeTestCase(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.FakeLogger())
        self.http = self.useFixture(rm_fixture.Fixture(case_sensitive=True))
        self.root = f'{clouds.IRONIC}/v1'
        self.node = f'{self.root}/nodes/{NODE}'
        self.http.get(
            self.root,
            json={'version': {'min_version': '1.1', 'version': '1.115'}},
        )
        self.driver = ironic.IronicDriver(clouds.service('ironic'))

    def answer(
        self, method: str, url: str, status: int, sentence: str = ''
    ) -> Any:
        """An answer without a body, or with an error in it."""
        more: dict[str, Any] = {'json': fault(sentence)} if sentence else {}
        return self.http.request(method, url, status_code=status, **more)

    def gone(self, method: str, path: str) -> None:
        """There is no such node, in upper case neither."""
        for uuid in (NODE, NODE.upper()):
            self.answer(
                method,
                f'{self.root}/nodes/{uuid}{path}',
                404,
                f'Node {uuid} could not be found.',
            )


class PowerTest(LifeTestCase):
    def test_each_target_is_one_request(self) -> None:
        sent = self.answer('PUT', f'{self.node}/states/power', 202)
        for target in lifecycle.POWER_TARGETS:
            self.driver.set_power(NODE, target)
            self.assertEqual({'target': target}, sent.last_request.json())
        self.assertEqual(len(lifecycle.POWER_TARGETS), sent.call_count)

    def test_with_the_microversion_of_everything_else(self) -> None:
        sent = self.answer('PUT', f'{self.node}/states/power', 202)
        self.driver.set_power(NODE, 'power on')
        self.assertEqual(
            'baremetal 1.83',
            sent.last_request.headers['OpenStack-API-Version'],
        )

    def test_unknown_target_is_not_sent(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest, self.driver.set_power, NODE, 'reboot'
        )
        self.assertIn('"reboot"', error.detail)
        self.assertEqual(0, self.http.call_count)

    def test_locked(self) -> None:
        sent = self.answer('PUT', f'{self.node}/states/power', 409, LOCKED)
        error = self.assertRaises(
            exceptions.UpstreamConflict,
            self.driver.set_power,
            NODE,
            'power on',
        )
        self.assertIn('is locked', error.detail)
        self.assertEqual(1, sent.call_count)

    def test_refused_in_ironics_words(self) -> None:
        self.answer('PUT', f'{self.node}/states/power', 400, 'Not now.')
        error = self.assertRaises(
            exceptions.BadRequest, self.driver.set_power, NODE, 'power on'
        )
        self.assertEqual('Ironic: Not now.', error.detail)

    def test_hardware_that_cannot(self) -> None:
        self.answer(
            'PUT',
            f'{self.node}/states/power',
            400,
            'Driver ipmi does not support soft power off.',
        )
        self.assertRaises(
            exceptions.NotImplementedByDriver,
            self.driver.set_power,
            NODE,
            'soft power off',
        )

    def test_no_such_node(self) -> None:
        self.gone('PUT', '/states/power')
        self.assertRaises(
            exceptions.NodeNotFound, self.driver.set_power, NODE, 'power on'
        )

    def test_answer_that_was_lost(self) -> None:
        sent = self.answer('PUT', f'{self.node}/states/power', 500, 'Oops.')
        error = self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.driver.set_power,
            NODE,
            'power on',
        )
        self.assertTrue(error.sent)
        self.assertEqual(1, sent.call_count)

    def test_node_in_upper_case(self) -> None:
        self.answer(
            'PUT',
            f'{self.node}/states/power',
            404,
            f'Node {NODE} could not be found.',
        )
        upper = self.answer(
            'PUT', f'{self.root}/nodes/{NODE.upper()}/states/power', 202
        )
        self.driver.set_power(NODE, 'power on')
        self.assertEqual(1, upper.call_count)


class PatchTest(LifeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sent: Any = self.http.patch(
            self.node, json={'uuid': NODE.upper(), 'protected': True}
        )

    def test_protected_with_its_reason(self) -> None:
        node = self.driver.set_protected(NODE, True, 'Payroll.')
        self.assertEqual((NODE, True), (node.uuid, node.protected))
        self.assertEqual(
            [
                {'op': 'add', 'path': '/protected', 'value': True},
                {
                    'op': 'add',
                    'path': '/protected_reason',
                    'value': 'Payroll.',
                },
            ],
            self.sent.last_request.json(),
        )

    def test_no_longer_protected_has_no_reason(self) -> None:
        self.driver.set_protected(NODE, False, 'Payroll.')
        self.assertEqual(
            [{'op': 'add', 'path': '/protected', 'value': False}],
            self.sent.last_request.json(),
        )

    def test_not_in_this_state(self) -> None:
        self.answer(
            'PATCH',
            self.node,
            409,
            f'Node {NODE} can only be made protected in provision states '
            "'active' or 'rescue', the current state is 'available'",
        )
        error = self.assertRaises(
            exceptions.UpstreamConflict,
            self.driver.set_protected,
            NODE,
            True,
            None,
        )
        self.assertIn('can only be made protected', error.detail)

    def test_instance_info_is_merged(self) -> None:
        self.driver.set_instance_info(NODE, {'root_gb': 10, 'a/b~c': {}})
        self.assertEqual(
            [
                {'op': 'add', 'path': '/instance_info/root_gb', 'value': 10},
                {'op': 'add', 'path': '/instance_info/a~1b~0c', 'value': {}},
            ],
            self.sent.last_request.json(),
        )

    def test_key_removed_whether_it_is_there_or_not(self) -> None:
        self.driver.set_instance_info(NODE, {'root_gb': None})
        self.assertEqual(
            [
                {'op': 'add', 'path': '/instance_info/root_gb', 'value': None},
                {'op': 'remove', 'path': '/instance_info/root_gb'},
            ],
            self.sent.last_request.json(),
        )


    def test_name_that_is_removed_is_the_nodes_no_more(self) -> None:
        self.driver.set_instance_info(NODE, {'display_name': None})
        self.assertEqual(
            {'op': 'remove', 'path': '/instance_name'},
            self.sent.last_request.json()[-1],
        )
        self.assertEqual(
            'baremetal 1.104',
            self.sent.last_request.headers['OpenStack-API-Version'],
        )

    def test_older_ironic_has_no_instance_name(self) -> None:
        self.http.get(
            self.root,
            json={'version': {'min_version': '1.1', 'version': '1.103'}},
        )
        self.driver.set_instance_info(NODE, {'display_name': None})
        self.assertEqual(
            {'op': 'remove', 'path': '/instance_info/display_name'},
            self.sent.last_request.json()[-1],
        )
        self.assertEqual(
            'baremetal 1.83',
            self.sent.last_request.headers['OpenStack-API-Version'],
        )


class AllocationTest(LifeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.list = f'{self.root}/allocations'
        self.one = f'{self.list}/{SERVER}'

    def allocate(self, **values: Any) -> None:
        wanted: dict[str, Any] = {'traits': [], 'candidates': None}
        self.driver.allocate(SERVER, 'gold', **{**wanted, **values})

    def found(self, **values: Any) -> base.Allocation | None:
        """What becomes of an answer of Ironic."""
        self.http.get(
            self.one,
            json={
                'uuid': SERVER,
                'state': 'allocating',
                'node_uuid': None,
                'last_error': None,
                'resource_class': 'gold',
                'owner': None,
                **values,
            },
        )
        return self.driver.get_allocation(SERVER)

    def test_with_the_servers_uuid_and_no_more_than_was_asked(self) -> None:
        sent: Any = self.http.post(self.list, status_code=201, json={})
        self.allocate()
        self.assertEqual(
            {'uuid': SERVER, 'resource_class': 'gold'},
            sent.last_request.json(),
        )

    def test_with_traits_among_candidates(self) -> None:
        sent: Any = self.http.post(self.list, status_code=201, json={})
        self.allocate(traits=['CUSTOM_A'], candidates=[NODE])
        self.assertEqual(
            {
                'uuid': SERVER,
                'resource_class': 'gold',
                'traits': ['CUSTOM_A'],
                'candidate_nodes': [NODE],
            },
            sent.last_request.json(),
        )

    def test_no_candidates_are_not_all_candidates(self) -> None:
        self.assertRaises(exceptions.BadRequest, self.allocate, candidates=[])
        self.assertEqual(0, self.http.call_count)

    def test_candidates_that_are_gone_or_in_upper_case(self) -> None:
        gone = SERVER
        sent: Any = self.http.post(
            self.list,
            [
                {
                    'status_code': 400,
                    'json': fault(f'Nodes cannot be found: {gone}, {NODE}'),
                },
                {'status_code': 201, 'json': {}},
            ],
        )
        self.http.get(
            f'{self.root}/nodes',
            json={'nodes': [{'uuid': NODE.upper()}, {'uuid': PORT}]},
        )
        self.allocate(candidates=[gone, NODE])
        self.assertEqual(
            [NODE.upper()], sent.last_request.json()['candidate_nodes']
        )

    def test_candidates_that_are_all_gone(self) -> None:
        sent = self.answer(
            'POST', self.list, 400, f'Nodes cannot be found: {NODE}'
        )
        self.http.get(f'{self.root}/nodes', json={'nodes': []})
        self.assertRaises(
            exceptions.BadRequest, self.allocate, candidates=[NODE]
        )
        self.assertEqual(1, sent.call_count)

    def test_again_is_no_error(self) -> None:
        self.answer(
            'POST',
            self.list,
            409,
            f'An allocation with UUID {SERVER} already exists.',
        )
        self.found(state='active', node_uuid=NODE)
        self.allocate()

    def test_conflict_with_something_else(self) -> None:
        self.answer('POST', self.list, 409, 'No.')
        self.answer('GET', self.one, 404, 'There is none.')
        error = self.assertRaises(exceptions.UpstreamConflict, self.allocate)
        self.assertEqual('Ironic: No.', error.detail)

    def test_trait_that_is_none(self) -> None:
        self.answer('POST', self.list, 400, "Schema error: 'x' is no trait.")
        error = self.assertRaises(
            exceptions.BadRequest, self.allocate, traits=['x']
        )
        self.assertIn("'x'", error.detail)

    def test_under_way_and_done(self) -> None:
        self.assertEqual(
            base.Allocation(SERVER, 'allocating', resource_class='gold'),
            self.found(),
        )
        self.assertEqual(
            base.Allocation(SERVER, 'active', NODE, resource_class='gold'),
            self.found(state='active', node_uuid=NODE.upper()),
        )

    def test_failed(self) -> None:
        found = self.found(state='error', last_error='No traits match.')
        self.assertEqual(
            ('error', 'No traits match.'),
            found and (found.state, found.last_error),
        )

    def test_failed_for_the_account_may_not_have_the_nodes(self) -> None:
        error = (
            f'Failed to process allocation {SERVER}: no available nodes match '
            'the resource class gold.'
        )
        found = self.found(state='error', last_error=error, owner=PROJECT)
        assert found is not None and found.last_error is not None
        self.assertTrue(found.last_error.startswith(error))
        self.assertIn(f'project {PROJECT}', found.last_error)
        self.assertIn('lessee', found.last_error)
        found = self.found(state='error', last_error=error)
        self.assertEqual(error, found and found.last_error)

    def test_there_is_none(self) -> None:
        self.answer('GET', self.one, 404, 'There is none.')
        self.assertIsNone(self.driver.get_allocation(SERVER))

    def test_given_up_and_gone_already(self) -> None:
        for status, sentence in ((204, ''), (404, 'There is none.')):
            sent = self.answer('DELETE', self.one, status, sentence)
            self.driver.delete_allocation(SERVER)
            self.assertEqual(1, sent.call_count)

    def test_its_node_is_deployed(self) -> None:
        self.answer(
            'DELETE',
            self.one,
            409,
            f'Cannot remove allocation {SERVER} for node {NODE}, because the '
            'node is active (and maintenance mode is off)',
        )
        self.assertRaises(
            exceptions.UpstreamConflict, self.driver.delete_allocation, SERVER
        )


class ProvisionTest(LifeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.url = f'{self.node}/states/provision'

    def test_with_a_config_drive_or_without(self) -> None:
        sent = self.answer('PUT', self.url, 202)
        self.driver.provision(NODE, 'active', configdrive='aXNv')
        self.assertEqual(
            {'target': 'active', 'configdrive': 'aXNv'},
            sent.last_request.json(),
        )
        for target in ('rebuild', 'deleted'):
            self.driver.provision(NODE, target)
            self.assertEqual({'target': target}, sent.last_request.json())

    def test_unknown_target_is_not_sent(self) -> None:
        self.assertRaises(
            exceptions.BadRequest, self.driver.provision, NODE, 'clean'
        )
        self.assertEqual(0, self.http.call_count)

    def test_not_in_this_state(self) -> None:
        sentence = (
            f'The requested action "active" can not be performed on node '
            f'"{NODE}" while it is in state "active".'
        )
        self.answer('PUT', self.url, 400, sentence)
        error = self.assertRaises(
            exceptions.BadRequest, self.driver.provision, NODE, 'active'
        )
        self.assertEqual(f'Ironic: {sentence}', error.detail)
        self.assertNotIn(NODE, error.told(admin=False))

    def test_protected(self) -> None:
        self.answer(
            'PUT',
            self.url,
            403,
            f'Node {NODE} is protected and cannot be undeployed, rebuilt or '
            'deleted',
        )
        error = self.assertRaises(
            exceptions.UpstreamConflict, self.driver.provision, NODE, 'deleted'
        )
        self.assertEqual('node_protected', error.code)
        self.assertNotIn(NODE, error.told(admin=False))

    def test_account_that_may_not(self) -> None:
        self.answer('PUT', self.url, 403, 'Access was denied.')
        error = self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.driver.provision,
            NODE,
            'deleted',
        )
        self.assertIn('roles', error.detail)
        self.assertFalse(error.sent)

    def test_locked(self) -> None:
        self.answer('PUT', self.url, 409, LOCKED)
        error = self.assertRaises(
            exceptions.UpstreamConflict, self.driver.provision, NODE, 'deleted'
        )
        self.assertEqual('upstream_conflict', error.code)
        self.assertIn(LOCKED, error.told(admin=True))
        self.assertNotIn(LOCKED, error.told(admin=False))


class VifTest(LifeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.vifs = f'{self.node}/vifs'
        self.one = f'{self.vifs}/{PORT}'

    def carries(self, *ports: str) -> None:
        self.http.get(self.vifs, json={'vifs': [{'id': p} for p in ports]})

    def test_attached(self) -> None:
        sent = self.answer('POST', self.vifs, 204)
        self.driver.attach_vif(NODE, PORT)
        self.assertEqual({'id': PORT}, sent.last_request.json())

    def test_attached_again(self) -> None:
        self.answer(
            'POST',
            self.vifs,
            409,
            f'Unable to attach VIF because VIF {PORT} is already attached to '
            'Ironic Port 72f3264c-05a1-4720-a0f6-40cd5f8d6952',
        )
        self.carries(PORT.upper())
        self.driver.attach_vif(NODE, PORT)

    def test_locked(self) -> None:
        self.answer('POST', self.vifs, 409, LOCKED)
        self.carries()
        self.assertRaises(
            exceptions.UpstreamConflict, self.driver.attach_vif, NODE, PORT
        )

    def test_no_nic_is_free(self) -> None:
        self.answer(
            'POST',
            self.vifs,
            400,
            f'Unable to attach VIF {PORT}, not enough free physical ports.',
        )
        error = self.assertRaises(
            exceptions.BadRequest, self.driver.attach_vif, NODE, PORT
        )
        self.assertIn('not enough free physical ports', error.detail)

    def test_node_that_is_gone(self) -> None:
        self.gone('POST', '/vifs')
        self.assertRaises(
            exceptions.NodeNotFound, self.driver.attach_vif, NODE, PORT
        )

    def test_detached(self) -> None:
        sent = self.answer('DELETE', self.one, 204)
        self.driver.detach_vif(NODE, PORT)
        self.assertEqual(1, sent.call_count)

    def test_detached_again(self) -> None:
        self.answer('DELETE', self.one, 400, 'It is not attached to it.')
        self.carries()
        self.driver.detach_vif(NODE, PORT)

    def test_not_detached_in_this_state(self) -> None:
        self.answer('DELETE', self.one, 400, 'Not now.')
        self.carries(PORT)
        error = self.assertRaises(
            exceptions.BadRequest, self.driver.detach_vif, NODE, PORT
        )
        self.assertEqual('Ironic: Not now.', error.detail)


class ConsoleTest(LifeTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.url = f'{self.node}/states/console'

    def test_enabled(self) -> None:
        self.http.get(
            self.url,
            json={
                'console_enabled': True,
                'console_info': {'type': 'socat', 'url': 'tcp://10.0.0.1:1'},
            },
        )
        self.assertEqual(
            base.Console(True, 'socat', 'tcp://10.0.0.1:1'),
            self.driver.console(NODE),
        )

    def test_not_enabled(self) -> None:
        self.http.get(
            self.url, json={'console_enabled': False, 'console_info': None}
        )
        self.assertEqual(base.Console(False), self.driver.console(NODE))

    def test_enabled_without_a_url(self) -> None:
        self.http.get(
            self.url, json={'console_enabled': True, 'console_info': {}}
        )
        self.assertEqual(base.Console(True), self.driver.console(NODE))

    def test_node_that_is_gone(self) -> None:
        self.gone('GET', '/states/console')
        self.assertRaises(exceptions.NodeNotFound, self.driver.console, NODE)

    def test_switched_on(self) -> None:
        sent = self.answer('PUT', self.url, 202)
        self.driver.enable_console(NODE)
        self.assertEqual({'enabled': True}, sent.last_request.json())

    def test_switched_off(self) -> None:
        sent = self.answer('PUT', self.url, 202)
        self.driver.disable_console(NODE)
        self.assertEqual({'enabled': False}, sent.last_request.json())

    def test_hardware_without_one(self) -> None:
        self.answer(
            'PUT',
            self.url,
            400,
            'Driver fake-hardware does not support console (disabled or not '
            'implemented).',
        )
        self.assertRaises(
            exceptions.NotImplementedByDriver,
            self.driver.enable_console,
            NODE,
        )


class StatesTest(LifeTestCase):
    def test_what_scheduling_needs_is_asked_for_and_read(self) -> None:
        self.http.get(
            f'{self.root}/nodes',
            json={
                'nodes': [
                    {
                        'uuid': NODE.upper(),
                        'name': 'n1',
                        'instance_uuid': None,
                        'power_state': 'power off',
                        'target_power_state': 'power on',
                        'provision_state': 'available',
                        'reservation': 'conductor-1',
                        'last_error': 'Out of luck.',
                        'resource_class': 'gold',
                        'maintenance': False,
                        'retired': False,
                        'traits': ['CUSTOM_A'],
                    }
                ]
            },
        )
        [state] = self.driver.list_nodes()
        self.assertEqual(
            base.NodeState(
                NODE,
                'n1',
                None,
                'power off',
                target_power_state='power on',
                provision_state='available',
                reserved=True,
                last_error='Out of luck.',
                resource_class='gold',
                traits=['CUSTOM_A'],
            ),
            state,
        )
        self.assertTrue(state.available)
        asked: Any = self.http.last_request
        [fields] = asked.qs['fields']
        self.assertIn('traits', fields.split(','))

    def test_node_says_what_is_done_to_it(self) -> None:
        self.http.get(
            self.node,
            json={
                'uuid': NODE,
                'target_power_state': 'power on',
                'target_provision_state': 'active',
                'last_error': 'Out of luck.',
                'reservation': 'conductor-1',
                'allocation_uuid': SERVER.upper(),
                'console_enabled': True,
                'traits': ['CUSTOM_A'],
            },
        )
        node = self.driver.get_node_bare(NODE)
        self.assertEqual(
            (
                'power on',
                'active',
                'Out of luck.',
                True,
                SERVER,
                True,
                ['CUSTOM_A'],
            ),
            (
                node.target_power_state,
                node.target_provision_state,
                node.last_error,
                node.reserved,
                node.allocation_uuid,
                node.console_enabled,
                node.traits,
            ),
        )
