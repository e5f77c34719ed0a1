"""
The commands, a module each, by what they are about.
"""
