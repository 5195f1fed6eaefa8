"""What concentrations of continuous emission monitoring are converted to (HJ 75-2017, HJ 76-2017).

When an hour, a day and a month are valid stands in `kernel.pure` (valid_hour, valid_day, valid_month; HJ 76-2017 appendix B).
"""


def converted(concentration: float, oxygen: float, reference: float) -> float | None:
    """A dry concentration at the reference oxygen content: C (21 - O2 ref) / (21 - O2 measured), both in percent by volume.

    None when the measured oxygen is that of air or more: then nothing burns, and a conversion would invent a number.
    The form is not confirmed in print.
    """
    if oxygen >= 21:
        return None
    return concentration * (21 - reference) / (21 - oxygen)
