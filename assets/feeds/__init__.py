"""Feeds: what their operator has named is fetched, politely, and put into the raw folder as web archives.

    feeds_file      the operator's list of feeds          listing     feeds, sitemaps, lists -> addresses of articles
    addresses       addresses of pages, cleaned           connection  sockets: which addresses, how long
    client          one request and its answer            robots      what a host allows
    limits          how much, how fast, how long          state       what was fetched, kept through kills
    archive         answers as a web archive              fetching    one fetch of all feeds
    run             a fetch under the settings            asset       the asset `feeds`

Nothing here parses an article: the archives are read by intake as any other. The list and the state are never in the
warehouse folder or the raw folder: what others put there must not make a build connect to an address.
"""

# The name of the asset.
FEEDS = "feeds"
