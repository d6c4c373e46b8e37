"""Who reads at night and is not used to working at night."""

from __future__ import annotations

from collections.abc import Iterator

from compliance.findings.day import Day, Found, circles_of


def find(day: Day) -> Iterator[Found]:
    """Whoever works nights was there on other nights; whoever replaces them for one writes as well as reads."""
    for who, acts in day.by_person.items():
        night = [act for act in acts if day.is_night(act.t)]
        read = [act for act in night if act.reads]
        if len(read) < day.thresholds["night_readings"] or any(act.act == "message.send" for act in night):
            continue
        habit = day.known.habit(who, day.start, day.night)
        if habit.nights >= day.thresholds["night_usual"]:
            continue
        circles = len(circles_of(read))
        yield Found(
            rule="out_of_hours",
            about=f"{who} {day.day}",
            score=min(90, 35 + 5 * circles),
            evidence=tuple(read),
            who=who,
            cir=read[0].cir if circles == 1 else None,
            pat=read[0].pat if circles == 1 else None,
            facts={"readings": len(read), "circles": circles, "nights": habit.nights},
        )
