"""What may be done to a server when."""

import ddt
import testtools

from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.service import guard

ACTIONS = (
    'delete',
    'floating_ip',
    'interface',
    'power',
    'rebuild',
    'unmanage',
    'update',
)


def server(**values):
    found = {
        'uuid': 'u',
        'name': 'db',
        'status': 'active',
        'protected': False,
        'adopted': True,
        'locked_by': None,
        'node_uuid': 'n',
        **values,
    }
    return models.Server(**found)


@ddt.ddt
class GuardTest(testtools.TestCase):
    @ddt.data(*ACTIONS, 'console', 'network_info')
    def test_a_server_that_is_free(self, action):
        self.assertIsNone(guard.require(server(), action))

    @ddt.data(*ACTIONS)
    def test_a_locked_one_is_left_alone(self, action):
        error = self.assertRaises(
            exceptions.ServerLocked,
            guard.require,
            server(locked_by='admin'),
            action,
        )
        self.assertIn('administrator', error.detail)
        self.assertEqual(400, error.retired_status)

    @ddt.data('console', 'network_info')
    def test_looking_at_a_locked_one_is_free(self, action):
        self.assertIsNone(guard.require(server(locked_by='owner'), action))

    @ddt.data('delete', 'rebuild')
    def test_a_protected_one_is_not_wiped(self, action):
        self.assertRaises(
            exceptions.ServerProtected,
            guard.require,
            server(protected=True),
            action,
        )

    @ddt.data((True, True), (False, False))
    @ddt.unpack
    def test_letting_go_is_named_where_it_is_possible(self, adopted, named):
        error = self.assertRaises(
            exceptions.ServerProtected,
            guard.require,
            server(protected=True, adopted=adopted),
            'delete',
        )
        self.assertEqual(named, '"server unmanage"' in error.detail)
        self.assertIn('"server set --unprotected"', error.detail)

    @ddt.data('power', 'interface', 'floating_ip', 'update', 'unmanage')
    def test_a_protected_one_is_lived_with(self, action):
        self.assertIsNone(guard.require(server(protected=True), action))

    @ddt.data('delete', 'rebuild', 'unmanage')
    def test_ways_out_of_error(self, action):
        self.assertIsNone(guard.require(server(status='error'), action))

    def test_one_that_was_built_here_is_not_let_go(self):
        error = self.assertRaises(
            exceptions.NotAdopted,
            guard.require,
            server(adopted=False),
            'unmanage',
        )
        self.assertIn('delete it', error.detail)

    def test_one_without_a_machine_is_deleted_and_not_let_go(self):
        error = self.assertRaises(
            exceptions.NodeLost,
            guard.require,
            server(status='error', node_uuid=None),
            'unmanage',
        )
        self.assertIn('delete it', error.detail)

    def test_one_that_is_being_deleted_is_said_to_be_that(self):
        """Not that it has to be, though it has no machine any more."""
        error = self.assertRaises(
            exceptions.ServerBusy,
            guard.require,
            server(status='deleting', node_uuid=None),
            'unmanage',
        )
        self.assertEqual('server_busy', error.code)

    @ddt.data(
        ('managing', 'delete'),
        ('deleting', 'rebuild'),
        ('building', 'interface'),
        ('error', 'power'),
        ('powering-on', 'unmanage'),
        ('detached', 'floating_ip'),
    )
    @ddt.unpack
    def test_statuses_that_do_not_allow_it(self, status, action):
        error = self.assertRaises(
            exceptions.ServerBusy,
            guard.require,
            server(status=status),
            action,
        )
        self.assertIn(f'"{status}"', error.detail)
