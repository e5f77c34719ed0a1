"""
Why a handler refuses the plain genuine delivery, found out by trying.
"""
