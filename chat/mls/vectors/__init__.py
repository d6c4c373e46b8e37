"""MLS test vectors: ``python -m chat.mls.vectors DIR`` prints ``name: passed/total`` for each file of DIR.

For developers and for tests/vectors: the official vectors (their form: test-vectors.md of
github.com/mlswg/mls-implementations), recorded group lives, and our own in tests/vectors/mls. Each runner says in its
docstring what a check covers. What needs a group's secrets (HPKE, AEAD, key schedule, secret tree) is not the business
of a server and is left out: psk_secret.json and secret-tree.json have no public part.
"""
