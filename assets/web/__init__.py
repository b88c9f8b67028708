"""Dagster's UI behind a guard, and the processes that run it.

    hosts      the names and origins that the UI answers to
    guard      which requests are refused, and the headers of every answer; no Dagster
    app        Dagster's webserver behind the guard
    server     one process that serves the UI and the pages (assets.web.pages) until it is stopped
    processes  the code server and the daemon as children: start, watch, stop
    child      what a child process runs

Belongs here: code between a browser and Dagster. Does not belong here: commands (assets.cli), a login (the task of a
proxy: docs/running.md), the content (Dagster, assets.web.pages).
"""
