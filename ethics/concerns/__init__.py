"""Private notes that somebody may need help: to the designated leads alone, apart from grading and moderation.

People and cohorts are named by public id and never by foreign key: nothing reaches a concern from what it is about.
"""
