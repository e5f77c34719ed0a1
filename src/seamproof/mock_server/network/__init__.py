"""
The network: HTTP requests to endpoints, and the policy on where they may go.
"""
