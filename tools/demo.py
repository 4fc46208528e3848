"""Take a machine over, on this computer: python3 tools/demo.py

Installs the client and the service into ``.venv``, starts the service as it is
without any configuration, with its sample inventory, and does the main job
with the real ``openstack`` command.  Nothing outside this directory is
touched: the service's data goes to a temporary directory.

The commands and what they print go to standard output, the rest to standard
error.  With ``--readme`` they go to README.rst too.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from typing import TYPE_CHECKING
import urllib.error
import urllib.request

import environment

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds in which the service has to answer.
PATIENCE = 60

#: The machine that is taken over, of the sample inventory.
MACHINE = 'rack7-u02'

STEPS = (
    (
        'Which machines run, and could be taken over?',
        'adoptable node list',
    ),
    (
        'And the others? Each says why not.',
        'adoptable node list --all -c Name -c Adoptable -c Reasons',
    ),
    (
        'A flavor says which machines its servers may have.',
        'flavor create gold --resource baremetal.gold=1 -c Name -c Resources',
    ),
    (
        'What would be taken over, without doing it:',
        f'server manage {MACHINE} --dry-run',
    ),
    (
        'Take it over. Nothing that runs on it notices.',
        f'server manage {MACHINE} -c UUID -c Name -c Status',
    ),
    (
        'It is a server now, like any other.',
        'server list -c Name -c Status -c Addresses',
    ),
    (
        'With what a server has.',
        f'server show {MACHINE}',
    ),
    (
        'And nobody else can have it.',
        f'adoptable node list --all --name {MACHINE} -c Name -c Reasons',
    ),
    (
        'Let go of it again: the machine is as it was before.',
        f'server unmanage {MACHINE}',
    ),
    (
        'And it could be taken over again.',
        f'adoptable node list --name {MACHINE}',
    ),
)

#: The beginnings of the commands that README.rst shows.
IN_README = (
    'adoptable node list --all -c',
    f'server manage {MACHINE} -c',
    'server list',
    f'server unmanage {MACHINE}',
)

ON_BY_HAND = """
That was it. To go on by hand, start the service in one terminal

    {bin}/moganclient-api

and in another say where it is, then try things out:

    export OS_AUTH_TYPE=none OS_ENDPOINT=http://127.0.0.1:6688
    {bin}/openstack baremetalcompute adoptable node list --all
    {bin}/openstack baremetalcompute adoptable node show {machine}
    {bin}/openstack help baremetalcompute server manage

Its machines are those of a sample inventory; doc/source/admin/inventory.rst
says how to write your own, and doc/source/user/taking-over.rst how machines of
a real cloud are taken over.
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


def _variables(data: str) -> dict[str, str]:
    """An environment without this user's clouds, configuration and data."""
    result = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(('OS_', 'MOGANCLIENT_', 'PYTHON'))
    }
    result.update(
        HOME=data,
        XDG_CONFIG_HOME=os.path.join(data, 'config'),
        XDG_DATA_HOME=os.path.join(data, 'data'),
        XDG_CACHE_HOME=os.path.join(data, 'cache'),
        PYTHONWARNINGS='ignore',
    )
    return result


@contextlib.contextmanager
def service(data: str) -> Iterator[str]:
    """The service, while the block runs; gives its URL.

    :raises SystemExit: it did not start; with its last words
    """
    port = _free_port()
    url = f'http://127.0.0.1:{port}'
    log = os.path.join(data, 'moganclient-api.log')
    with open(log, 'wb') as output:
        process = subprocess.Popen(
            [environment.BIN / 'moganclient-api', '--port', str(port)],
            env=_variables(data),
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        if not _answers(url, process):
            with open(log, errors='replace') as text:
                raise SystemExit(
                    'The service did not start:\n' + text.read()[-4000:]
                )
        yield url
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    """Whether the service says that it is fit to serve, before long."""
    end = time.monotonic() + PATIENCE
    # Not through a proxy that this computer may have.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end and process.poll() is None:
        try:
            with opener.open(f'{url}/healthcheck', timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def command(line: str, url: str, data: str) -> str:
    """Run ``openstack baremetalcompute LINE``; returns what it prints.

    :raises SystemExit: it failed
    """
    variables = _variables(data)
    variables.update(
        OS_AUTH_TYPE='none', OS_ENDPOINT=url, NO_PROXY='127.0.0.1'
    )
    done = subprocess.run(
        [environment.BIN / 'openstack', 'baremetalcompute', *line.split()],
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f'Failed with {done.returncode}: {line}')
    return done.stdout


def show(comment: str, line: str, url: str, data: str) -> str:
    """Run a command as a person would see it."""
    print(f'\n# {comment}')
    print(f'$ openstack baremetalcompute {line}', flush=True)
    output = command(line, url, data)
    print(output, end='', flush=True)
    return output


def job() -> dict[str, str]:
    """The main job, from start to stop; each command to what it printed."""
    with tempfile.TemporaryDirectory(prefix='moganclient-demo-') as data:
        environment.say('Starting the service')
        with service(data) as url:
            printed = {
                line: show(comment, line, url, data) for comment, line in STEPS
            }
            environment.say('\nStopping the service')
    return printed


def write_readme(printed: dict[str, str]) -> None:
    """Put what was printed into the first block of README.rst."""
    shown = ''.join(
        f'$ openstack baremetalcompute {line}\n{output}'
        for line, output in printed.items()
        if line.startswith(IN_README)
    )
    path = environment.ROOT / 'README.rst'
    block = re.compile(r'(?<=code-block:: console\n\n)( {3}.*\n)+')
    path.write_text(
        block.sub(
            lambda _: textwrap.indent(shown, '   '), path.read_text(), count=1
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        '--readme', action='store_true', help='write it to README.rst too'
    )
    options = parser.parse_args()
    environment.create()
    environment.say('Installing the client and the service')
    environment.install('-e', '.[cli,service]')
    printed = job()
    if options.readme:
        write_readme(printed)
    directory = environment.BIN.relative_to(environment.ROOT)
    print(ON_BY_HAND.format(bin=directory, machine=MACHINE))
    return 0


if __name__ == '__main__':
    sys.exit(environment.run(main))
