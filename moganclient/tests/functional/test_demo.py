"""The demonstration works, and README.rst shows what it prints."""

from __future__ import annotations

import importlib
import pathlib
import re
import subprocess
import sys
import textwrap

import ddt
import testtools

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOOLS = ROOT / 'tools'
PROMPT = '$ openstack baremetalcompute '

#: Runs the main job with what is installed here, instead of in ``.venv``.
SCRIPT = """
import pathlib, sys
sys.path.insert(0, {tools!r})
import demo, environment
environment.BIN = pathlib.Path(sys.executable).parent
demo.job()
"""

#: Runs a script of tools/ that is interrupted when it has hardly begun.
INTERRUPTED = """
import runpy, sys
sys.path.insert(0, {tools!r})
sys.argv[1:] = []
import environment
def interrupted():
    raise KeyboardInterrupt
environment.create = interrupted
runpy.run_path({tools!r} + '/{script}', run_name='__main__')
"""


def _blocks(text: str) -> dict[str, str]:
    """Each command to what it printed, without what differs every time."""
    text = re.sub(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', 'UUID', text)
    text = re.sub(r'\d{4}-\d\d-\d\dT[0-9:.+]+', 'TIME', text)
    blocks = {}
    for part in text.split(PROMPT)[1:]:
        command, _, output = part.partition('\n')
        lines = []
        for line in output.splitlines():
            if not line.startswith(('|', '+')):
                break
            lines.append(line)
        blocks[command] = '\n'.join(lines)
    return blocks


@ddt.ddt
class InterruptTest(testtools.TestCase):
    @ddt.data('demo.py', 'run_tests.py')
    def test_ctrl_c_shows_no_traceback(self, script):
        done = subprocess.run(
            [
                sys.executable,
                '-c',
                INTERRUPTED.format(tools=str(TOOLS), script=script),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(
            (130, '', '\nStopped.\n'),
            (done.returncode, done.stdout, done.stderr),
        )


class DemoTest(testtools.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One run for all tests: it takes many seconds.
        cls.done = subprocess.run(
            [sys.executable, '-c', SCRIPT.format(tools=str(TOOLS))],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        cls.printed = _blocks(cls.done.stdout)

    def setUp(self):
        super().setUp()
        self.assertEqual(0, self.done.returncode, self.done.stderr)
        sys.path.insert(0, str(TOOLS))
        self.addCleanup(sys.path.remove, str(TOOLS))
        self.demo = importlib.import_module('demo')

    def test_runs_all_steps(self):
        self.assertEqual(
            [line for _, line in self.demo.STEPS], list(self.printed)
        )

    def test_takes_the_machine_over(self):
        [listed] = [
            output
            for line, output in self.printed.items()
            if line.startswith('server list')
        ]

        self.assertIn(self.demo.MACHINE, listed)
        self.assertIn('active', listed)

    def test_lets_go_of_it(self):
        again = self.printed[f'adoptable node list --name {self.demo.MACHINE}']

        self.assertIn(self.demo.MACHINE, again)

    def test_readme_shows_what_is_printed(self):
        readme = (ROOT / 'README.rst').read_text()
        start = readme.index('.. code-block:: console')
        shown = _blocks(textwrap.dedent(readme[start:].split('\n\n')[1]))

        self.assertTrue(shown)
        self.assertEqual(
            {command: self.printed.get(command) for command in shown}, shown
        )
