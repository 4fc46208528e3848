"""What an answer says: the JSON of a good one, the sentence of a bad one.

Bodies come from the service (API-SIG errors), from the retired one, from the
middleware that checks tokens, and from proxies; some are HTML, some are cut
off, some are empty.  All become one of :mod:`moganclient.exceptions`.
"""

from __future__ import annotations

from collections.abc import Mapping
import email.utils
import html
import http
import json
import re
import time
from typing import Any
import urllib.parse

from moganclient import exceptions

#: Of text that no one wrote for people, so much is shown.
_SHOWN = 300

#: What the codes of the service's own errors begin with.
_OUR_CODES = 'baremetal-compute.'

_REDIRECTS = frozenset({301, 302, 303, 307, 308})

_REQUEST_ID_HEADERS = (
    'X-OpenStack-Request-Id',
    'OpenStack-Request-Id',
    'X-Compute-Request-Id',
)

#: Members that hold a sentence, best first.
_SENTENCES = (
    'detail',
    'faultstring',
    'description',
    'message',
    'title',
    'error_message',
    'reason',
)

_TAG = re.compile(r'<[^>]*>')
_INVISIBLE = re.compile(
    r'<(script|style)\b.*?(</\1\s*>|\Z)|<!--.*?(-->|\Z)',
    re.DOTALL | re.IGNORECASE,
)
_HEADLINE = re.compile(
    r'<(title|h1)\b[^>]*>(.*?)</\1\s*>', re.DOTALL | re.IGNORECASE
)


def plain_url(url: str) -> str:
    """A URL for people: without user, password, query and fragment."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition('@')[2]
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, '', ''))


def request_id(headers: Mapping[str, str]) -> str | None:
    """The id under which the service logged the request."""
    for name in _REQUEST_ID_HEADERS:
        if headers.get(name):
            return headers[name][:255]
    return None


def retry_after(headers: Mapping[str, str]) -> int | None:
    """The seconds of a Retry-After header, None where it says none.

    A date counts from the Date of the same answer, so that the clocks of
    server and client need not agree.
    """
    value = headers.get('Retry-After', '').strip()
    if value.isascii() and value.isdigit():
        return int(value[:9])
    until = _seconds(value)
    if until is None:
        return None
    now = _seconds(headers.get('Date', ''))
    return max(0, round(until - (time.time() if now is None else now)))


def _seconds(date: str) -> float | None:
    """An HTTP date as seconds since the epoch."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def decode(
    content: bytes,
    headers: Mapping[str, str],
    status: int,
    method: str,
    url: str,
) -> Any:
    """The document of a successful answer, None where it is empty.

    :raises moganclient.exceptions.MalformedResponse: it is not JSON
    """
    if not content:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        text = content.decode('utf-8', 'replace')
        raise malformed(
            f'the body is {_kind(text)}',
            method,
            url,
            http_status=status,
            request_id=request_id(headers),
            details=text[:_SHOWN],
        ) from None


def malformed(
    what: str, method: str, url: str, **more: Any
) -> exceptions.MalformedResponse:
    """The error for a successful answer that is not what was promised.

    :param what: what is wrong, for the sentence
    :param more: what the exception takes besides
    """
    message = (
        f'{method} {plain_url(url)} succeeded, but {what}. '
        'Is this the bare metal compute API, and is no proxy in the way?'
    )
    if method not in ('GET', 'HEAD'):
        message += ' The request was carried out all the same: look first.'
    return exceptions.MalformedResponse(
        message, method=method, url=plain_url(url), **more
    )


def error(
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    method: str,
    url: str,
) -> exceptions.HttpError:
    """The exception for an answer that is not a success.

    :param status: the HTTP status, anything but 2xx
    :param headers: its headers, without regard to case
    :param content: its body as it came
    :param method: what was asked
    :param url: of what
    """
    where = f'{method} {plain_url(url)}'
    text = content.decode('utf-8', 'replace').strip()
    try:
        body = json.loads(text) if text else None
    except (ValueError, RecursionError):
        body = None
    faults = _faults(body)
    said = [sentence for sentence in map(_sentence, faults) if sentence]
    details: Any = faults or body
    first = faults[0] if faults else {}
    code = _text(first.get('code'))
    if status in _REDIRECTS:
        said = [_redirected(headers, where)]
    elif not said:
        said = [f'{where} was answered with {_phrase(status)}{_aside(text)}.']
        details = details or text[:_SHOWN] or None
    elif not (code or '').startswith(_OUR_CODES):
        # Not the service's own words, so perhaps not about what was asked.
        said[-1] += f' ({where})'
    reasons = _reasons(first)
    message = ' '.join(dict.fromkeys(said))
    missing = [r['message'] for r in reasons if r['message'] not in message]
    if missing:
        message += ' ' + ' '.join(missing)
    if status in (502, 504) and method not in ('GET', 'HEAD'):
        message += ' Whether the request was carried out is not known: look.'
    # Neither a terminal nor a log should be steered by what was answered.
    message = ''.join(c if c.isprintable() else ' ' for c in message)
    return exceptions.class_of(status)(
        message,
        code=code,
        http_status=status,
        request_id=request_id(headers) or _text(first.get('request_id')),
        details=details,
        reasons=reasons,
        server_uuid=_text(first.get('server_uuid')),
        method=method,
        url=plain_url(url),
        retry_after=retry_after(headers) or 0,
    )


def _faults(body: Any) -> list[dict[str, Any]]:
    """The objects in a body that describe an error, best first."""
    # {"errors": [...]} of ours; {"error_message": "<JSON string>"} of the
    # retired service, as text or as an object; {"error": {...}} of
    # keystonemiddleware; {"NotFound": {...}} of others.  To a request without
    # a version, ours says the first and the second at once.
    while (
        isinstance(body, dict)
        and 'error_message' in body
        and not isinstance(body.get('errors'), list)
    ):
        inner = body['error_message']
        if isinstance(inner, str):
            try:
                inner = json.loads(inner)
            except (ValueError, RecursionError):
                break
        if not isinstance(inner, dict):
            break
        body = inner
    if not isinstance(body, dict):
        return []
    errors = body.get('errors')
    if isinstance(errors, list):
        found = [fault for fault in errors if isinstance(fault, dict)]
        if found:
            return found
    if isinstance(body.get('error'), dict):
        return [body['error']]
    if isinstance(body.get('error'), str):
        return [{'message': body['error']}]
    inner = list(body.values())
    if len(inner) == 1 and isinstance(inner[0], dict):
        return [inner[0]]
    return [body]


def _sentence(fault: dict[str, Any]) -> str:
    for name in _SENTENCES:
        value = fault.get(name)
        text = value.strip() if isinstance(value, str) else ''
        if name == 'faultstring':
            # The sentence is the first line.  What the retired service says
            # after it is the schema, or a piece of a traceback.
            text = text.partition('\n')[0].strip()
        if text[:1] == '<':
            text = _plain(text)
        # No sentence begins with a brace: that is JSON that was cut off.
        if text and text[0] != '{':
            return ' '.join(text.split())
    return ''


def _reasons(fault: dict[str, Any]) -> list[dict[str, str]]:
    reasons = fault.get('reasons')
    if not isinstance(reasons, list):
        return []
    return [
        {
            'code': str(reason.get('code', '')),
            'message': str(reason.get('message', '')),
        }
        for reason in reasons
        if isinstance(reason, dict)
    ]


def _text(value: Any) -> str | None:
    """A string or number of the body, as a string."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value) or None
    return None


def _redirected(headers: Mapping[str, str], where: str) -> str:
    """Not followed: the token would go wherever the answer points."""
    target = headers.get('Location')
    if not target:
        return f'{where} is redirected, but the answer does not say where.'
    return (
        f'{where} is redirected to {plain_url(target)}. Redirects are not '
        'followed; if you trust that place, make it the endpoint.'
    )


def _phrase(status: int) -> str:
    try:
        return f'{status} {http.HTTPStatus(status).phrase}'
    except ValueError:
        return str(status)


def _kind(text: str) -> str:
    """What a body that should be JSON is, for a sentence."""
    start = text.lstrip()[:1]
    if start == '<':
        return f'HTML, not JSON{_aside(text)}'
    if start and start in '{[':
        return f'JSON that breaks off or is broken ({len(text)} characters)'
    return f'not JSON{_aside(text)}'


def _plain(page: str) -> str:
    """What a page of HTML says: its headline, or else all of it."""
    page = _INVISIBLE.sub(' ', page[:100_000])
    headline = _HEADLINE.search(page)
    text = html.unescape(_TAG.sub(' ', headline[2] if headline else page))
    return ' '.join(text.split())


def _aside(text: str) -> str:
    """What an answer that has no sentence of the API says, for the end."""
    text = text.strip()
    if not text:
        return ' and not a word'
    if text[0] == '<':
        text = _plain(text)
        return f' (a page that says: {text[:_SHOWN]!r})' if text else ''
    if text[0] in '{[':
        return ' and JSON that explains nothing or breaks off'
    return f': {" ".join(text.split())[:_SHOWN]!r}'
