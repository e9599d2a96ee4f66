"""A window in the browser for the commands: what `texturenet studio` serves on this machine alone.

In: a folder of runs, and what the commands lend (`tools.Tools`). Out: pages on the loopback, and
whatever the commands write when a job runs. A job is a process of the command line itself.

Read in this order: server.py (one studio from start to end), api.py (what the page may ask for),
guard.py (who may ask), sources.py and labels.py (pictures that came in), orders.py and chosen.py
(what a page says -> a command line), jobs.py and runner.py (the queue, and the process of the job
that runs), worker.py (that process), library.py (what was made), events.py (what the page is told
while it is open). `page/` is the page: no build step, no framework.
"""
