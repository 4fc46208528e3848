"""The most memory that one ``openstack`` command took.

``python _peak.py FILE ARGUMENTS...`` runs ``openstack ARGUMENTS...`` in this
process, which is all that it does, and writes the megabytes of its peak to a
file at the end.  What a parent is told of a child that it waited for would
be the parent's own peak where that is higher.
"""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from collections.abc import Sequence
import pathlib
import subprocess
import sys
import tempfile


def megabytes() -> float:
    """The peak of this process, 0 where the kernel tells none."""
    status = pathlib.Path('/proc/self/status')
    if not status.exists():
        return 0.0
    for line in status.read_text().splitlines():
        if line.startswith('VmHWM'):
            return int(line.split()[1]) / 1024
    return 0.0


def of(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    expected: Sequence[int] = (0,),
) -> tuple[float, str]:
    """The peak of an ``openstack`` command, and what it wrote.

    :param expected: exit codes that are right
    :raises RuntimeError: it ended in another way
    """
    with tempfile.NamedTemporaryFile('r') as peak:
        done = subprocess.run(
            [sys.executable, __file__, peak.name, *arguments],
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in expected:
            command = ' '.join(arguments)
            raise RuntimeError(
                f'{done.returncode} from {command}\n{done.stderr}'
            )
        return float(peak.read()), done.stdout


def main() -> None:
    from openstackclient import shell

    path, *arguments = sys.argv[1:]
    atexit.register(lambda: pathlib.Path(path).write_text(str(megabytes())))
    sys.argv = ['openstack', *arguments]
    sys.exit(shell.main(arguments))


if __name__ == '__main__':
    main()
