"""What Flywheel is about: markets, content, accounts, organisations, context, and what was measured.

It may import the kernel. Decision 0018.
"""
