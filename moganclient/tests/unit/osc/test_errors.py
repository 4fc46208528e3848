"""Tests of what an operator reads when something goes wrong."""

from __future__ import annotations

from osc_lib import exceptions as osc_exceptions
import testtools

from moganclient.adoption import errors as adoption
from moganclient import exceptions
from moganclient.osc import errors


class TestSentence(testtools.TestCase):
    def test_a_conflict_is_its_sentence(self):
        error = exceptions.Conflict(
            'No.', request_id='req-1', url='http://x', http_status=409
        )
        self.assertEqual('No.', errors.sentence(error))

    def test_a_failure_of_the_service_can_be_looked_up(self):
        error = exceptions.InternalServerError('Oops.', request_id='req-1')
        self.assertEqual('Oops. (Request-ID: req-1)', errors.sentence(error))

    def test_no_endpoint_says_what_to_set(self):
        said = errors.sentence(exceptions.EndpointNotFound('Nowhere.'))
        self.assertIn('baremetal_compute_endpoint_override', said)

    def test_a_version_names_the_option(self):
        said = errors.sentence(exceptions.UnsupportedVersion('Too old.'))
        self.assertIn('--os-baremetal-compute-api-version', said)

    def test_no_version_helps_with_a_retired_server(self):
        said = errors.sentence(exceptions.RetiredServer('It cannot.'))
        self.assertEqual('It cannot.', said)

    def test_another_endpoint_names_the_option(self):
        said = errors.sentence(adoption.OtherEndpoint('Another.'))
        self.assertEqual(
            'Another. See --any-endpoint if it is the same cloud.', said
        )

    def test_nothing_adoptable_names_the_command(self):
        said = errors.sentence(adoption.NothingAdoptable('Nothing.'))
        self.assertIn('adoptable node list --all', said)

    def test_no_flavor_names_the_option(self):
        said = errors.sentence(
            exceptions.CannotChoose('None fits.', argument='flavor')
        )
        self.assertIn('--flavor', said)
        self.assertIn('flavor create', said)

    def test_several_flavors_are_no_reason_to_create_one(self):
        said = errors.sentence(
            exceptions.CannotChoose(
                'Several.', argument='flavor', candidates=['a', 'b']
            )
        )
        self.assertEqual('Several. See --flavor.', said)

    def test_no_flavor_helps_a_node_without_a_class(self):
        said = errors.sentence(
            exceptions.CannotChoose(
                'It has no resource class.',
                argument='flavor',
                reasons=[{'code': 'no_resource_class', 'message': 'None.'}],
            )
        )
        self.assertEqual('It has no resource class.', said)


class TestExplained(testtools.TestCase):
    def test_the_library_s_errors_become_the_shell_s(self):
        def fail():
            with errors.explained():
                raise exceptions.NotFound('Not here.')

        error = self.assertRaises(osc_exceptions.CommandError, fail)
        self.assertEqual('Not here.', str(error))
        self.assertIsInstance(error.__cause__, exceptions.NotFound)

    def test_rows_that_fail_while_they_print(self):
        def rows():
            yield 1
            raise exceptions.ServiceUnavailable('Gone.')

        explained = errors.explained_rows(rows())
        self.assertEqual(1, next(explained))
        self.assertRaises(osc_exceptions.CommandError, next, explained)
