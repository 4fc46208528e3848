"""keystoneauth1's failures in the words and classes of this library.

keystoneauth1 calls every broken connection the same, and words it for
programmers.  Here a request that was surely not sent is told from one whose
answer was lost, because only the first may be sent again when it writes.
"""

from __future__ import annotations

from collections.abc import Iterator
import re
import socket

from keystoneauth1 import exceptions as ksa
import requests
import urllib3.exceptions

from moganclient import answers
from moganclient import exceptions

_SUFFIX = re.compile(r'( \(HTTP \d+\))?( \(Request-ID: [^)]*\))?\Z')
_URL = re.compile(r'https?://\S+')

#: What a session raises.  Not all of it is keystoneauth1's: a missing file of
#: certificate authorities, a host name that cannot be one and a token that no
#: header can hold pass through it as they are.
RAISED = (
    ksa.ClientException,
    OSError,
    ValueError,
    urllib3.exceptions.HTTPError,
)

_UNSENDABLE = (requests.exceptions.InvalidHeader, UnicodeError)


def _is_unsendable(error: BaseException) -> bool:
    """Whether a header could not be sent, which the error then quotes.

    Where requests lets a line break at the end pass, as older ones do,
    http.client refuses it with a plain ValueError.
    """
    return isinstance(error, _UNSENDABLE) or (
        type(error) is ValueError and str(error).startswith('Invalid header')
    )


def shown(error: Exception) -> Exception | None:
    """What a traceback may show as the cause of our own exception.

    :returns: None where the error quotes a header, which may be the token
    """
    quotes = any(_is_unsendable(link) for link in _chain(error))
    return None if quotes else error


def translate(
    error: Exception, method: str, url: str
) -> exceptions.ClientException:
    """The exception of this library for one of keystoneauth1's.

    :param error: one of :data:`RAISED`: what a session raised, or requests
        while a body was read
    :param method: what was being asked
    :param url: of what; where the failure names another place (a token was
        being fetched), that is told
    """
    if isinstance(error, exceptions.ClientException):
        return error
    if isinstance(error, ksa.HttpError):
        return _refused(error)
    if not isinstance(error, ksa.ClientException) or isinstance(
        error, ksa.ConnectionError
    ):
        return _connection(error, method, url)
    if isinstance(error, ksa.EndpointNotFound):
        return exceptions.EndpointNotFound(_sentence(error), url=None)
    return exceptions.AuthenticationFailed(
        f'No token could be had: {_sentence(error)}'
    )


def _refused(error: ksa.HttpError) -> exceptions.ClientException:
    """An answer that keystoneauth1 itself got, so Keystone's."""
    # keystoneauth1 puts into the message what str() adds here.
    said = _SUFFIX.sub('', error.message)
    where = answers.plain_url(error.url or 'the identity service')
    kind: type[exceptions.ClientException]
    kind = exceptions.class_of(error.http_status)
    if error.http_status < 500 and error.http_status not in (401, 403, 429):
        # A 404 here would read as if the thing asked for were not there.
        kind = exceptions.AuthenticationFailed
    return kind(
        f'No token could be had from {where}: {said}',
        request_id=error.request_id,
        http_status=error.http_status,
        details=error.details,
        method=error.method,
        url=answers.plain_url(error.url or ''),
    )


def _connection(
    error: Exception, method: str, url: str
) -> exceptions.ClientException:
    chain = list(_chain(error))
    where = answers.plain_url(url)
    elsewhere = _asked_elsewhere(chain, where)
    if elsewhere:
        method, where = elsewhere
    why = _why(chain)
    kind: type[exceptions.ClientException]
    if any(isinstance(link, _NOT_URLS) for link in chain):
        return exceptions.EndpointNotFound(f'{where!r} is not a URL: {why}.')
    if any(_is_unsendable(link) for link in chain):
        return exceptions.ValidationError(
            f'Nothing was sent to {where}: the token, or another header, has '
            'a character that no header can have, perhaps a line break at '
            'its end.'
        )
    if isinstance(error, ksa.SSLError | requests.exceptions.SSLError):
        kind = exceptions.SSLError
        message = f'TLS with {where} failed: {why}. '
        if 'certificate' in why.lower():
            message += (
                'If a certificate authority of your own signed its '
                'certificate, pass that one (cacert).'
            )
        else:
            message += 'Is it https there, and not http?'
    elif not isinstance(
        error, ksa.ClientException | requests.RequestException
    ):
        # A file of certificates, which requests looks for before it connects.
        kind = exceptions.SSLError
        message = f'TLS with {where} cannot be set up: {why}.'
    elif _unsent(chain):
        kind = exceptions.ConnectFailure
        message = f'Cannot connect to {where}: {why}. Is it running there?'
    elif elsewhere:
        # No token, so the request itself was not sent.
        kind = exceptions.ConnectFailure
        message = f'No whole answer to {method} {where}: {why}.'
    else:
        kind = exceptions.AnswerLost
        message = f'No whole answer to {method} {where}: {why}.'
        if any(isinstance(link, _TIMEOUTS) for link in chain):
            kind = exceptions.AnswerTimeout
            message = f'No answer to {method} {where} in time.'
        if method not in ('GET', 'HEAD'):
            message += (
                ' Whether the request was carried out is not known: look '
                'before you send it again.'
            )
    return kind(message, method=method, url=where)


def _asked_elsewhere(
    chain: list[BaseException], where: str
) -> tuple[str, str] | None:
    """Method and URL of what failed, where that was not the request itself.

    A session fetches tokens by itself, from Keystone.
    """
    for link in chain:
        if isinstance(link, requests.RequestException) and link.request:
            asked = answers.plain_url(link.request.url or '')
            if asked and asked != _as_sent(where):
                return link.request.method or '', asked
    return None


def _as_sent(url: str) -> str:
    """A URL as requests writes it, with the host in lower case and so on.

    Were the request itself taken for another one, a write whose answer was
    lost would be sent again.
    """
    try:
        return requests.Request('GET', url).prepare().url or url
    except requests.RequestException:
        return url


_NOT_URLS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.LocationParseError,
)

_TIMEOUTS = (requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError)


def _unsent(chain: list[BaseException]) -> bool:
    """Whether the connection never came to be."""
    return any(
        isinstance(
            link,
            requests.ConnectTimeout
            | requests.exceptions.ProxyError
            | urllib3.exceptions.NewConnectionError
            | urllib3.exceptions.ConnectTimeoutError,
        )
        for link in chain
    )


def _why(chain: list[BaseException]) -> str:
    """The reason nearest to the system: ``Connection refused``."""
    for link in reversed(chain):
        if isinstance(link, socket.gaierror):
            return f'the host name is not known ({link.strerror})'
    if _unsent(chain) and any(
        isinstance(link, requests.ConnectTimeout) for link in chain
    ):
        return 'it does not answer'
    for link in reversed(chain):
        if (
            isinstance(link, OSError)
            and not isinstance(link, requests.RequestException)
            and link.strerror
        ):
            return link.strerror
    for link in reversed(chain):
        text = str(link)
        if text and not isinstance(link, ksa.ClientException):
            return _URL.sub('', text).strip().rstrip('.')[:200]
    return 'the connection broke'


def _chain(error: BaseException) -> Iterator[BaseException]:
    """A failure and everything that it is made of, outermost first.

    Only the first step may follow ``__context__``: further on that leads to
    whatever the caller was handling meanwhile, an earlier failure perhaps,
    of which nothing must be concluded.
    """
    seen: set[int] = set()
    waiting: list[object] = [error]
    if isinstance(error.__context__, requests.RequestException):
        waiting.append(error.__context__)
    while waiting:
        link = waiting.pop(0)
        if not isinstance(link, BaseException) or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [
            link.__cause__,
            getattr(link, 'original', None),
            getattr(link, 'reason', None),
            *link.args,
        ]


def _sentence(error: ksa.ClientException) -> str:
    return ' '.join(str(error).split())
