"""Run the benchmarks and print their figures as a table.

``python benchmarks/run.py [MODULE...]``: all modules without an argument.  The
figures are written to ``benchmarks/results/`` as JSON too.  Exits 1 when a
figure is above its limit or a module failed.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import pathlib
import platform
import subprocess
import sys
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent


def modules() -> list[str]:
    """The benchmarks that there are, in the order of their names."""
    return sorted(
        path.stem
        for path in HERE.glob('*.py')
        if path.stem != 'run' and not path.stem.startswith('_')
    )


def measure(name: str) -> list[dict[str, Any]]:
    """The figures of one module, from a process of its own.

    Each begins with a fresh interpreter: what one has imported and kept in
    memory would be in another's figures.
    """
    command = [sys.executable, str(HERE / 'run.py'), '--one', name]
    reading, writing = os.pipe()
    with open(reading) as results:
        process = subprocess.Popen(
            [*command, '--to', str(writing)],
            stdin=subprocess.DEVNULL,
            pass_fds=[writing],
        )
        os.close(writing)
        text = results.read()
    if process.wait() or not text:
        return [{'name': f'{name}: failed', 'failed': True}]
    return json.loads(text)


def one(name: str, descriptor: int) -> int:
    """Measure one module in this process."""
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    figures = importlib.import_module(name).measure()
    with open(descriptor, 'w') as results:
        json.dump(figures, results)
    return 0


def figure_of(figure: dict[str, Any]) -> float | None:
    """The number that a limit is about: the ratio, or the plain value."""
    if 'value' not in figure:
        return None
    if figure.get('floor'):
        return figure['value'] / figure['floor']
    return figure['value']


def is_kept(figure: dict[str, Any]) -> bool:
    """Whether a figure is within its limit, if it has one."""
    number = figure_of(figure)
    if number is None:
        return not figure.get('failed')
    return 'limit' not in figure or number <= figure['limit']


def _number(number: float | None, unit: str) -> str:
    if number is None:
        return ''
    digits = {'s': '.3f', 'ms': '.1f', 'MB': '.1f'}.get(unit, 'g')
    return f'{number:{digits}} {unit}'.strip()


def rows(figures: list[dict[str, Any]]) -> list[list[str]]:
    """The table: what, took, floor, ratio, limit, and whether it is kept."""
    result = [['figure', 'took', 'floor', 'ratio', 'limit', '']]
    for figure in figures:
        unit = figure.get('unit', '')
        ratio = figure_of(figure) if figure.get('floor') else None
        limit = figure.get('limit')
        result.append(
            [
                figure['name'],
                _number(figure.get('value'), unit),
                _number(figure.get('floor'), unit),
                '' if ratio is None else f'{ratio:.2f}',
                '' if limit is None else f'{limit:g}',
                'ok' if is_kept(figure) else 'ABOVE',
            ]
        )
    return result


def table(figures: list[dict[str, Any]]) -> str:
    lines = rows(figures)
    widths = [max(len(line[n]) for line in lines) for n in range(6)]
    lines.insert(1, ['-' * width for width in widths])
    return '\n'.join(
        '  '.join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument(
        'modules', nargs='*', help=f'of {", ".join(modules())}'
    )
    parser.add_argument('--one', help=argparse.SUPPRESS)
    parser.add_argument('--to', type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        return one(options.one, options.to)
    unknown = set(options.modules) - set(modules())
    if unknown:
        parser.error(
            f'no benchmark {", ".join(sorted(unknown))}; there are: '
            + ', '.join(modules())
        )
    figures = []
    for name in options.modules or modules():
        print(f'{name} ...', file=sys.stderr, flush=True)
        figures += [{'module': name, **figure} for figure in measure(name)]
    print(table(figures))
    now = datetime.datetime.now(datetime.UTC)
    results = HERE / 'results'
    results.mkdir(exist_ok=True)
    (results / f'{now:%Y%m%dT%H%M%SZ}.json').write_text(
        json.dumps(
            {
                'at': now.isoformat(),
                'python': platform.python_version(),
                'machine': platform.machine(),
                'cores': os.cpu_count(),
                'figures': figures,
            },
            indent=1,
        )
    )
    return 0 if all(is_kept(figure) for figure in figures) else 1


if __name__ == '__main__':
    sys.exit(main())
