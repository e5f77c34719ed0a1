"""
Checks of effects: genuine events change the state, whenever they occurred.
"""
