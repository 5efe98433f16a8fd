"""Reminders: which reports are stuck, who is responsible, and telling each person once a day.

``stuck`` says which reports wait too long and at whom; ``people`` finds them by postings; ``digests``
tells each of them once a working day; ``asking`` is for those who remind by hand; ``sending`` puts
messages into the portal and into the post, and logs every one.
"""
