"""One file a language: WORDS that people may say, SENTENCES that we say."""
