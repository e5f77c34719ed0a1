"""
JSON Schemas of Seam's webhook events, and validation of payloads against them.
"""

from seamproof.schemas.catalogue import Catalogue, EventSchema, catalog, load_catalog
from seamproof.schemas.payload_validation import PayloadInvalid, is_valid, validate, violations
from seamproof.schemas.validation.contract import Violation

__all__ = [
    "Catalogue",
    "EventSchema",
    "PayloadInvalid",
    "Violation",
    "catalog",
    "is_valid",
    "load_catalog",
    "validate",
    "violations",
]
