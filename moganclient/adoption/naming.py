"""Names of servers, made of what is known about their nodes."""

from __future__ import annotations

import string
from typing import Any

from moganclient import exceptions
from moganclient.v1 import adoptable_node
from moganclient.v1 import preparation
from moganclient.v1 import schemas

#: What a template can have in braces: fields of a node.
FIELDS = ('name', 'uuid', 'resource_class', 'owner', 'conductor_group')

_RULE: dict[str, Any] = schemas.MANAGE_1_2['properties']['name']

#: A reason why a node is left out, as the service tells its own.
Reason = dict[str, str]


class Template:
    """A template like ``{name}-{resource_class}``.

    ``{{`` and ``}}`` are braces.
    """

    def __init__(self, text: str) -> None:
        """Read a template.

        :raises moganclient.exceptions.ValidationError: it is none
        """
        self.text = text
        #: Texts, each with the field that comes after it, if one does.
        self._parts: list[tuple[str, str | None]] = []
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError:
            raise self._fault(
                'a brace is alone in it; write {{ or }} for a brace in the '
                'name'
            ) from None
        for before, field, spec, conversion in parts:
            if field is not None:
                self._check_field(field, spec, conversion)
            self._parts.append((before, field))
        if not self._parts:
            raise self._fault('it is empty')

    def __repr__(self) -> str:
        return f'<Template {self.text!r}>'

    def _fault(self, why: str) -> exceptions.ValidationError:
        known = ', '.join(f'{{{field}}}' for field in FIELDS)
        return exceptions.ValidationError(
            f'The name template {self.text!r} cannot be used: {why}. Known '
            f'are {known}.'
        )

    def _check_field(
        self, field: str, spec: str | None, conversion: str | None
    ) -> None:
        if spec or conversion:
            raise self._fault(
                f'{{{field}}} is put in as it is, without ! or : and what '
                'comes after'
            )
        if field not in FIELDS:
            raise self._fault(
                f'{{{field}}} is not known' if field else '{} names no field'
            )

    def name(self, node: adoptable_node.AdoptableNode) -> str | Reason:
        """The name for a node's server, or why there is none.

        :param node: with the fields that the template has
        """
        name = ''
        for before, field in self._parts:
            name += before
            if field is None:
                continue
            value = getattr(node, field)
            if not value:
                return self._lacking(node, field)
            name += str(value)
        if len(name) < _RULE['minLength'] or len(name) > _RULE['maxLength']:
            return {
                'code': 'invalid_name',
                'message': (
                    f'By the template {self.text!r}, the name of the server '
                    f'of {preparation.describe(node)} has {len(name)} '
                    f'characters, and it may have {_RULE["minLength"]} to '
                    f'{_RULE["maxLength"]}.'
                ),
            }
        return name

    def _lacking(
        self, node: adoptable_node.AdoptableNode, field: str
    ) -> Reason:
        word = field.replace('_', ' ')
        what = preparation.describe(node)
        return {
            'code': f'no_{field}',
            'message': (
                f'N{what[1:]} has no {word}, and by the template '
                f'{self.text!r} the name of its server is made of that: set '
                'it in Ironic, or use another template.'
            ),
        }
