"""Who writes and how: language models behind one port, prompts, posts, the offline writer.

It asks the networks for their rules. Decision 0018.
"""
