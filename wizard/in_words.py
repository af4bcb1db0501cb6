"""Sizes, times and days as people say them."""

from __future__ import annotations

import time


def bytes_in_words(amount: float) -> str:
    """ "728 kB"."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if amount >= size:
            number = amount / size
            return f"{number:.1f} {unit}" if number < 10 else f"{number:.0f} {unit}"
    return f"{amount:.0f} B"


def day_in_words(moment: float, now: float) -> str:
    """The time of day for today, the day for this year, else with its year."""
    then, today = time.localtime(moment), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    if then.tm_year == today.tm_year:
        return time.strftime("%d %b", then)
    return time.strftime("%d %b %Y", then)


def ago_in_words(moment: float, now: float) -> str:
    """ "3 hours ago"; "just now" within the last few seconds."""
    seconds = max(0.0, now - moment)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count = int(seconds // size)
        if count and (size > 1 or count > 5):
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def milliseconds_in_words(milliseconds: float) -> str:
    """ "0.8 ms", "12 ms", "1.4 s"."""
    if milliseconds >= 1000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms" if milliseconds >= 10 else f"{milliseconds:.1f} ms"


def seconds_in_words(seconds: float) -> str:
    """ "3.2 s", "42 s", "1m 02s", "1h 05m"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m {rest:02d}s"
    return f"{minutes // 60}h {minutes % 60:02d}m"
