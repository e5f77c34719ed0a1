"""
Generation of what checks send: events, mutations, encodings, signed requests.
"""
