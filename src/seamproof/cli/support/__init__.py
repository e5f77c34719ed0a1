"""
What several commands share: options, output, the client of a mock server.
"""
