"""
The HTTP API: that of Seam, the control API under `/mock`, and the event stream.
"""
