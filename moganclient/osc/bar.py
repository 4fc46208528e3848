"""What changes on a terminal: a bar of a run over a plan, a line of a wait."""

from __future__ import annotations

import threading
import typing

import tqdm

from moganclient.adoption import events
from moganclient.adoption import results
from moganclient.osc import progress

#: Columns, where a terminal does not say how many it has.
_WIDTH = 80


if typing.TYPE_CHECKING:
    _Base = tqdm.tqdm[typing.NoReturn]
else:
    # It takes no type parameter when it runs.
    _Base = tqdm.tqdm


class _Tqdm(_Base):
    """The library's bar, drawn when it is told to and at no other time."""

    # No thread that would draw beside this one.
    monitor_interval = 0

    @property
    def format_dict(self) -> typing.MutableMapping[str, typing.Any]:
        known = super().format_dict
        # One without a size has 0 columns, or, one left free, -1.
        if known['ncols'] is None or known['ncols'] < 1:
            known['ncols'] = _WIDTH
        return known


# The default is shared between processes, of which there are none here.
_Tqdm.set_lock(threading.RLock())


class Line:
    """A line that says something else from time to time, and then goes."""

    def __init__(self, stream: typing.TextIO) -> None:
        self._drawn = _made(stream, '{desc}')

    def show(self, words: str) -> None:
        self._drawn.set_description_str(progress.printable(words))

    def close(self) -> None:
        self._drawn.close()


def _made(stream: typing.TextIO, layout: str, **more: typing.Any) -> _Tqdm:
    return _Tqdm(
        file=stream,
        bar_format=layout,
        dynamic_ncols=True,
        leave=False,
        unit='',
        # The rate of the whole run: machines differ.
        smoothing=0,
        **more,
    )


class Bar(progress.Progress):
    """The bar, in one line; failures are lines above it."""

    def __init__(self, wanted: results.State, stream: typing.TextIO) -> None:
        super().__init__(wanted)
        self._stream = stream
        self._drawn: _Tqdm | None = None
        self._last_failure = ''
        #: A machine that waits, and the words for it.
        self._waiting: tuple[str, str] | None = None

    def show(self, event: events.Event) -> None:
        match event:
            case events.Begun():
                # Nothing of it is to be seen.
                return
            case events.Surveyed():
                self._survey(progress.reading(event))
                return
            case events.Checked():
                self._begin(event)
            case events.Waiting():
                self._waiting = event.node, progress.waiting(event)
            case events.Finished(machine=machine):
                if self._waiting and self._waiting[0] == machine.node:
                    self._waiting = None
                if self.went_wrong(machine):
                    self._last_failure = progress.ended(machine)
                    self.write(self._last_failure)
            case events.Stopping():
                self.write(progress.stopping(event))
        self._draw()

    def write(self, words: str) -> None:
        _Tqdm.write(words, file=self._stream)
        self._stream.flush()

    def close(self) -> None:
        if self._drawn is not None:
            self._drawn.close()
            self._drawn = None

    def _survey(self, words: str) -> None:
        if self._drawn is None:
            self._drawn = _made(self._stream, '{desc}')
        self._drawn.set_description_str(words)

    def _begin(self, event: events.Checked) -> None:
        self.close()
        self._drawn = _made(
            self._stream,
            '{percentage:3.0f}%|{bar:10}| {desc}{rate_noinv_fmt}, '
            '{remaining} left{postfix}',
            total=event.total,
            initial=event.total - event.to_do,
        )

    def _draw(self) -> None:
        if self._drawn is None:
            return
        counts = self.counts
        self._drawn.set_description_str(
            f'{counts}, ' if counts else '', refresh=False
        )
        tail = self._waiting[1] if self._waiting else self._last_failure
        self._drawn.set_postfix_str(tail, refresh=False)
        self._drawn.n = sum(self.states.values())
        self._drawn.refresh()
