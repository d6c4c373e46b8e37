"""The HTTP API below `/api/`: joins the routers of the rooms. Errors become answers in `config/errors.py`."""

from __future__ import annotations

from django.conf import settings
from ninja import NinjaAPI

from chat.api import router as chat
from chat.api_files import router as files
from chat.api_keys import router as keys
from chat.api_organisations import router as organisations
from chat.api_reaching import router as reaching
from chat.api_structure import router as structure
from circles.api import router as circles
from circles.api_break_glass import router as break_glass
from circles.api_invitations import router as invitations
from circles.api_network import router as network
from circles.api_patients import router as patients
from circles.api_places import router as places
from circles.careteam.api_proposals import router as proposals
from circles.careteam.api_systems import router as systems
from compliance.api_certificates import router as certificates
from compliance.api_exports import router as exports
from compliance.api_findings import router as findings
from compliance.api_receipts import router as receipts
from compliance.api_rights import router as rights
from compliance.api_subjects import router as subjects
from compliance.api_trail import router as trail
from config import errors

api = NinjaAPI(title="Cordée", version=settings.VERSION, docs_url=None, urls_namespace="api")
errors.install(api)
api.add_router("", circles)
api.add_router("", patients)
api.add_router("", break_glass)
api.add_router("", places)
api.add_router("", invitations)
api.add_router("", chat)
api.add_router("", files)
api.add_router("", keys)
api.add_router("", organisations)
api.add_router("", structure)
api.add_router("", systems)
api.add_router("", proposals)
api.add_router("", network)
api.add_router("", reaching)
api.add_router("", receipts)
api.add_router("", trail)
api.add_router("", certificates)
api.add_router("", subjects)
api.add_router("", rights)
api.add_router("", findings)
api.add_router("", exports)
