package roster

// SearchWords splits a text into the words by which people are found: without
// accents, case and punctuation. Who keeps names of their own and wants them
// found like people uses it for names and queries alike.
func SearchWords(s string) []string { return searchWords(s) }
