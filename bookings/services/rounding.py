"""Whole cents, exactly: no float ever touches an amount."""


def half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest whole number, a half upwards (both ≥ 0)."""
    return (2 * numerator + denominator) // (2 * denominator)


def spread(total: int, weights: list[int]) -> list[int]:
    """Split `total` in proportion to `weights` so that the parts add up to it exactly.

    Largest remainder: everyone gets the whole cents of their share, and the cents left over go
    to the largest fractions (a tie to the earlier one). All zero weights give all zero parts.
    Source: Hamilton's method, https://en.wikipedia.org/wiki/Quota_method (read 2026-11-22).
    """
    whole = sum(weights)
    if whole == 0:
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    by_fraction = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_fraction[: total - sum(parts)]:
        parts[index] += 1
    return parts
