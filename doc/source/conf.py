"""How Sphinx builds this documentation."""

from __future__ import annotations

import pathlib

extensions = [
    'cliff.sphinxext',
    'openstackdocstheme',
    'oslo_config.sphinxconfiggen',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'oslo_policy.sphinxpolicygen',
    'sphinx.ext.autodoc',
]

project = 'python-moganclient'
copyright = 'python-moganclient developers'  # noqa: A001
root_doc = 'index'

# -- Theme

html_theme = 'openstackdocs'
openstackdocs_repo_name = 'openstack/python-moganclient'
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_pdf_link = False
openstackdocs_use_storyboard = False
openstackdocs_bug_project = ''
openstackdocs_bug_tag = ''

pygments_style = 'native'
add_module_names = False

# -- What is written down by the code itself

autodoc_member_order = 'bysource'
autodoc_typehints = 'signature'
autodoc_default_options = {'members': True, 'show-inheritance': True}

# Several classes have a field `type`, and signatures have Python's own.
suppress_warnings = ['ref.python']

autoprogram_cliff_application = 'openstack'

# The samples of the configuration and of the policy that the guides show.
_tools = pathlib.Path(__file__).resolve().parents[2] / 'tools'
config_generator_config_file = [
    (str(_tools / 'config-generator.conf'), '_static/moganclient'),
]
policy_generator_config_file = [
    (str(_tools / 'policy-generator.conf'), '_static/moganclient'),
]
