"""A desk that lists a column its model does not have."""

from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import Desk

desk = Desk(Body, columns=("name", "cdoe"))
