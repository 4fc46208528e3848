"""What the tests of the commands of plans run them with."""

from __future__ import annotations

from typing import Any

from moganclient.tests.functional import shell
from moganclient.tests.unit.adoption import cloud

COMMAND = ('baremetalcompute', 'adoption', 'plan')


class TestCase(cloud.TestCase):
    """The real shell, a small cloud behind HTTP, and a plan for it."""

    def setUp(self) -> None:
        super().setUp()
        self.shell = self.useFixture(
            shell.OpenStackShell(
                '--os-auth-type', 'none', '--os-endpoint', cloud.ENDPOINT
            )
        )

    def openstack(
        self, verb: str, *arguments: str, code: int = 0, quiet: bool = False
    ) -> shell.Result:
        """Run a command on the plan, and look how it ends."""
        ended = self.shell.run(
            [
                *(['--quiet'] if quiet else []),
                *COMMAND,
                verb,
                str(self.path),
                *arguments,
            ],
            ok=not code,
        )
        self.assertEqual(code, ended.code, ended)
        return ended

    def json(self, verb: str, *arguments: str, code: int = 0) -> Any:
        """The same with ``-f json``."""
        return self.openstack(verb, *arguments, '-f', 'json', code=code).json

    def reason(self, number: int, code: str = 'not_active') -> None:
        """From here on something is in the way of a node."""
        self.cloud.nodes[cloud.node_uuid(number)].update(
            adoptable=False,
            reasons=[{'code': code, 'message': f'It is {code}.'}],
        )

    def writes(self) -> list[str]:
        """What was asked of the cloud that is more than a question."""
        return [one for one in self.cloud.asked if not one.startswith('GET')]
