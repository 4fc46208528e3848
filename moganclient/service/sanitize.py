"""What must not be shown is taken out: secrets in URLs and under their names.

Image URLs carry signatures in their query and passwords before the host, and
Ironic masks neither in ``image_source``.
"""

from __future__ import annotations

import functools
import re
from typing import Any

#: A URL in a text.  Userinfo ends at the last "@" of the authority, which
#: ends at the first slash, question mark or hash (RFC 3986, 3.2).
_URL = re.compile(
    r'(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)'
    r'(?P<authority>[^\s/?#"\'<>\\]*)'
    r'(?P<path>[^\s?#"\'<>]*)'
    r'(?P<rest>[?#][^\s"\'<>]*)?'
)
#: A host and, if any, a port.  What else is there is a password that holds
#: a slash or the like, so that the URL did not end where it seems to.
_HOST = re.compile(r'^(\[[0-9a-fA-F:.%]*\]|[^:]*)(:[0-9]*)?\Z')

_SECRET_KEY = re.compile(
    r'passw(or)?d|passphrase|secret|token|credential|private_?key|api_?key'
    r'|access_?key|ssh_?key|configdrive|user_?data|_pass$|^pass$',
    re.IGNORECASE,
)

HIDDEN = '***'


def _strip(match: re.Match[str]) -> str:
    host = match['authority'].rpartition('@')[2]
    # A full stop or a bracket at the end is the sentence's, not the query's.
    end = re.search(r'[.,;:)\]}]*\Z', match['rest'] or '')
    tail = end[0] if end else ''
    if not _HOST.match(host):
        return match['scheme'] + HIDDEN + tail
    return match['scheme'] + host + match['path'] + tail


def strip_urls(text: str) -> str:
    """A text whose URLs have no userinfo, query and fragment."""
    return _URL.sub(_strip, text) if '://' in text else text


@functools.lru_cache(maxsize=4096)
def _is_secret(key: str) -> bool:
    """Whether a name is that of a secret; the same few come all the time."""
    return _SECRET_KEY.search(key) is not None


def clean(value: Any) -> Any:
    """A copy of JSON data without secrets in URLs or under their names."""
    if isinstance(value, str):
        return strip_urls(value)
    if isinstance(value, dict):
        return {
            strip_urls(str(key)): (
                HIDDEN if item and _is_secret(str(key)) else clean(item)
            )
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value
