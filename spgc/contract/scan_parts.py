"""Equal parts of a scan: the part that a slice lies in, and the slices that a part holds.

The paper uses five regions (section 3.3.1) and 20 groups (section 3.3.2). Slices count from 0 at
the head. Slice i of S covers [i/S, (i + 1)/S) of the scan and lies in the part that its upper edge
lies in, so that sizes differ by one at most; with fewer slices than parts some parts are empty.
"""

from __future__ import annotations


def part_of(index: int, count: int, parts: int) -> int:
    """Which of `parts` equal parts, 0 at the head, slice `index` of `count` lies in."""
    return parts * index // count


def part_edges(count: int, parts: int) -> list[int]:
    """First slice of each part, then `count`: part k holds slices edges[k] to edges[k + 1] - 1.

    parts + 1 numbers that never fall, from 0 to `count`.
    """
    return [-(-part * count // parts) for part in range(parts + 1)]


def middle_of(part: int, count: int, parts: int) -> int:
    """The slice at the middle of a part, whether or not the part holds a slice."""
    return (2 * part + 1) * count // (2 * parts)
