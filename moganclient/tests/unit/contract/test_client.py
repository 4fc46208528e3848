"""The client reads what a retired server answered, and asks as it was asked.

One test for each recorded exchange: a server that speaks as in the recording
is asked by the call that the request belongs to.  What comes out is the
answer, or its error as an exception with the sentence; what was sent is what
was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
import json
import re
from typing import Any
import urllib.parse

from keystoneauth1 import session as ksa_session
from keystoneauth1 import token_endpoint
import requests_mock as mock
from requests_mock.contrib import fixture as requests_mock
import testtools

from moganclient import exceptions
from moganclient import resource
from moganclient import retries
from moganclient.tests.contract import captures
from moganclient.tests.unit.contract import calls
from moganclient import transport
from moganclient.v1 import adoptable_node
from moganclient.v1 import client

ENDPOINT = 'http://mogan.example:6688'

#: What the client refuses before anything is sent; the answer is read all the
#: same, as an older client would have got it.
REFUSED: dict[str, type[exceptions.ClientException]] = {
    'flavor-create-missing-description-400': exceptions.RetiredServer,
    'flavor-create-null-description-400': exceptions.RetiredServer,
    'flavor-create-resource-zero-400': exceptions.ValidationError,
    'flavor-patch-description-400': exceptions.RetiredServer,
    'flavor-patch-no-value-400': exceptions.ValidationError,
    'keypair-create-bad-name-400': exceptions.ValidationError,
    'keypair-create-bad-type-400': exceptions.ValidationError,
    'server-group-create-bad-policy-400': exceptions.ValidationError,
    'server-create-both-net-port-400': exceptions.ValidationError,
    'server-create-partition-too-small-400': exceptions.ValidationError,
    'servers-list-limit-0-400': exceptions.ValidationError,
    'servers-list-limit-abc-400': exceptions.ValidationError,
    'servers-list-sort-bad-dir': exceptions.ValidationError,
    'server-lock-bad-400': exceptions.ValidationError,
    'interface-attach-both-400': exceptions.ValidationError,
    'floatingip-add-not-ip-400': exceptions.ValidationError,
    'floatingip-remove-bad-400': exceptions.ValidationError,
    'console-null-type-400': exceptions.ValidationError,
    'flavors-list-limit-unknown-arg': exceptions.RetiredServer,
    'manageable-list-unknown-arg': exceptions.RetiredServer,
    'manage-extra-400': exceptions.RetiredServer,
    # It would wipe what was taken over, and cannot even do that.
    'managed-server-delete': exceptions.RetiredServer,
    'managed-server-rebuild': exceptions.RetiredServer,
    # Refused as such by the one call, and as no UUID by the other.
    'manage-node-name-not-uuid': exceptions.ClientException,
}


class Replay:
    """A retired server that gives the recorded answer, and then no more."""

    def __init__(
        self, http: requests_mock.Fixture, capture: captures.Capture
    ) -> None:
        self.capture = capture
        #: What came, but for the question who it is.
        self.asked: list[Any] = []
        http.register_uri(
            mock.ANY, re.compile(re.escape(ENDPOINT)), content=self._do
        )

    def _do(self, request: Any, context: Any) -> bytes:
        path = urllib.parse.urlsplit(request.url).path
        if path == '/v1' and self.capture.route:
            if self.capture.path == '/':
                # So that it is asked for its name.
                return b'{"id": "v1"}'
            return captures.everything()['v1'].body
        self.asked.append(request)
        if len(self.asked) == 1:
            context.status_code = self.capture.status
            context.headers.update(self.capture.headers)
            return self.capture.body
        # The page after the last one.
        (collection,) = self.capture.response
        return json.dumps({collection: []}).encode()


class Base(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http = self.useFixture(requests_mock.Fixture())

    def replay(self, capture: captures.Capture) -> Replay:
        self.http.reset()
        return Replay(self.http, capture)

    def auth(self, capture: captures.Capture) -> Any:
        if capture.as_user == 'no token':
            return None
        return token_endpoint.Token(ENDPOINT, f'of {capture.as_user}')

    def client(self, capture: captures.Capture) -> client.Client:
        return client.Client(
            session=ksa_session.Session(self.auth(capture)),
            endpoint=ENDPOINT,
            retry=retries.Policy(0),
        )

    def transport(self, capture: captures.Capture) -> transport.Transport:
        return transport.Transport(
            ksa_session.Session(self.auth(capture)),
            endpoint_override=ENDPOINT,
            policy=retries.Policy(0),
        )

    # What was sent.

    def assert_sent(
        self, replay: Replay, *, body: bool = True, pages: bool = True
    ) -> None:
        """It is what was recorded, and the pages after it."""
        first, *rest = replay.asked
        capture = replay.capture
        url = urllib.parse.urlsplit(first.url)
        path = urllib.parse.urlsplit(capture.path).path
        self.assertEqual((capture.method, path), (first.method, url.path))
        self.assertEqual(capture.query, _query(first))
        if body:
            said = capture.request
            if isinstance(said, str):
                said = json.loads(said)
            self.assertEqual(
                calls.explicit(capture.route, said),
                calls.explicit(
                    capture.route, first.json() if first.body else None
                ),
            )
        token = first.headers.get('X-Auth-Token')
        if capture.as_user == 'no token':
            self.assertIsNone(token)
        else:
            self.assertEqual(f'of {capture.as_user}', token)
        for request in self.http.request_history:
            self.assertNotIn('OpenStack-API-Version', request.headers)
        page = None
        if pages and capture.route.startswith('/servers'):
            page = (capture.response or {}).get('servers')
        if not page:
            self.assertEqual([], rest)
            return
        # An empty page would be the last one.
        (following,) = rest
        self.assertEqual(
            {**capture.query, 'marker': page[-1]['uuid']}, _query(following)
        )

    # What came out.

    def assert_error(
        self, capture: captures.Capture, error: exceptions.HttpError
    ) -> None:
        """It is the kind of error that was answered, with its sentence."""
        self.assertIs(exceptions.class_of(capture.status), type(error))
        self.assertEqual(capture.status, error.http_status)
        self.assertEqual(
            capture.headers.get('Openstack-Request-Id'), error.request_id
        )
        self.assertIn(_sentence(capture), error.message)
        # Neither JSON nor HTML nor a schema is left in it.
        for left in '{"', '<', 'Failed validating', 'error_message', '\n':
            self.assertNotIn(left, error.message)

    def assert_result(self, capture: captures.Capture, result: Any) -> None:
        """It says what was answered."""
        answer = capture.response
        if answer is None:
            self.assertIsNone(result)
        elif not capture.route.strip('/'):
            self.assertEqual('1.0', result)
        elif isinstance(result, resource.Resource):
            self._assert_told(answer, result)
        else:
            ((_, told),) = answer.items()
            self.assertEqual(len(told), len(result))
            for one, found in zip(told, result, strict=True):
                self._assert_told(one, found)

    def _assert_told(self, answer: Any, found: Any) -> None:
        if isinstance(found, adoptable_node.AdoptableNode):
            self._assert_told_of_node(answer, found)
        elif isinstance(found, resource.Resource):
            self.assertEqual(answer, found.to_dict())
            for name, value in answer.items():
                self.assertEqual(value, getattr(found, name))
        else:
            self.assertEqual(answer, found)

    def _assert_told_of_node(
        self, answer: dict[str, Any], node: adoptable_node.AdoptableNode
    ) -> None:
        """In the words of today."""
        self.assertTrue(node.adoptable)
        self.assertEqual([], node.reasons)
        for name, value in answer.items():
            if name in ('ports', 'portgroups'):
                value = [
                    {
                        name.replace('neutron_port_id', 'vif_port_id'): told
                        for name, told in nic.items()
                    }
                    for nic in value
                ]
            self.assertEqual(value, getattr(node, name))
        carried = [nic['neutron_port_id'] for nic in answer['ports']]
        self.assertEqual(list(filter(None, carried)), node.carried_ports())


class TestExchange(Base):
    """One test for each exchange, made below."""

    def call(self, capture: captures.Capture) -> None:
        """The call that makes the request."""
        for call in calls.of(capture):
            replay = self.replay(capture)
            if capture.status < 400:
                self.assert_result(capture, call(self.client(capture)))
            else:
                error = self.assertRaises(
                    exceptions.HttpError, call, self.client(capture)
                )
                self.assert_error(capture, error)
            self.assert_sent(replay)

    def refuse(self, capture: captures.Capture) -> None:
        """The call that would make the request, if the client let it."""
        for call in calls.of(capture):
            replay = self.replay(capture)
            self.assertRaises(
                REFUSED[capture.name], call, self.client(capture)
            )
            self.assertEqual([], replay.asked)

    def read(self, capture: captures.Capture) -> None:
        """The transport, which sends anything."""
        replay = self.replay(capture)
        url = urllib.parse.urlsplit(capture.path)
        # The transport's paths are below /v1, these not all.
        path = url.path.removeprefix('/v1')
        if path == url.path:
            path = f'/..{path}'
        arguments: dict[str, Any] = {
            'params': capture.query,
            'body': capture.request,
        }
        used = self.transport(capture)
        if capture.status < 400:
            found = used.request(capture.method, path, **arguments)
            self.assertEqual(capture.response, found)
        else:
            error = self.assertRaises(
                exceptions.HttpError,
                used.request,
                capture.method,
                path,
                **arguments,
            )
            self.assert_error(capture, error)
        # A body that is no JSON cannot be sent.
        body = not isinstance(capture.request, str)
        self.assert_sent(replay, body=body, pages=False)


def _query(request: Any) -> dict[str, str]:
    text = urllib.parse.urlsplit(request.url).query
    return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))


def _sentence(capture: captures.Capture) -> str:
    """What the error says to people, decoded as often as it was encoded."""
    answer = capture.response
    if answer is None:
        return f'answered with {capture.status}'
    if 'error' in answer:
        return str(answer['error']['message'])
    text = answer['error_message']
    if text.startswith('{'):
        fault = json.loads(text)
        text = fault.get('faultstring') or fault['title']
    text = re.sub('<title>.*</title>', '', text, flags=re.DOTALL)
    text = re.sub('<[^>]*>', '', text)
    return ' '.join(text.strip().partition('\n')[0].split())


def _test(
    check: Callable[[TestExchange, captures.Capture], None],
    capture: captures.Capture,
) -> Callable[[TestExchange], None]:
    def test(self: TestExchange) -> None:
        check(self, capture)
        if capture.name in REFUSED:
            self.read(capture)

    return test


def _name(capture: captures.Capture) -> str:
    return 'test_' + re.sub('[^a-z0-9]', '_', capture.name)


def _check(
    capture: captures.Capture,
) -> Callable[[TestExchange, captures.Capture], None]:
    if capture.name in REFUSED:
        return TestExchange.refuse
    if capture.name in calls.NO_CALL:
        return TestExchange.read
    return TestExchange.call


for _one in captures.everything().values():
    setattr(TestExchange, _name(_one), _test(_check(_one), _one))


class TestEach(testtools.TestCase):
    def test_there_is_a_test_for_each(self):
        tests = [
            name for name in dir(TestExchange) if name.startswith('test_')
        ]
        self.assertEqual(
            sorted(map(_name, captures.everything().values())), sorted(tests)
        )
        self.assertEqual(captures.COUNT, len(tests))

    def test_what_is_said_of_one_is_said_of_one_that_there_is(self):
        for names in set(REFUSED), calls.NO_CALL:
            self.assertEqual(set(), names - set(captures.everything()))
        self.assertEqual(set(), set(REFUSED) & calls.NO_CALL)

    def test_most_belong_to_a_call(self):
        self.assertLess(len(calls.NO_CALL) + len(REFUSED), captures.COUNT / 4)
