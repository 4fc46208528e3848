"""Tests of the sentences about faulty bodies."""

from __future__ import annotations

import copy
from typing import Any

import ddt
import testtools

from moganclient.v1 import schemas
from moganclient.v1 import validation

UUID = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'

GOOD: dict[str, Any] = {
    'name': 'db-3',
    'node_uuid': UUID,
    'flavor_uuid': UUID,
    'networks': [{'port_id': UUID}],
}


@ddt.ddt
class TestFaults(testtools.TestCase):
    def manage(self, version: tuple[int, int] = (1, 2), **more: Any) -> Any:
        body = copy.deepcopy(GOOD) | more
        return validation.faults(body, schemas.manage(version))

    def test_a_good_body_has_none(self):
        self.assertEqual([], self.manage())

    def test_each_missing_member_is_one_sentence(self):
        self.assertEqual(
            [
                'name is missing',
                'node_uuid is missing',
                'flavor_uuid is missing',
                'networks is missing',
            ],
            validation.faults({}, schemas.MANAGE_1_1),
        )

    @ddt.data(
        ({'name': 5}, 'name: 5 is not a string'),
        ({'name': None}, 'name: null is not a string'),
        ({'name': ''}, 'name is empty'),
        ({'node_uuid': 'abc'}, "node_uuid: 'abc' is not a UUID"),
        ({'networks': []}, 'networks is empty: at least one is needed'),
        ({'networks': {}}, 'networks: an object is not an array'),
        (
            {'networks': [{'port_id': 'abc'}]},
            "networks[0].port_id: 'abc' is not a UUID",
        ),
        ({'networks': [{}]}, 'networks[0].port_id is missing'),
        (
            {'networks': [{'port_id': UUID, 'vif': 1}]},
            'networks[0].vif is not known here; known are port_id, port_type',
        ),
        ({'metadata': {'a': 5}}, 'metadata.a: 5 is not a string'),
        (
            {'metadata': {'a/b': 'c'}},
            "metadata: the key 'a/b' is not 1 to 255 letters, digits, spaces "
            'and .:_-',
        ),
        (
            {'metadata': {'a': True}},
            'metadata.a: true is not a string',
        ),
        ({'metadata': {5: 'a'}}, 'metadata: the key 5 is not a string'),
    )
    @ddt.unpack
    def test_sentence_names_place_and_value(self, more, sentence):
        self.assertEqual([sentence], self.manage(**more))

    def test_a_name_of_255_characters_is_good(self):
        self.assertEqual([], self.manage(name='é' * 255))

    def test_a_long_name_is_counted_and_cut(self):
        (sentence,) = self.manage(name='x' * 256)
        self.assertIn('256 characters, it may have up to 255', sentence)
        self.assertLess(len(sentence), 150)

    def test_uuid_is_not_known_at_1_2(self):
        (sentence,) = self.manage((1, 2), uuid=UUID)
        self.assertIn('uuid is not known here', sentence)

    def test_uuid_is_one(self):
        (sentence,) = self.manage((1, 3), uuid='db-3')
        self.assertEqual("uuid: 'db-3' is not a UUID", sentence)

    def test_project_is_not_known_at_1_1(self):
        (sentence,) = self.manage((1, 1), project_id='p')
        self.assertIn('project_id is not known here', sentence)

    @ddt.data(
        UUID + '\n',
        UUID.replace('-', ''),
        '{' + UUID + '}',
        'urn:uuid:' + UUID,
        UUID[:-1] + 'g',
    )
    def test_only_the_plain_spelling_is_a_uuid(self, value):
        self.assertEqual(1, len(self.manage(node_uuid=value)))

    def test_upper_case_is_a_uuid(self):
        self.assertEqual([], self.manage(node_uuid=UUID.upper()))

    def test_a_body_that_is_no_object(self):
        self.assertEqual(
            ['The body: an array is not an object'],
            validation.faults([], schemas.MANAGE_1_1),
        )

    def test_many_faults_are_counted(self):
        ports = [{'port_id': str(n)} for n in range(60)]
        said = self.manage(networks=ports)
        self.assertEqual(validation.MAX_FAULTS + 1, len(said))
        self.assertEqual('And 40 faults more.', said[-1])

    def test_faults_are_in_the_order_of_the_document(self):
        ports = [{'port_id': str(n)} for n in range(12)]
        places = [fault.split(':')[0] for fault in self.manage(networks=ports)]
        self.assertEqual([f'networks[{n}].port_id' for n in range(12)], places)

    @ddt.data(
        ({'b': 0}, 'resources.b: 0 is less than 1'),
        (
            {'b': 'x'},
            "resources.b: 'x' is not a whole number of at least 1",
        ),
        ({'b': True}, 'resources.b: true is not a whole number or a string'),
        ({}, 'resources is empty: at least one is needed'),
    )
    @ddt.unpack
    def test_flavor_resources(self, resources, sentence):
        body = {'name': 'gold', 'resources': resources}
        self.assertEqual(
            [sentence], validation.faults(body, schemas.FLAVOR_CREATE)
        )

    def test_a_patch_operation_that_is_not_known(self):
        body = [{'op': 'test', 'path': '/name', 'value': 'x'}]
        self.assertEqual(
            ["[0].op: 'test' is not one of 'add', 'replace', 'remove'"],
            validation.faults(body, schemas.JSON_PATCH),
        )


@ddt.ddt
class TestLocated(testtools.TestCase):
    def places(self, schema: Any = schemas.MANAGE_1_2, **more: Any) -> Any:
        body = copy.deepcopy(GOOD) | more
        return [path for path, _ in validation.located(body, schema)]

    def test_a_good_body_has_none(self):
        self.assertEqual([], self.places())

    @ddt.data(
        ({'name': 5}, ('name',)),
        ({'networks': [{'port_id': UUID}, {}]}, ('networks', 1, 'port_id')),
        (
            {'networks': [{'port_id': UUID, 'vif': 1}]},
            ('networks', 0, 'vif'),
        ),
        ({'metadata': {'a/b': 'c'}}, ('metadata', 'a/b')),
        ({'metadata': {5: 'a'}}, ('metadata',)),
    )
    @ddt.unpack
    def test_place_is_the_key_that_is_wrong(self, more, path):
        self.assertEqual([path], self.places(**more))

    def test_the_body_itself_has_no_steps(self):
        ((path, _),) = validation.located([], schemas.MANAGE_1_2)
        self.assertEqual((), path)

    def test_many_faults_are_all_told(self):
        ports = [{'port_id': str(n)} for n in range(60)]
        self.assertEqual(
            [('networks', n, 'port_id') for n in range(60)],
            self.places(networks=ports),
        )

    def test_sentences_are_those_of_faults(self):
        body = {'name': 5, 'networks': [{}]}
        self.assertEqual(
            validation.faults(body, schemas.MANAGE_1_2),
            [
                sentence
                for _, sentence in validation.located(body, schemas.MANAGE_1_2)
            ],
        )


class TestEverySchemaHasWords(testtools.TestCase):
    """A keyword or a pattern without words would show a dump."""

    def test_patterns(self):
        for schema in (
            schemas.MANAGE_1_3,
            schemas.FLAVOR_CREATE,
            schemas.JSON_PATCH,
            schemas.SERVER_MUTABLE,
            schemas.FLAVOR_MUTABLE,
        ):
            for pattern in self._patterns(schema):
                self.assertNotIn('a match for', validation._words(pattern))

    def _patterns(self, node: Any) -> list[str]:
        found: list[str] = []
        if isinstance(node, dict):
            if isinstance(node.get('pattern'), str):
                found.append(node['pattern'])
            found.extend(node.get('patternProperties', {}))
            for member in node.values():
                found.extend(self._patterns(member))
        return found
