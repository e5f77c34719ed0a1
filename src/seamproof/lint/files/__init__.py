"""
The files of a project, and whether they show Seam.
"""
