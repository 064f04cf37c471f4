"""Help desks: the tier where agents see it, kept true, never lost, always undoable.

Connectors translate and talk to nobody; one engine carries, waits, tries again, remembers and undoes.
"""
