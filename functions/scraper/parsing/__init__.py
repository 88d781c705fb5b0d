"""Reads feeds, pages and documents of strangers.

No library that reads foreign bytes runs in the Lambda's own process: `child.py` starts one of `workers/` for each
reading, with limits on time, memory and output and without the Lambda's environment, and `outcome.py` turns what
became of it into one of the errors the queue knows.
"""
