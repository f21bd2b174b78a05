"""The JSON API, one short view per endpoint: organizations, keys and agreements for staff, and an agency's own organization."""

from services.partners.routes.agreements import agreements
from services.partners.routes.keys import keys
from services.partners.routes.organizations import organizations
from services.partners.routes.own import own

__all__ = ["agreements", "keys", "organizations", "own"]
