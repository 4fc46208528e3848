"""Errors as the API shows them (API-SIG ``errors``), from any exception.

https://specs.openstack.org/openstack/api-sig/guidelines/errors.html
"""

from __future__ import annotations

import http
import json
import logging
import re
from typing import Any

from werkzeug import exceptions as http_exceptions

from moganclient.service import exceptions
from moganclient.service import sanitize

LOG = logging.getLogger(__name__)

REQUEST_ID_HEADER = 'X-OpenStack-Request-Id'
#: The retired API's.
RETIRED_REQUEST_ID_HEADER = 'OpenStack-Request-Id'
CODE_PREFIX = 'baremetal-compute.'
#: Key of the WSGI environment: the answer is already shaped as a fault.
RENDERED = 'moganclient.fault_rendered'
#: And a sentence for an error of which only the status was given.
DETAIL = 'moganclient.fault_detail'

#: What could start a line of its own in the log.
_CONTROL = re.compile(r'[\x00-\x1f\x7f\x85\u2028\u2029]')

#: Codes of what is found out before any of our code runs.
_CODES = {
    400: 'bad_request',
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not_found',
    405: 'method_not_allowed',
    406: 'not_acceptable',
    413: 'request_too_large',
    415: 'unsupported_media_type',
    431: 'header_too_large',
    503: 'unavailable',
}
#: Those of what no route took.
_UNROUTED = frozenset(
    CODE_PREFIX + code for code in ('not_found', 'method_not_allowed')
)


def body(
    status: int,
    code: str,
    title: str,
    detail: str,
    request_id: str,
    extra: dict[str, Any] | None = None,
    *,
    retired: bool = False,
) -> bytes:
    """The JSON document of one error.

    :param retired: for a client of the retired API: with the members that
        such a client looks at, beside ours
    """
    error = {
        'code': CODE_PREFIX + code,
        'status': status,
        'title': title,
        'detail': sanitize.strip_urls(detail),
        'request_id': request_id,
        'links': [],
        **(extra or {}),
    }
    document: dict[str, Any] = {'errors': [error]}
    if retired:
        document.update(_as_then(error))
    return json.dumps(document).encode()


def _as_then(error: dict[str, Any]) -> dict[str, Any]:
    """An error as the retired API told it: JSON within JSON.

    Its framework had another form for what no route took, and its token
    middleware a third one.
    """
    status, title, detail = error['status'], error['title'], error['detail']
    inner: dict[str, Any] = {
        'debuginfo': None,
        'faultcode': 'Client' if status < 500 else 'Server',
        'faultstring': detail,
    }
    if error['code'] in _UNROUTED:
        inner.update(code=status, title=title, description=detail)
    found: dict[str, Any] = {'error_message': json.dumps(inner)}
    if status == 401:
        found['error'] = {'code': status, 'title': title, 'message': detail}
    return found


def phrase(status: int) -> str:
    """The title of a status, such as "Not Found"."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return 'Error'


def of_status(
    status: int, request_id: str, detail: str = '', *, retired: bool = False
) -> bytes:
    """An error of which only the status is known."""
    title = phrase(status)
    code = _CODES.get(status, 'error' if status < 500 else 'internal_error')
    return body(
        status,
        code,
        title,
        detail or f'{title}.',
        request_id,
        retired=retired,
    )


def of_exception(
    exc: Exception,
    request_id: str,
    what: str,
    *,
    retired: bool = False,
    admin: bool = False,
) -> tuple[int, bytes, list[tuple[str, str]]]:
    """Status, body and headers for whatever was raised.

    What nobody foresaw is a 500 that says nothing of the inside; the
    traceback goes to the log, under the request id that the answer has.

    :param what: method and path, for sentences and the log
    :param retired: for a client of the retired API, in its form and with
        its statuses
    :param admin: for one who may see where servers are: what others are not
        told is told
    """
    if isinstance(exc, exceptions.ServiceError) and exc.status != 500:
        extra = {'reasons': exc.reasons, 'server_uuid': exc.server_uuid}
        extra = {key: value for key, value in extra.items() if value}
        extra.update(exc.extra)
        status, title = exc.status, exc.title
        if retired and exc.retired_status is not None:
            status = exc.retired_status
            title = phrase(status)
        LOG.log(
            logging.WARNING if exc.status >= 500 else logging.INFO,
            '%s: %d %s: %s',
            what,
            status,
            exc.code,
            _CONTROL.sub(
                ' ', sanitize.strip_urls(exc.told(admin=True))
            ),
        )
        headers = []
        if exc.retry_after is not None:
            headers.append(('Retry-After', str(exc.retry_after)))
        return (
            status,
            body(
                status,
                exc.code,
                title,
                exc.told(admin=admin),
                request_id,
                sanitize.clean(extra),
                retired=retired,
            ),
            headers,
        )
    if isinstance(exc, NotImplementedError):
        LOG.warning('%s: the driver cannot do this', what)
        return (
            501,
            body(
                501,
                'not_implemented',
                'Not Implemented',
                str(exc) or 'The driver of this service cannot do this.',
                request_id,
                retired=retired,
            ),
            [],
        )
    if isinstance(exc, http_exceptions.HTTPException) and exc.code:
        return _of_http_exception(exc, request_id, what, retired=retired)
    LOG.error('%s failed unexpectedly', what, exc_info=exc)
    return (
        500,
        of_status(
            500,
            request_id,
            'Something went wrong inside the service. Its log says more '
            f'under {request_id}.',
            retired=retired,
        ),
        [],
    )


def _of_http_exception(
    exc: http_exceptions.HTTPException,
    request_id: str,
    what: str,
    *,
    retired: bool,
) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What Flask itself found: no such route, a wrong method, a body."""
    status = exc.code or 500
    path = what.partition(' ')[2]
    headers = []
    if isinstance(exc, http_exceptions.MethodNotAllowed):
        allowed = ', '.join(sorted(exc.valid_methods or ()))
        headers.append(('Allow', allowed))
        detail = f'{what} is not possible; {path} takes {allowed}.'
    elif status == 404:
        detail = f'There is nothing at {path}.'
    elif status == 413:
        detail = (
            'The body of the request is larger than this service takes '
            '([api] max_body_size).'
        )
    elif status >= 500:
        LOG.error('%s failed unexpectedly', what, exc_info=exc)
        detail = ''
    else:
        detail = exc.description or ''
    return (
        status,
        of_status(status, request_id, detail, retired=retired),
        headers,
    )
