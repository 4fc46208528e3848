"""Tests of moganclient.adoption.naming."""

from __future__ import annotations

import ddt
import hypothesis
from hypothesis import strategies
import testtools

from moganclient.adoption import naming
from moganclient import exceptions
from moganclient.tests.unit.adoption import plans
from moganclient.v1 import adoptable_node

NODE = {
    'uuid': plans.NODE,
    'name': 'rack1-u01',
    'resource_class': 'gold',
    'owner': 'shop',
    'conductor_group': 'east',
}


@ddt.ddt
class TestTemplate(testtools.TestCase):
    """Names of servers, made of their nodes."""

    def name(self, template, **changes):
        node = adoptable_node.AdoptableNode({**NODE, **changes})
        return naming.Template(template).name(node)

    @ddt.data(
        ('{name}', 'rack1-u01'),
        ('{uuid}', plans.NODE),
        ('{resource_class}-{name}', 'gold-rack1-u01'),
        ('{owner}.{conductor_group}', 'shop.east'),
        ('db-1', 'db-1'),
        ('{{{name}}} {{}}', '{rack1-u01} {}'),
        ('{name}{name}', 'rack1-u01rack1-u01'),
    )
    @ddt.unpack
    def test_name(self, template, name):
        self.assertEqual(name, self.name(template))

    def test_braces_of_a_node_stay(self):
        self.assertEqual('{uuid}', self.name('{name}', name='{uuid}'))

    @ddt.data(
        ('', 'it is empty'),
        ('{', 'a brace is alone'),
        ('x}', 'a brace is alone'),
        ('{name', 'a brace is alone'),
        ('{}', '{} names no field'),
        ('{0}', '{0} is not known'),
        ('{nmae}', '{nmae} is not known'),
        ('{power_state}', '{power_state} is not known'),
        ('{ name }', '{ name } is not known'),
        ('{name.__class__}', '{name.__class__} is not known'),
        ('{name[0]}', '{name[0]} is not known'),
        ('{name!r}', '{name} is put in as it is'),
        ('{name:>9}', '{name} is put in as it is'),
        ('{name:{owner}}', '{name} is put in as it is'),
    )
    @ddt.unpack
    def test_no_template(self, template, why):
        error = self.assertRaises(
            exceptions.ValidationError, naming.Template, template
        )

        self.assertIn(why, error.message)
        self.assertIn('Known are {name}, {uuid}, ', error.message)

    @ddt.data('name', 'resource_class', 'owner', 'conductor_group')
    def test_node_that_lacks_a_field(self, field):
        for nothing in (None, ''):
            with self.subTest(nothing):
                reason = self.name(f'x-{{{field}}}', **{field: nothing})

                self.assertEqual(f'no_{field}', reason['code'])
                self.assertIn(
                    f'has no {field.replace("_", " ")}', reason['message']
                )

    def test_field_that_is_not_in_the_template_may_be_lacking(self):
        self.assertEqual('rack1-u01', self.name('{name}', owner=None))

    def test_name_of_255_characters(self):
        self.assertEqual('x' * 255, self.name('{name}', name='x' * 255))

    def test_name_that_is_too_long(self):
        reason = self.name('{name}-x', name='y' * 254)

        self.assertEqual('invalid_name', reason['code'])
        self.assertIn('has 256 characters', reason['message'])

    @hypothesis.given(strategies.text() | strategies.text('{}name!:[.'))
    def test_any_text_is_a_template_or_a_fault(self, text):
        try:
            name = self.name(text)
        except exceptions.ValidationError as error:
            self.assertIn('The name template ', error.message)
        else:
            self.assertIsInstance(name, str | dict)
