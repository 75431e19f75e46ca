package views

import "strconv"

// What says in plain words why the launch failed.
func (p *LaunchError) What() string { return p.textOr("launch."+p.Reason, "launch.other") }

// Do says what the person can do about it.
func (p *LaunchError) Do() string { return p.textOr("launch."+p.Reason+"_do", "launch.other_do") }

// Heading is the error in a few words.
func (p *ErrorPage) Heading() string {
	return p.textOr("error."+strconv.Itoa(p.Status), "error.500", "Name", p.SignedInAs)
}

// Sentence says what happened and what to do.
func (p *ErrorPage) Sentence() string {
	return p.textOr("error."+strconv.Itoa(p.Status)+"_text", "error.500_text", "Name", p.SignedInAs)
}

// textOr is the text of a key if there is one, else that of another.
func (b *Base) textOr(key, other string, args ...any) string {
	return b.words.text(b.keyOr(key, other), args)
}

// keyOr is a key if there is such a text, else another.
func (b *Base) keyOr(key, other string) string {
	if _, known := b.words.messages[key]; known {
		return key
	}
	return other
}
