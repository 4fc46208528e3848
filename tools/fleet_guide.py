"""Run what doc/source/user/fleet.rst shows: python3 tools/fleet_guide.py

Starts the service with the four hundred machines of fleet_inventory.py, types
every command of the page into a terminal, makes the changes to files that it
shows, and compares what is printed with what the page says is.  What differs
is told; with ``--write`` it is put into the page.

UUIDs, times and other things that differ every time are not compared, nor is
what stands for a line ``...``.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import difflib
import doctest
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
from typing import TYPE_CHECKING

import environment
import fleet_inventory
import terminal

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

PAGE = environment.ROOT / 'doc' / 'source' / 'user' / 'fleet.rst'

#: Seconds in which anything has to have happened.
PATIENCE = 300

#: Where the service of the page listens.
ENDPOINT = 'http://127.0.0.1:6688'

#: Machines that are taken over when somebody presses Ctrl-C.
BEFORE_CTRL_C = 100

_BLOCK = re.compile(
    r'^\.\. code-block:: (?P<kind>console|diff)\n'
    r'(?:   :name: (?P<name>\S+)\n)?\n'
    r'(?P<text>(?:   .*\n|\n)+?)(?=\S|\Z)',
    re.M,
)

#: What differs every time, and what is said in its place.
_DIFFERS: tuple[tuple[str, str], ...] = (
    (r'\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b', 'UUID'),
    (r'\d{4}-\d\d-\d\dT[0-9:.]+\+00:00', 'TIME'),
    (r'http://127\.0\.0\.1:\d{4}', ENDPOINT),
    (r'"(user|host|version)": "[^"]*"', r'"\1": "..."'),
    (r'"pid": \d+', '"pid": 1'),
    (r'"seconds": [0-9.]+', '"seconds": 0.1'),
    (r'\S+ works on it, (\w+) on \S+ \(process \d+\)', r'NN works on it, \1'),
)
#: The same for blocks in which numbers differ, too.
_LOOSE: tuple[tuple[str, str], ...] = (
    (r'It was stopped\..*', 'It was stopped.'),
    (r'\d+', 'N'),
    (r' +', ' '),
)
#: What the page says in place of what is of one computer only.
_WRITTEN: tuple[tuple[str, str], ...] = (
    (r'http://127\.0\.0\.1:\d{4}', ENDPOINT),
    (r'"user": "[^"]*", "host": "[^"]*"', '"user": "ann", "host": "ops-1"'),
    (r'"version": "[^"]*"', '"version": "1.0.0"'),
    (r'\S+ works on it, (\w+) on \S+ ', r'ann works on it, \1 on ops-1 '),
)


@dataclasses.dataclass
class Piece:
    """A command of the page."""

    block: str | None
    line: str
    shown: str
    printed: str | None = None
    #: Numbers differ every time, too.
    loose: bool = False

    @property
    def agrees(self) -> bool:
        """Whether the page shows what was printed."""
        return (
            self.printed is not None
            and doctest.OutputChecker().check_output(
                self.normal(self.shown),
                self.normal(self.printed),
                doctest.ELLIPSIS,
            )
        )

    def normal(self, text: str) -> str:
        """A text without what differs every time."""
        for pattern, word in _DIFFERS + (_LOOSE if self.loose else ()):
            text = re.sub(pattern, word, text)
        return text

    def difference(self) -> str:
        """What differs, to read."""
        if self.printed is None:
            return f'$ {self.line}\nwas not run.\n'
        lines = difflib.unified_diff(
            self.normal(self.shown).splitlines(),
            self.normal(self.printed).splitlines(),
            'shown',
            'printed',
            lineterm='',
        )
        return f'$ {self.line}\n' + '\n'.join(lines) + '\n'

    def rewritten(self) -> str:
        """What the page should show: as many lines as it does now."""
        assert self.printed is not None
        shown = self.shown.splitlines()
        text = self.printed
        for pattern, word in _WRITTEN:
            text = re.sub(pattern, word, text)
        printed = text.splitlines()
        if '...' not in shown:
            return ''.join(f'{line}\n' for line in printed)
        before = shown.index('...')
        after = len(shown) - before - 1
        kept = [*printed[:before], '...', *printed[len(printed) - after :]]
        return ''.join(f'{line}\n' for line in kept)


def blocks(page: str) -> Iterator[tuple[str, str | None, str]]:
    """Kind, name and text of the page's blocks, in order."""
    for found in _BLOCK.finditer(page):
        text = textwrap.dedent(found['text']).strip('\n') + '\n'
        yield found['kind'], found['name'], text


def pieces(name: str | None, text: str) -> Iterator[Piece]:
    """The commands of a block, each with what it shows."""
    for part in re.split(r'^\$ ', text, flags=re.M)[1:]:
        match = re.match(r'((?:.*\\\n)*.*)\n', part)
        assert match
        yield Piece(name, match[1], part[match.end() :])


class Guide:
    """The page, and the machines and files that it is about."""

    def __init__(self, directory: pathlib.Path) -> None:
        """Prepare to run it.

        :param directory: for files, an empty one
        """
        self.page = PAGE.read_text(encoding='utf-8')
        self.pieces: list[Piece] = []
        self._directory = directory
        self._work = directory / 'work'
        self._work.mkdir()
        self._inventory = directory / 'inventory.yaml'
        self._inventory.write_text(
            ''.join(f'{line}\n' for line in fleet_inventory.inventory())
        )
        self._service = Service(directory, self._inventory)
        self._code = 0
        self._running: tuple[Piece, terminal.Command] | None = None
        #: Blocks that are run otherwise than one command after the other.
        self._scenes: dict[str, Callable[[list[Piece]], None]] = {
            'fleet-laptop': self._not_run,
            'fleet-maintenance': self._maintenance,
            'fleet-ctrl-c': self._ctrl_c,
            'fleet-after-ctrl-c': self._loosely,
            'fleet-go-on': self._go_on,
            'fleet-meanwhile': self._meanwhile,
            'fleet-mended': self._mended,
        }

    def run(self) -> list[Piece]:
        """Run the page from its beginning to its end."""
        with self._service:
            for kind, name, text in blocks(self.page):
                if kind == 'diff':
                    self._edit(text)
                    continue
                found = list(pieces(name, text))
                self.pieces += found
                self._scenes.get(name or '', self._run)(found)
        return self.pieces

    def _begin(self, piece: Piece) -> terminal.Command:
        env = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(('OS_', 'CLIFF_')) and key != 'COLUMNS'
        }
        env.update(
            HOME=str(self._directory),
            LC_ALL='C.UTF-8',
            NO_PROXY='127.0.0.1',
            OS_AUTH_TYPE='none',
            OS_ENDPOINT=self._service.url,
            PATH=f'{environment.BIN}:{env["PATH"]}',
            PYTHONWARNINGS='ignore',
        )
        return terminal.Command(piece.line, self._work, env)

    def _end(self, piece: Piece, command: terminal.Command) -> None:
        piece.printed, self._code = command.wait(PATIENCE)

    def _run(self, found: list[Piece]) -> None:
        for piece in found:
            if piece.line == 'echo $?':
                piece.printed = f'{self._code}\n'
            else:
                self._end(piece, self._begin(piece))

    def _edit(self, text: str) -> None:
        """Change a file as a block says, which is like a patch."""
        name = re.search(r'^--- (\S+)', text, re.M)
        assert name, text
        path = self._work / name[1]
        content = path.read_text(encoding='utf-8')
        for hunk in re.split(r'^@@.*\n', text, flags=re.M)[1:]:
            lines = hunk.splitlines(keepends=True)
            before = ''.join(line[1:] for line in lines if line[0] != '+')
            after = ''.join(line[1:] for line in lines if line[0] != '-')
            if content.count(before) != 1:
                raise SystemExit(f'{path.name} has this not once:\n{before}')
            content = content.replace(before, after)
        path.write_text(content, encoding='utf-8')

    # What happens beside the commands.

    def _not_run(self, found: list[Piece]) -> None:
        """The service was started in another way."""
        for piece in found:
            piece.printed = piece.shown

    def _loosely(self, found: list[Piece]) -> None:
        for piece in found:
            piece.loose = True
        self._run(found)

    def _maintenance(self, found: list[Piece]) -> None:
        """Do in the inventory what a command would do in Ironic."""
        for piece in found:
            words = piece.line.split()
            begin = words[4] == 'set'
            flag = '    maintenance: true\n' if begin else ''
            text = self._inventory.read_text(encoding='utf-8')
            name = f'    name: {words[-1] if not begin else words[5]}\n'
            text = text.replace(f'{name}    maintenance: true\n', name)
            self._inventory.write_text(text.replace(name, name + flag))
            piece.printed = ''
        self._service.restart()

    def _ctrl_c(self, found: list[Piece]) -> None:
        """Press Ctrl-C when some machines have been taken over."""
        piece, *others = found
        piece.loose = True
        command = self._begin(piece)
        self._wait_for('done', BEFORE_CTRL_C, command)
        command.signal(signal.SIGINT)
        self._end(piece, command)
        self._run(others)

    def _go_on(self, found: list[Piece]) -> None:
        """Begin, and stand still until the next block has been run."""
        [piece] = found
        sessions = self._count('session')
        command = self._begin(piece)
        self._wait_for('session', sessions + 1, command)
        begun = self._count('begun')
        self._wait_for('begun', begun + 1, command)
        command.signal(signal.SIGSTOP)
        self._running = piece, command

    def _meanwhile(self, found: list[Piece]) -> None:
        """Run while the command of the block before does."""
        assert self._running
        piece, command = self._running
        try:
            self._run(found)
        finally:
            command.signal(signal.SIGCONT)
            self._end(piece, command)

    def _mended(self, found: list[Piece]) -> None:
        """The first command is one of Ironic's, the others are ours."""
        self._maintenance(found[:1])
        self._run(found[1:])

    def _count(self, event: str) -> int:
        journal = self._work / 'fleet.yaml.journal'
        if not journal.exists():
            return 0
        return journal.read_text(encoding='utf-8').count(f'"event": "{event}"')

    def _wait_for(
        self, event: str, count: int, command: terminal.Command
    ) -> None:
        end = time.monotonic() + PATIENCE
        while self._count(event) < count:
            if command.ended or time.monotonic() > end:
                raise SystemExit(f'There are no {count} "{event}".')
            time.sleep(0.02)

    def rewritten(self) -> str:
        """The page with what was printed."""
        page = self.page
        place = 0
        for piece in self.pieces:
            before = _indented(f'$ {piece.line}\n{piece.shown}')
            place = page.index(before, place)
            if not piece.agrees:
                after = _indented(f'$ {piece.line}\n{piece.rewritten()}')
                page = page[:place] + after + page[place + len(before) :]
            place += 1
        return page


def _indented(text: str) -> str:
    return textwrap.indent(text, '   ')


class Service:
    """The service, with an inventory file and without authentication."""

    def __init__(
        self, directory: pathlib.Path, inventory: pathlib.Path
    ) -> None:
        port = _free_port()
        self.url = f'http://127.0.0.1:{port}'
        self._log = directory / 'moganclient-api.log'
        self._config = directory / 'static.conf'
        self._config.write_text(
            '[DEFAULT]\ndriver = static\nauth_strategy = noauth\n'
            f'[api]\nport = {port}\n'
            f'[static]\ninventory_file = {inventory}\n'
            f'[database]\nconnection = sqlite:///{directory}/mogan.sqlite\n'
        )
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Service:
        subprocess.run(
            [*self._program, 'db', 'upgrade'],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        self._start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

    def restart(self) -> None:
        """Let it read its inventory again."""
        self._stop()
        self._start()

    @property
    def _program(self) -> list[str]:
        return [
            str(environment.BIN / 'moganclient-api'),
            '--config-file',
            str(self._config),
        ]

    def _start(self) -> None:
        with open(self._log, 'ab') as log:
            self._process = subprocess.Popen(
                self._program,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + PATIENCE
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > end:
                raise SystemExit(
                    'The service did not start:\n'
                    + self._log.read_text(encoding='utf-8')
                )
            time.sleep(0.1)

    def _listens(self) -> bool:
        port = int(self.url.rpartition(':')[2])
        with contextlib.suppress(OSError):
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        return False

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    """A free port of four digits, for tables as wide as those of the page."""
    for port in range(6688, 10000):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(('127.0.0.1', port))
            return port
    raise SystemExit('No port from 6688 to 9999 is free.')


def run() -> Guide:
    """Run the page in a directory that is removed afterwards."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix='moganclient-fleet-'))
    try:
        guide = Guide(directory)
        guide.run()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return guide


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        '--write', action='store_true', help='put what was printed there'
    )
    options = parser.parse_args()
    environment.create()
    environment.say('Installing the client and the service')
    environment.install('-e', '.[cli,service]')
    guide = run()
    if options.write:
        PAGE.write_text(guide.rewritten(), encoding='utf-8')
        return 0
    wrong = [piece for piece in guide.pieces if not piece.agrees]
    for piece in wrong:
        print(piece.difference())
    environment.say(f'{len(guide.pieces)} commands, {len(wrong)} differ.')
    return min(len(wrong), 1)


if __name__ == '__main__':
    sys.exit(environment.run(main))
