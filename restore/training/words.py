"""Words that are printed over training pictures: captions, dates, logos."""

WORDS = (
    *(
        "aunt",
        "Berlin",
        "the",
        "1938",
        "proof",
        "harbour",
        "studio",
        "with",
        "love",
        "No.27",
        "from",
        "garden",
        "wedding",
    ),
    *("copy", "archive", "&sons", "Easter", "negative", "family", "at", "sea", "12.8.64", "school", "print", "preview"),
)
