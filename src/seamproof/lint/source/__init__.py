"""
Sources in ten languages, as tokens, literals and their uses.
"""
