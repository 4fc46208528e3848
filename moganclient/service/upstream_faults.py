"""What an upstream service's failure is called.

From keystoneauth's exceptions and from error bodies of any shape to
sentences for people.  Nothing in here lets a token, a password or the
user part of a URL through.
"""

from __future__ import annotations

from collections.abc import Iterator
import json
import os
import re
from typing import Any

from keystoneauth1 import exceptions as ksa_exceptions
import requests
from urllib3 import exceptions as urllib3_exceptions

from moganclient.service import exceptions

#: More of an error body is not for people.
_LONGEST = 400
#: Seconds; a service that asks for more patience is asked again anyway.
_LONGEST_WAIT = 600
_DEFAULT_WAIT = 5

_USER_PART = re.compile(r'(?<=://)[^/@\s]+@')
_TAG = re.compile(r'<[^<>]*>')
#: Members of error bodies that hold the sentence, in every dialect.
_SENTENCES = ('faultstring', 'description', 'message', 'detail', 'title')
#: The member of their own error bodies, of services of which a 404 decides
#: what is written.  (Glance answers HTML.)
_SIGNATURES = {'Ironic': 'error_message', 'Neutron': 'NeutronError'}

#: What is told of Ironic's refusals to who is no administrator: it names
#: machines, and hosts of its own.
_BUSY = 'The machine is busy, or was changed just now; try again.'
REFUSED = 'The inventory refuses that for this machine.'

#: Ironic's word on undeploying or rebuilding a node that must not be.
_PROTECTED = 'is protected and cannot be'


class Missing(exceptions.UpstreamUnavailable):
    """A 404.  Who asked for one thing says what it means that it is not there.

    Where nobody catches it the address of the service is wrong, and its
    sentence says so.
    """

    code = 'upstream_not_found'

    def __init__(
        self, detail: str, *, said: str = '', kind: str = '', **kwargs: Any
    ) -> None:
        """Describe it.

        :param said: the service's own sentence
        :param kind: what Neutron calls it (``PortNotFound``), else empty
        """
        super().__init__(detail, sent=False, **kwargs)
        self.said = said
        self.kind = kind


class Refused(exceptions.UpstreamUnavailable):
    """The service understood and said no (a 4xx): surely nothing was done."""

    code = 'upstream_refused'

    def __init__(
        self, detail: str, *, answered: int, said: str = '', **kwargs: Any
    ) -> None:
        """Describe the refusal.

        :param answered: the status that the service answered with
        :param said: the service's own sentence
        """
        super().__init__(detail, sent=False, **kwargs)
        self.answered = answered
        self.said = said


def public(url: str) -> str:
    """A URL as far as it may be shown: no user part, no query."""
    return _USER_PART.sub('', url.split('?')[0])


def _find_sentence(value: Any, depth: int = 0) -> str | None:
    """The sentence in a decoded error body.

    Ironic puts JSON into a string in ``error_message``, Keystone and others
    an object into ``error``, Neutron one into ``NeutronError``.
    """
    if depth > 4:
        return None
    if isinstance(value, str):
        text = value.strip()
        if text.startswith('{'):
            try:
                return _find_sentence(json.loads(text), depth + 1)
            except ValueError:
                pass
        return text or None
    if isinstance(value, list) and value:
        return _find_sentence(value[0], depth + 1)
    if isinstance(value, dict):
        for key in ('error_message', 'error', 'NeutronError', 'errors'):
            if key in value:
                return _find_sentence(value[key], depth + 1)
        for key in _SENTENCES:
            if isinstance(value.get(key), str) and value[key].strip():
                return _find_sentence(value[key], depth + 1)
    return None


def sentence_of(response: requests.Response) -> str:
    """What an error answer says, in one line, whatever shape its body has."""
    said = None
    try:
        body = json.loads(response.content)
    except ValueError:
        pass
    else:
        said = _find_sentence(body)
    said = said or f'{response.status_code} {response.reason or ""}'.strip()
    said = ' '.join(_TAG.sub('', _USER_PART.sub('', said)).split())
    return said if len(said) <= _LONGEST else said[:_LONGEST] + '...'


def _kind_of(response: requests.Response) -> str:
    """The type that Neutron gives its errors."""
    try:
        return str(json.loads(response.content)['NeutronError']['type'])
    except (ValueError, TypeError, KeyError):
        return ''


def _is_own(name: str, response: requests.Response) -> bool:
    """Whether an error comes from the service and not from a proxy.

    A proxy that does not know the way says 404 too, and a node that is taken
    for deleted is let go of without a write: claimed for nobody.
    """
    if name not in _SIGNATURES:
        return True
    try:
        body = json.loads(response.content)
    except ValueError:
        return False
    return isinstance(body, dict) and _SIGNATURES[name] in body


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """An exception and all that it was made from, requests' ways included."""
    seen: set[int] = set()
    todo: list[Any] = [exc]
    while todo:
        one = todo.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        todo += [one.__cause__, one.__context__, *one.args]
        todo.append(getattr(one, 'reason', None))


def _never_sent(exc: BaseException) -> bool:
    """Whether no connection came about, so that nothing was sent."""
    return any(
        isinstance(
            one,
            requests.exceptions.ConnectTimeout
            | urllib3_exceptions.NewConnectionError
            | urllib3_exceptions.ConnectTimeoutError,
        )
        for one in _chain(exc)
    )


def worth_retrying(exc: ksa_exceptions.ConnectionError) -> bool:
    """Whether a read may succeed the next time.

    A certificate that is wrong stays wrong, and a service that let the whole
    time-out pass would let it pass again.
    """
    return isinstance(exc, ksa_exceptions.ConnectFailure) and not isinstance(
        exc, ksa_exceptions.ConnectTimeout
    )


def _why(exc: ksa_exceptions.ConnectionError) -> str:
    if isinstance(exc, ksa_exceptions.SSLError):
        return (
            'its TLS certificate or protocol is not accepted (see cafile '
            'and insecure)'
        )
    if isinstance(exc, ksa_exceptions.ConnectTimeout):
        if _never_sent(exc):
            return 'no connection came about in time'
        return 'it did not answer in time'
    for one in _chain(exc):
        if isinstance(one, urllib3_exceptions.NameResolutionError):
            return 'its host name is not known'
        if isinstance(one, OSError) and one.errno:
            return os.strerror(one.errno).lower()
    return 'the connection broke'


def no_connection(
    name: str, address: str, exc: ksa_exceptions.ConnectionError
) -> exceptions.UpstreamUnavailable:
    """No answer from a service."""
    return exceptions.UpstreamUnavailable(
        f'{name} at {public(address)} does not answer: {_why(exc)}.',
        sent=not _never_sent(exc),
    )


def no_token(
    name: str, exc: ksa_exceptions.ConnectionError
) -> exceptions.UpstreamUnavailable:
    """No answer from Keystone."""
    return exceptions.UpstreamUnavailable(
        f'Keystone, which was asked for a token for {name}, does not answer: '
        f'{_why(exc)}.',
        sent=False,
    )


def no_login(
    name: str, group: str, exc: ksa_exceptions.ClientException
) -> exceptions.UpstreamUnavailable:
    """Keystone answers, but not with a token."""
    if isinstance(exc, ksa_exceptions.Unauthorized):
        why = 'it does not accept the credentials'
    elif isinstance(exc, ksa_exceptions.HttpError):
        why = f'it answers {exc.http_status}'
    else:
        why = f'it gives no usable token ({type(exc).__name__})'
    return exceptions.UpstreamUnavailable(
        f'The service could not log in at Keystone for {name}: {why}. '
        f'Somebody has to look at [{group}] in its configuration.',
        sent=False,
    )


def of_answer(
    name: str,
    group: str,
    address: str,
    path: str,
    response: requests.Response,
) -> exceptions.ServiceError:
    """What an answer that is no success stands for."""
    said, status = sentence_of(response), response.status_code
    where = f'{name} at {public(address)}'
    wait = _retry_after(response)
    # Nothing that was asked for conflicts with a read: it is busy.
    reading = response.request is not None and response.request.method == 'GET'
    if status in (409, 412) and not reading:
        return exceptions.UpstreamConflict(
            f'{name}: {said}', public=_BUSY if name == 'Ironic' else None
        )
    if status == 403 and _PROTECTED in said and not reading:
        # Nothing that roles could change.
        return exceptions.NodeProtected(f'{name}: {said}')
    if status == 404 and _is_own(name, response):
        what = path or 'API there'
        return Missing(
            f'{where} has no {what}: {said}',
            said=said,
            kind=_kind_of(response),
        )
    if status >= 500:
        return exceptions.UpstreamUnavailable(
            f'{where} fails ({status}): {said}', retry_after=wait
        )
    if status == 401:
        text = (
            f'{where} does not accept the token or password of this service. '
            f'Somebody has to look at [{group}] in its configuration.'
        )
    elif status == 403:
        text = (
            f'{where} does not allow this to the account in [{group}] '
            f'({said}). It needs the roles admin and service in the project '
            'of the services.'
        )
    elif status == 404:
        text = (
            f'What answers at {public(address)} says 404, and not as {name} '
            'says it. Is the address right, and does a proxy in front of it '
            'know the way?'
        )
    elif status == 429:
        text = f'{where} is asked too much at the moment ({said}).'
    else:
        text = f'{where} refuses a request of this service ({status}): {said}'
    return Refused(text, answered=status, said=said, retry_after=wait)


def _retry_after(response: requests.Response) -> int:
    """Seconds to wait, as the answer asks for or ours."""
    asked = response.headers.get('Retry-After', '')
    if asked.isdigit():
        return min(max(int(asked), 1), _LONGEST_WAIT)
    return _DEFAULT_WAIT
