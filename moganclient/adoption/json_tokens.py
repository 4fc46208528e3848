"""The pieces of a JSON document (RFC 8259)."""

from __future__ import annotations

import json
import re
from typing import Any

from moganclient.adoption import tokens

_SPACE = re.compile('[ \t\n\r]*')


def _integer(text: str) -> Any:
    try:
        return int(text)
    except ValueError:  # thousands of digits
        return tokens.Odd(text[:60])


def _no_constant(text: str) -> Any:
    raise ValueError(f'{text} is no value of JSON')


#: For what is neither an array nor an object.
_DECODER = json.JSONDecoder(
    parse_int=_integer, parse_constant=_no_constant, strict=True
)

_OPEN = {'{': tokens.Kind.MAPPING, '[': tokens.Kind.SEQUENCE}
_CLOSE = {'{': '}', '[': ']'}


def read(text: str) -> tokens.Tokens:
    """Yield the pieces.

    :raises moganclient.adoption.tokens.SyntaxFault: it is no JSON
    """
    return _Reader(text).read()


class _Reader:
    """Goes through the text once; nesting costs no depth of calls."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.line = 1

    def skip(self) -> str:
        """Go to the next character that is no space, and tell it."""
        match = _SPACE.match(self.text, self.pos)
        assert match is not None
        end = match.end()
        self.line += self.text.count('\n', self.pos, end)
        self.pos = end
        return self.text[end : end + 1]

    def fault(self, wanted: str) -> tokens.SyntaxFault:
        here = self.text[self.pos : self.pos + 1]
        found = repr(here) if here else 'the end of the file'
        return tokens.SyntaxFault(
            self.line, f'this is not JSON: {wanted} is expected, not {found}'
        )

    def scalar(self) -> tokens.Token:
        begin = self.pos
        try:
            value, self.pos = _DECODER.raw_decode(self.text, begin)
        except json.JSONDecodeError as error:
            if error.pos == begin and error.msg == 'Expecting value':
                raise self.fault('a value') from None
            self.line += self.text.count('\n', begin, error.pos)
            word = error.msg[:1].lower() + error.msg[1:].rstrip(' at')
            raise tokens.SyntaxFault(
                self.line, f'this is not JSON: {word}'
            ) from None
        except ValueError:
            raise self.fault('a value') from None
        plain = None
        if not isinstance(value, str):
            plain = self.text[begin : self.pos]
        return tokens.Kind.SCALAR, self.line, value, plain, None

    def read(self) -> tokens.Tokens:
        kinds = tokens.Kind
        inside: list[str] = []
        if not self.skip():
            return
        # Whether what was just opened may end at once.
        may_end = False
        while True:
            char = self.skip()
            closing = may_end and char == _CLOSE[inside[-1]]
            if not closing and inside and inside[-1] == '{':
                if char != '"':
                    raise self.fault('a key in double quotes')
                yield self.scalar()
                if self.skip() != ':':
                    raise self.fault('a colon after the key')
                self.pos += 1
                char = self.skip()
            may_end = False
            if closing:
                pass
            elif char in _OPEN:
                inside.append(char)
                may_end = True
                self.pos += 1
                yield _OPEN[char], self.line, None, None, None
                continue
            else:
                yield self.scalar()
            # A value has ended; perhaps those round it end, too.
            while inside:
                char = self.skip()
                if char == _CLOSE[inside[-1]]:
                    inside.pop()
                    self.pos += 1
                    yield kinds.END, self.line, None, None, None
                elif char == ',':
                    self.pos += 1
                    break
                else:
                    raise self.fault(f'a comma or "{_CLOSE[inside[-1]]}"')
            else:
                if self.skip():
                    raise self.fault('the end of the file')
                return
