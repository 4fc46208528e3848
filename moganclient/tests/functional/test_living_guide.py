"""The guide to living with servers does what it says, on a laptop.

Every command of the page is run in its order, against the service with its
sample inventory.  One below which the page shows a sentence has to fail with
that sentence.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import re
import shlex

import fixtures

from moganclient.tests.functional import living

GUIDE = (
    pathlib.Path(__file__).resolve().parents[3]
    / 'doc'
    / 'source'
    / 'user'
    / 'living-with-servers.rst'
)
_BLOCK = re.compile(r'^\.\. code-block:: console\n\n((?:   .*\n|\n)+)', re.M)
_PROGRAM = ['openstack', 'baremetalcompute']
#: What the page says to put where it has a name.
_PUT = re.compile(r'^``([a-z0-9-]+)`` +``([0-9a-f-]{36})``$', re.M)
#: Those of the page are of another day.
_UUID = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')


@dataclasses.dataclass
class Step:
    """A command of the page, and what it shows below."""

    words: list[str]
    said: list[str]

    @property
    def into(self) -> str | None:
        """The file that standard output goes to."""
        return self.words[-1] if '>' in self.words else None

    @property
    def command(self) -> list[str]:
        words = self.words[:-2] if self.into else self.words
        return [ids().get(word, word) for word in words]


@functools.cache
def ids() -> dict[str, str]:
    """What is to be put for the page's names where nobody knows them."""
    return dict(_PUT.findall(GUIDE.read_text()))


def steps() -> list[Step]:
    """The commands of the page, in order."""
    found: list[Step] = []
    for block in _BLOCK.findall(GUIDE.read_text()):
        text = re.sub(r' *\\\n *', ' ', block)
        for line in filter(None, map(str.strip, text.splitlines())):
            if line.startswith('$ '):
                found.append(Step(shlex.split(line[2:]), []))
            else:
                found[-1].said.append(line)
    return found


class TestGuide(living.TestCase):
    def setUp(self) -> None:
        super().setUp()
        # The page makes its own.
        for name in ('general', 'gold'):
            self.run_(f'flavor delete {name}')
        directory = self.useFixture(fixtures.TempDir()).path
        before = pathlib.Path.cwd()
        self.addCleanup(os.chdir, before)
        os.chdir(directory)
        pathlib.Path('cloud-init.yaml').write_text('#cloud-config\n')

    def made_port(self) -> str:
        """The port that the page has made in another network."""
        (port,) = (
            nic['Port ID']
            for nic in self.json('server netinfo web')
            if nic['Network ID'] == living.STORAGE
        )
        return str(port)

    def take(self, step: Step) -> None:
        self.assertEqual(_PROGRAM, step.words[:2])
        command = step.command
        if command[2:5] == ['server', 'remove', 'port']:
            command[-1] = self.made_port()
        done = self.openstack.run(command[1:], ok=not step.said)
        if step.into:
            pathlib.Path(step.into).write_text(done.stdout)
        for line in step.said:
            self.assertIn(
                _UUID.sub('UUID', line), _UUID.sub('UUID', done.stderr)
            )

    def test_every_command_does_what_the_page_says(self):
        page = steps()
        self.assertTrue(len(page) > 40, len(page))

        for step in page:
            self.take(step)

        self.assertEqual([], self.json('server list'))
