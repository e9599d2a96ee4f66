"""A clock that stands still but for what a test lets take time."""


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now

    def takes(self, work, seconds):
        """A function that does the same and takes so long: a number, or a function of how often it
        has been called before."""
        calls = []

        def slow(*arguments, **options):
            calls.append(None)
            self.now += seconds(len(calls) - 1) if callable(seconds) else seconds
            return work(*arguments, **options)

        return slow
