"""What grows, in which steps, and how its cost is expected to grow with it."""

from dataclasses import dataclass, field

# An exponent of 1 is linear, 0 means that it does not depend.
QUANTITIES = {
    "record_ns": "recording, ns each",
    "read_ns": "reading, ns an event",
    "agent_mb": "peak memory, agent",
    "reader_mb": "peak memory, reader",
    "disk_mb": "trace on disk",
}


@dataclass
class Dimension:
    name: str
    title: str
    label: str  # of the x axis
    what: str
    points: list
    expected: dict
    record_unit: str = "ns of thread CPU an event, host taken off"
    long: list = field(default_factory=list)  # points that are measured once
    why: dict = field(default_factory=dict)  # by quantity: why it grows faster than expected

    def panels(self):
        return [
            ("Recording", self.record_unit, [("", "record_ns")]),
            ("Reading into the model", "ns an event, one core", [("", "read_ns")]),
            ("Peak memory", "MB", [("agent", "agent_mb"), ("reader", "reader_mb")]),
            ("Trace on disk", "MB", [("", "disk_mb")]),
        ]


def grows(record=0, read=0, agent=0, reader=0, disk=0):
    return dict(zip(QUANTITIES, (record, read, agent, reader, disk)))


A_CREATION = "ns of thread CPU a creation and finish, host taken off"

DIMENSIONS = [
    Dimension(
        "events",
        "Number of events",
        "events in the trace",
        "The workload of the table above.",
        [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000],
        grows(reader=1, disk=1),
        long=[100_000_000],
        why={
            "record_ns": "a short recording writes its whole life into memory that nobody has touched yet.",
            "agent_mb": "the ring is touched chunk by chunk, up to its size (64 MiB) and no further.",
        },
    ),
    Dimension(
        "pending",
        "Tasks pending at once",
        "tasks pending",
        "20 M events, whatever is pending: a random one of the pending tasks runs, finishes and is replaced.",
        [100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000],
        grows(),
        long=[1_000_000, 10_000_000],
        why={
            "record_ns": "the host finds its tasks at random in an array that no cache holds any more, and what it waits "
            "for is hidden only while nothing is recorded. With the oldest task replaced instead of a random one, a "
            "million pending tasks cost the same as a hundred: the agent keeps nothing of a pending task.",
            "read_ns": "an event changes its task's row, and tasks of random age are rows that no cache holds. With the "
            "oldest task replaced, a million pending read as fast as a hundred.",
            "reader_mb": "10 M pending are twice as many tasks as the other points have in all: memory goes with tasks, "
            "pending or not.",
            "agent_mb": "the ring is touched chunk by chunk, up to its size (64 MiB) and no further.",
        },
    ),
    Dimension(
        "sites",
        "Places that create tasks",
        "places, each with a stack of its own",
        "2 M creations from that many places, each with a stack of its own, some 14 frames deep.",
        [10, 100, 1_000, 10_000, 100_000, 1_000_000],
        grows(disk=1, reader=1),
        A_CREATION,
        long=[1_000_000],
        why={
            "record_ns": "the first 16 stacks of a place are taken in any case. Up to 10,000 places such stacks are few among "
            "2 M; with a million places they are all there is, and none comes back to be known again.",
            "read_ns": "from 100,000 places on, the places weigh more than the events: each has its stack and its "
            "histograms of lifetimes, delays and spans, some 3 KB to be made and judged.",
            "agent_mb": "names and stacks that were told once are remembered by their hashes, in tables with room for a "
            "million.",
            "disk_mb": "below 10,000 places the events outweigh the stacks.",
        },
    ),
    Dimension(
        "threads",
        "Threads",
        "threads",
        "10 M events, divided among threads that record at the same time.",
        [1, 2, 4, 8, 16, 32, 64],
        grows(),
        why={
            "agent_mb": "each thread fills a chunk of its own.",
            "disk_mb": "each thread has batches of its own, and more threads mean smaller ones: their headers weigh in a "
            "stream that packs this well.",
            "read_ns": "threads are merged by time, one comparison an event, and small batches are opened more often.",
        },
    ),
    Dimension(
        "depth",
        "Depth of creation stacks",
        "calls above the creation",
        "5,000 creations, all with their stack; up to 128 frames are recorded.",
        [4, 8, 16, 32, 64, 128],
        grows(record=1),
        A_CREATION,
        why={
            "record_ns": "up to 40 frames a stack is known again when it comes back, deeper ones are unwound every time.",
            "disk_mb": "a stack is written once, so it is its frames that are seen to grow in so small a trace.",
        },
    ),
]
