"""HTTP: one edge in front of one endpoint. From outside in: CORS headers, limits, the endpoint, which negotiates,
authenticates and answers.
"""
