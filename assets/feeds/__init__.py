"""Feeds: fetch what the operator listed, politely, into the raw folder as web archives.

    feeds_file      the operator's list of feeds          listing     feeds, sitemaps, lists -> addresses of articles
    addresses       addresses of pages, cleaned           connection  sockets: allowed addresses, deadlines
    client one request and its response            robots      what a host allows
    limits          how much, how fast, how long          state       what was fetched; survives kills
    archive responses as a web archive              fetching    one fetch of all feeds
    run             a fetch under the settings            asset       the asset `feeds`

Nothing here parses an article: intake reads the archives like any other file. The list and the state are never in the
warehouse folder or the raw folder: files that others put there must not make a build connect to an address.
"""

# Name of the asset.
FEEDS = "feeds"
