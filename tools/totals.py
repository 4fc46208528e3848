"""Add up what the stestr runs of this work tree really ran.

Each environment of tox.ini that runs tests keeps their results under
``.tox/<environment>/.stestr`` as subunit streams; this reads the newest stream
of each and prints

    N passed, N failed, N skipped

A test that was started and never ended (its process died) has failed.  It
exits 1 where a test failed or none was run at all.
"""

from __future__ import annotations

import argparse
import collections
import io
import pathlib
import sys
from typing import Any

import subunit
import testtools

ROOT = pathlib.Path(__file__).resolve().parent.parent

#: What a status counts as; ``exists`` only says that there is such a test.
COUNTS_AS = {
    'success': 'passed',
    'xfail': 'passed',
    'fail': 'failed',
    'uxsuccess': 'failed',
    'inprogress': 'failed',
    'unknown': 'failed',
    'skip': 'skipped',
}


class Count(testtools.StreamToDict):
    """Counts the tests of a stream by how each ended."""

    def __init__(self) -> None:
        self.totals: collections.Counter[str] = collections.Counter()
        super().__init__(self._ended)

    def _ended(self, test: dict[str, Any]) -> None:
        if test['id'] and test['status'] in COUNTS_AS:
            self.totals[COUNTS_AS[test['status']]] += 1


def newest_stream(repository: pathlib.Path) -> pathlib.Path | None:
    """The stream of a file repository's last run, None before the first."""
    streams = [p for p in repository.iterdir() if p.name.isdigit()]
    return max(streams, key=lambda p: int(p.name), default=None)


def count(stream: pathlib.Path) -> collections.Counter[str]:
    """How many tests of a stream passed, failed and were skipped."""
    result = Count()
    decorated = testtools.ExtendedToStreamDecorator(result)
    decorated.startTestRun()
    with stream.open('rb') as source:
        # stestr keeps them in the first version of subunit.  What is none (a
        # crash's last words) is no test result.
        subunit.ProtocolTestCase(source, io.BytesIO()).run(decorated)
    decorated.stopTestRun()
    return result.totals


def total(results: pathlib.Path) -> collections.Counter[str]:
    """The sum over the newest streams of all environments."""
    totals: collections.Counter[str] = collections.Counter()
    for repository in results.glob('*/.stestr'):
        stream = newest_stream(repository)
        if stream is not None:
            totals += count(stream)
    return totals


def sentence(totals: collections.Counter[str]) -> str:
    """The line that people and continuous integration read."""
    return ', '.join(
        f'{totals[what]} {what}' for what in ('passed', 'failed', 'skipped')
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'results',
        nargs='?',
        type=pathlib.Path,
        default=ROOT / '.tox',
        help='where the environments are (.tox)',
    )
    totals = total(parser.parse_args().results)
    print(sentence(totals))
    return 1 if totals['failed'] or not totals['passed'] else 0


if __name__ == '__main__':
    sys.exit(main())
