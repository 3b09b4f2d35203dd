"""Say where a case stands in the fixed words and the reader's language: the same sentences for page, mail and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from vetting.data.status import BUSINESS_DAYS, TIMES, WHO
from vetting.queries.estimates import Expected, day_after
from vetting.queries.standing import Standing, Times


@dataclass(frozen=True, slots=True)
class Speech:
    """How to speak to a reader: sentences in their language, days in words, and where they get help."""

    translate: Callable[[str], str]
    day: Callable[[date], str]
    help: str = ""

    def say(self, sentence: str, **values: str | int) -> str:
        """A marked sentence, translated and filled."""
        return self.translate(sentence) % values

    def count(self, days: int) -> str:
        """A number of business days in words."""
        return self.say(BUSINESS_DAYS.one if days == 1 else BUSINESS_DAYS.more, count=days)


def headline(standing: Standing, speech: Speech) -> str:
    """Where it stands, in one or two short sentences."""
    line = standing.words
    text = line.headline
    if standing.by is not None:
        text = (line.many if standing.count > 1 else "") or line.dated or text
    by = speech.day(standing.by) if standing.by is not None else ""
    return speech.say(text, by=by, count=standing.count, done=standing.done, total=standing.total)


def who_next(standing: Standing, speech: Speech) -> str:
    """Who acts next, as a sentence."""
    return speech.say(WHO[standing.words.who])


def what_next(standing: Standing, speech: Speech) -> str:
    """What happens then."""
    return speech.say(standing.words.next)


@dataclass(frozen=True, slots=True)
class Told:
    """The sentences about time: who had it how long, how long it usually takes, what that means here, and the source.

    ``picture`` says in words what the bar shows; ``late`` that an expected time is over.
    """

    shared: str = ""
    usual: tuple[str, ...] = ()
    source: str = ""
    picture: str = ""
    late: bool = False


def told(times: Times, today: date, speech: Speech) -> Told:
    """All that is said about time."""
    shared = _shared(times, speech)
    if times.expected is not None:
        found, since = times.expected, times.since or today
        usual = [_usual(found, speech), _yours(found, since, speech)]
        if times.whole_half is not None and times.whole_nine is not None:
            usual.append(
                speech.say(TIMES["whole"], half=speech.count(times.whole_half), nine=speech.count(times.whole_nine))
            )
        return Told(shared, tuple(usual), _source(times, speech), _picture(found, speech), found.longer)
    if times.target is not None:
        aim = times.target
        usual = [speech.say(TIMES["target"], by=speech.day(aim.day), days=speech.count(aim.days))]
        late = aim.day < today
        if late:
            usual.append(speech.say(TIMES["overdue"], help=speech.help))
        return Told(shared, tuple(usual), speech.say(TIMES["target_why"]), late=late)
    return Told(shared)


def _shared(times: Times, speech: Speech) -> str:
    if times.since is None or not times.us + times.you:
        return ""
    key = "shared" if times.you else "with_us"
    return speech.say(TIMES[key], us=speech.count(times.us), you=speech.count(times.you))


def _usual(found: Expected, speech: Speech) -> str:
    values = {"half": speech.count(found.half)}
    if found.nine is None:
        return speech.say(TIMES["usual_half"], **values)
    return speech.say(TIMES["usual"], **values, nine=speech.count(found.nine))


def _yours(found: Expected, since: date, speech: Speech) -> str:
    """What it means for this case: from its first day, or of those that waited as long, or that it waits too long."""
    waited = speech.count(found.waited)
    if found.longer:
        return speech.say(TIMES["longer"], waited=waited, help=speech.help)
    if found.left_half is None:
        return speech.say(TIMES["waited_only"], waited=waited)
    dates: Mapping[str, str] = {"half_by": speech.day(day_after(since, found.left_half)), "waited": waited}
    key = "waited" if found.waited else "dates"
    if found.left_nine is None:
        return speech.say(TIMES[f"{key}_half"], **dates)
    return speech.say(TIMES[key], **dates, nine_by=speech.day(day_after(since, found.left_nine)))


def _source(times: Times, speech: Speech) -> str:
    # What the day itself brought is not part of it yet.
    day = speech.day(times.computed_on - timedelta(days=1)) if times.computed_on else ""
    return speech.say(TIMES["source"], closed=times.closed, open=times.still_open, day=day)


def _picture(found: Expected, speech: Speech) -> str:
    if found.nine is None:
        return ""
    words = {"nine": found.nine, "half": found.half, "waited": found.waited}
    return speech.say(TIMES["picture"], **{name: speech.count(days) for name, days in words.items()})
