"""Tests of the tree of errors."""

from __future__ import annotations

import inspect
import pickle

import ddt
from keystoneauth1 import exceptions as ksa
import testtools

from moganclient import exceptions

ALL = [
    found
    for _, found in inspect.getmembers(exceptions, inspect.isclass)
    if issubclass(found, BaseException)
]
#: Those of which keystoneauth1 has one too; TooManyRequests has only newer.
NAMESAKES = [
    (found, getattr(ksa, found.__name__))
    for found in ALL
    if hasattr(ksa, found.__name__) and found is not exceptions.TooManyRequests
]


@ddt.ddt
class TestTree(testtools.TestCase):
    @ddt.data(*ALL)
    def test_is_of_both_trees(self, cls):
        self.assertTrue(issubclass(cls, exceptions.ClientException))
        self.assertTrue(issubclass(cls, ksa.ClientException))

    @ddt.data(*NAMESAKES)
    @ddt.unpack
    def test_class_of_the_same_name_is_an_ancestor(self, cls, namesake):
        self.assertTrue(issubclass(cls, namesake))

    @ddt.data(*ALL)
    def test_survives_pickle_with_all_it_knows(self, cls):
        error = cls(
            'Something',
            code='baremetal-compute.x',
            http_status=418,
            request_id='req-1',
            details=[{'a': 1}],
            reasons=[{'code': 'c', 'message': 'm'}],
            server_uuid='4f0c',
            method='GET',
            url='http://x',
            retry_after=3,
        )
        copy = pickle.loads(pickle.dumps(error))
        self.assertIs(cls, type(copy))
        self.assertEqual(vars(error), vars(copy))
        self.assertEqual(str(error), str(copy))

    @ddt.data(*ALL)
    def test_says_something_without_being_told_what(self, cls):
        self.assertNotEqual('', str(cls()))

    def test_text_has_status_and_request(self):
        error = exceptions.NotFound('No x.', request_id='req-1', url='http://')
        self.assertEqual('No x. (HTTP 404) (Request-ID: req-1)', str(error))
        self.assertEqual('No x.', error.message)

    def test_text_of_what_no_answer_said_has_no_status(self):
        self.assertEqual('No x.', str(exceptions.NotFound('No x.')))

    def test_a_bad_argument_is_a_value_error(self):
        self.assertTrue(issubclass(exceptions.ValidationError, ValueError))

    @ddt.data(400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422)
    def test_same_class_as_keystoneauth_for(self, status):
        ours = exceptions.class_of(status)
        (theirs,) = (
            found
            for found in ksa.HTTPClientError.__subclasses__()
            if found.http_status == status
            and found.__module__.startswith('keystoneauth1')
        )
        self.assertTrue(issubclass(ours, theirs))
