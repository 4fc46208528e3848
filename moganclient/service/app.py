"""The WSGI application: middleware around Flask's routes."""

from __future__ import annotations

import typing

import flask
from oslo_config import cfg
from oslo_middleware import http_proxy_to_wsgi

from moganclient.service.api import adoptable_nodes
from moganclient.service.api import aggregates
from moganclient.service.api import authentication
from moganclient.service.api import availability_zones
from moganclient.service.api import consoles
from moganclient.service.api import faults
from moganclient.service.api import flavor_access
from moganclient.service.api import flavors
from moganclient.service.api import health
from moganclient.service.api import keypairs
from moganclient.service.api import manageable_servers
from moganclient.service.api import middleware
from moganclient.service.api import nodes
from moganclient.service.api import policy
from moganclient.service.api import server_builds
from moganclient.service.api import server_groups
from moganclient.service.api import server_networks
from moganclient.service.api import server_states
from moganclient.service.api import servers
from moganclient.service.api import state
from moganclient.service.api import versions
from moganclient.service import runtime as runtime_mod

if typing.TYPE_CHECKING:
    from _typeshed import wsgi


#: The resources, each under /v1 and, as then, without it.
_BLUEPRINTS = (
    adoptable_nodes.blueprint,
    aggregates.blueprint,
    availability_zones.blueprint,
    consoles.blueprint,
    flavor_access.blueprint,
    flavors.blueprint,
    keypairs.blueprint,
    manageable_servers.blueprint,
    nodes.blueprint,
    server_builds.blueprint,
    server_groups.blueprint,
    server_networks.blueprint,
    server_states.blueprint,
    servers.blueprint,
)


def build_app(
    conf: cfg.ConfigOpts, runtime: runtime_mod.Runtime | None = None
) -> wsgi.WSGIApplication:
    """The application alone; see :func:`build`."""
    return build(conf, runtime)[1]


def build(
    conf: cfg.ConfigOpts, runtime: runtime_mod.Runtime | None = None
) -> tuple[runtime_mod.Runtime, wsgi.WSGIApplication]:
    """Put the service and its application together.

    Nothing runs in the background yet: see ``Runtime.start_background``.

    :param runtime: the service's inside; None builds it
    :raises moganclient.service.exceptions.ConfigError: the configuration is
        wrong; auth_strategy has to be there
    """
    app = routes(conf)
    layered = _layers(app.wsgi_app, conf)
    rules = policy.Policy(conf)
    # Last: it may create a database, which a wrong configuration should not.
    runtime = runtime or runtime_mod.build(conf)
    state.install(app, state.State(runtime, rules, health.Checker(runtime)))
    return runtime, layered


def _layers(
    app: wsgi.WSGIApplication, conf: cfg.ConfigOpts
) -> wsgi.WSGIApplication:
    """The middleware, from the inside out."""
    app = authentication.build(app, conf)
    if conf.auth_strategy != 'keystone':
        app = middleware.Guard(app, conf)
    app = http_proxy_to_wsgi.HTTPProxyToWSGI(app, conf)
    return middleware.Envelope(app, conf)


def routes(conf: cfg.ConfigOpts) -> flask.Flask:
    """The inside of the application: every route, without its parts yet."""
    app = flask.Flask('moganclient.service', static_folder=None)
    public = conf.api.public_endpoint
    app.config.update(
        MAX_CONTENT_LENGTH=conf.api.max_body_size,
        MAX_LIMIT=conf.api.max_limit,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        PUBLIC_ENDPOINT=(
            public.rstrip('/').removesuffix('/v1') if public else None
        ),
    )
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.register_blueprint(versions.blueprint)
    app.register_blueprint(health.blueprint)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint, url_prefix='/v1')
        # Where the links of the kind "bookmark" lead to.
        app.register_blueprint(
            blueprint, url_prefix='', name=f'{blueprint.name}_bookmark'
        )
    app.register_error_handler(Exception, _fault)
    app.after_request(_mark)
    return app


def _mark(answer: flask.Response) -> flask.Response:
    """Tell the envelope that an error is in our form already."""
    flask.request.environ[faults.RENDERED] = True
    return answer


def _sees_all() -> bool:
    """Whether who calls may see on which machines servers are."""
    return state.CONTEXT in flask.request.environ and state.allows(
        policy.SERVERS_GET_HOST
    )


def _fault(exc: Exception) -> flask.Response:
    environ = flask.request.environ
    status, content, headers = faults.of_exception(
        exc,
        environ['openstack.request_id'],
        middleware.what_of(environ),
        retired=not environ.get(state.STATED, False),
        admin=_sees_all(),
    )
    answer = flask.Response(
        content, status=status, mimetype='application/json'
    )
    answer.headers.extend(headers)
    return answer
