"""What would serve any job system: jobs, schedules, circuits, dead letters, notifications, and what they stand on.

It knows nothing of markets, posts or networks. Decision 0018.
"""
