"""
Sources of the contract: documentation pages and the OpenAPI document.
"""
