"""What the readers of YAML and of JSON give: the pieces of a document.

A document is built piece by piece, and never as a tree of nodes: for ten
thousand machines such a tree takes 120 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
import enum
from typing import Any


class Kind(enum.Enum):
    """What a piece is."""

    SCALAR = 'scalar'
    SEQUENCE = 'sequence'
    MAPPING = 'mapping'
    #: Of the sequence or mapping that began last and has not ended.
    END = 'end'
    #: A value that has been written before, under an anchor.
    ALIAS = 'alias'


#: Its kind, its line (from 1), its value or the name of an alias, the text of
#: a value that is no string (None for strings), and the anchor on it.
Token = tuple[Kind, int, Any, str | None, str | None]

Tokens = Iterator[Token]


class SyntaxFault(Exception):
    """A document cannot be read any further."""

    def __init__(self, line: int, sentence: str) -> None:
        """Say where, and what would be right."""
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


class Odd:
    """A value that no member of a plan can have, as it was written.

    A date of YAML, for instance, or a number with a fraction.
    """

    __slots__ = ('text',)

    def __init__(self, text: str) -> None:
        """Keep the text."""
        self.text = text

    def __repr__(self) -> str:
        return self.text
