"""Enterprise certification (企业认证): an enterprise shows who it is, a reviewer looks, and then it may do business.

An area of its own above ``reviews``: it is a case like the others, while ``identity`` lies under everything that has an
actor.
"""
