"""The bare metal compute API itself (extra ``service``)."""

import warnings

# Where Eventlet happens to be installed, oslo.utils imports it to see whether
# it is in use; what Eventlet says then is not for who starts this service.
warnings.filterwarnings('ignore', message=r'\s*Eventlet is deprecated')
