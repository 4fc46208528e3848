"""Every code that an error can have is in the API reference."""

from __future__ import annotations

import pathlib
import re

import testtools

import moganclient
from moganclient.service.api import faults
from moganclient.service import exceptions

_PACKAGE = pathlib.Path(moganclient.__file__).parent / 'service'
REFERENCE = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc/source/reference/api.rst'
)

#: Bases of others, which are told more precisely in every case.
_BASES = frozenset(
    {
        'bad_request',
        'conflict',
        'header_too_large',
        'not_acceptable',
        'port_conflict',
        'upstream_conflict',
    }
)


def _classes(cls: type) -> set[type]:
    return {cls}.union(*(_classes(one) for one in cls.__subclasses__()))


class CodeTest(testtools.TestCase):
    def test_every_code_is_in_the_reference(self):
        codes = {one.code for one in _classes(exceptions.ServiceError)}
        codes.update(faults._CODES.values())
        for path in _PACKAGE.rglob('*.py'):
            codes.update(re.findall(r"\bcode='([a-z_]+)'", path.read_text()))
        documented = set(re.findall('``([a-z_]+)``', REFERENCE.read_text()))
        self.assertEqual(set(), codes - documented - _BASES)
