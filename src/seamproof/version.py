"""
The version of this package, and how its requests name it.
"""

__version__ = "0.1.0"
#: The user agent of Svix, with the version of this package.
USER_AGENT = f"Svix-Webhooks/1.0 (seamproof {__version__})"
