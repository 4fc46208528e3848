"""Plans, and files of them, for tests."""

from __future__ import annotations

import pathlib
import uuid

import fixtures
from hypothesis import strategies
import testtools
from testtools import matchers

from moganclient.adoption import errors
from moganclient.adoption import plan

ENDPOINT = 'http://mogan.test:6688/v1'
NODE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c1aa'
OTHER_NODE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c1ab'
PORT = '3be26c0b-03f2-4d2e-ae87-c02d7f33c1cc'
OTHER_PORT = '3be26c0b-03f2-4d2e-ae87-c02d7f33c1cd'

#: A plan up to its servers; the first of them begins in line 5.
HEAD = f'version: 1\ncloud:\n  endpoint: {ENDPOINT}\nservers:\n'

#: A server of five lines.
SERVER = f"""\
- node: {NODE}
  name: db-1
  flavor: gold
  ports:
  - {PORT}
"""

#: Another one.
OTHER = f"""\
- node: {OTHER_NODE}
  name: db-2
  flavor: gold
  ports:
  - {OTHER_PORT}
"""

#: Strings that YAML takes for something else, or that break lines and quotes.
ODD = (
    'no', 'Off', 'y', 'null', '~', '1', '1e3', '0x1f', '0o17', '1_000', '.5',
    '1:30', '2024-01-01', '=', '<<', ' leading', 'trailing ', '#', 'a #b',
    'a: b', 'a:', '- a', '-', '?', '&a', '*a', '!a', '%a', '@a', '`a', '|',
    '>', "'", '"', '"\'', '\\', '\\n', 'a\nb', 'a\r\nb', '\ta', '\x00', '\x7f',
    '\x85', '\u2028', '\ufeff', '\u202e', 'Größe', '機械', '\U0001f5a5', '[a',
    '{a', ',', '---', '...', '123456789012345678901234567890ab',
)  # fmt: skip

TEXTS = strategies.one_of(
    strategies.sampled_from(ODD),
    strategies.text(
        strategies.characters(codec='utf-8'), min_size=1, max_size=20
    ),
)
_UUIDS = strategies.uuids().map(str)
_METADATA = strategies.dictionaries(
    strategies.one_of(
        strategies.sampled_from(('no', '1', '2024-01-01', ' ', '-', 'a: b')),
        strategies.text('abzAZ019-_:. ', min_size=1, max_size=8),
    ),
    strategies.one_of(strategies.just(''), TEXTS),
    max_size=3,
)
_OPTIONAL = strategies.none() | TEXTS


@strategies.composite
def any_plan(draw: strategies.DrawFn) -> plan.Plan:
    """A plan that is good, with whatever texts in it."""
    names = draw(strategies.lists(TEXTS, min_size=1, max_size=3, unique=True))
    servers = []
    for name in names:
        ports = draw(
            strategies.lists(_UUIDS, min_size=1, max_size=2, unique=True)
        )
        servers.append(
            plan.PlannedServer(
                node=draw(_UUIDS),
                name=name,
                flavor=draw(TEXTS | _UUIDS),
                ports=ports,
                node_name=draw(_OPTIONAL),
                project=draw(_OPTIONAL),
                availability_zone=draw(_OPTIONAL),
                description=draw(_OPTIONAL),
                metadata=draw(_METADATA),
            )
        )
    left_out = draw(
        strategies.lists(
            strategies.builds(
                plan.LeftOut,
                node=_UUIDS,
                node_name=_OPTIONAL,
                reasons=strategies.lists(
                    strategies.fixed_dictionaries(
                        {'code': TEXTS, 'message': TEXTS}
                    ),
                    max_size=2,
                ),
            ),
            max_size=2,
        )
    )
    made = plan.Plan(
        ENDPOINT, servers, region=draw(_OPTIONAL), left_out=left_out
    )
    uses = [port for server in servers for port in server.ports]
    uses += [server.node for server in servers]
    # Hypothesis likes to draw the same UUID twice.
    if len(set(uses)) < len(uses):
        for server in servers:
            server.node = str(uuid.uuid5(uuid.NAMESPACE_DNS, server.name))
            server.ports = [str(uuid.uuid5(uuid.NAMESPACE_URL, server.name))]
    return made


def small() -> plan.Plan:
    """A plan of one machine."""
    return plan.Plan(
        ENDPOINT, [plan.PlannedServer(NODE, 'db-1', 'gold', [PORT])]
    )


class TestCase(testtools.TestCase):
    """A directory, and the faults of what is in it."""

    def setUp(self) -> None:
        super().setUp()
        self.directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def assert_begins(self, beginning: str, text: str) -> None:
        self.assertThat(text, matchers.StartsWith(beginning))

    def path(self, name: str = 'fleet.yaml') -> pathlib.Path:
        return self.directory / name

    def write(
        self, content: str | bytes, name: str = 'fleet.yaml'
    ) -> pathlib.Path:
        path = self.path(name)
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return path

    def load(
        self, content: str | bytes, name: str = 'fleet.yaml'
    ) -> plan.Plan:
        return plan.Plan.load(self.write(content, name))

    def faults(
        self, content: str | bytes, name: str = 'fleet.yaml'
    ) -> list[str]:
        """What is said about a file, without the directory."""
        error = self.assertRaises(errors.PlanError, self.load, content, name)
        return [
            fault.removeprefix(f'{self.directory}/') for fault in error.faults
        ]
