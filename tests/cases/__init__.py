"""Inputs that this trade's people, and clients of other GraphQL servers, stumbled over: `cases.json`, and who plays it.

A case stands for a kind (`kind`), found where `report` says. It is one request, or `steps` of which later ones use what
earlier ones saved: a GraphQL `document` of somebody's (`role`), an `upload`, or bare `http`. `expect` lists what must
stand at a path of the answer. When the schema changes the document follows; the expectation never changes.
"""
