"""Tags inside picture files: removing single entries and leaving every other byte as it was.

exif   EXIF blocks: previews, GPS position and orientation removed in place.
iptc   IPTC records: previews and names of places removed.
xmp    XMP packets: previews, places and orientation removed.
"""
