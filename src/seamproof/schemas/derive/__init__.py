"""
Derivation of the schemas from their sources.
"""
