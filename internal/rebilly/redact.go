package rebilly

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// mask stands where something secret stood.
const mask = "***"

// The longest stretches of the API's own words that errors and logs show, in
// characters.
const (
	maxShownText    = 1000
	maxShownExcerpt = 120
)

// Absolute URLs, also as JSON text spells them ("https:\/\/"). A signed link
// keeps its secret in the path or the query, so that no more than the host of
// any link may be shown, and no user information before it.
var (
	userInformation = regexp.MustCompile(`(?i)(https?:\\?/\\?/)[^\s/?#"'<>\\]*@`)
	beyondTheHost   = regexp.MustCompile(`(?i)(https?:\\?/\\?/[^\s/?#"'<>\\]*)[\\/?#][^\s"'<>]*`)
)

// redactor makes text from outside fit for errors and logs: without the
// credential, without what could be a signed link, without characters that
// steer a terminal or forge a line of a log.
type redactor struct {
	secret *regexp.Regexp
}

// newRedactor recognizes the credential as it is and as URLs spell it, in any
// case: the names of hosts lose theirs.
func newRedactor(credential Credential) redactor {
	secret := credential.secret
	spellings := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	for i, spelling := range spellings {
		spellings[i] = regexp.QuoteMeta(spelling)
	}

	return redactor{secret: regexp.MustCompile(`(?i)` + strings.Join(spellings, "|"))}
}

// clean returns text on one line, of limit characters at most. It cuts last:
// half a secret is not recognized any more.
func (r redactor) clean(text string, limit int) string {
	text = r.secret.ReplaceAllString(text, mask)
	text = userInformation.ReplaceAllString(text, "$1")
	text = beyondTheHost.ReplaceAllString(text, "$1/"+mask)
	text = strings.Map(func(character rune) rune {
		if unicode.IsPrint(character) {
			return character
		}

		return ' '
	}, text)
	text = strings.Join(strings.Fields(text), " ")

	if characters := []rune(text); len(characters) > limit {
		text = string(characters[:limit]) + "…"
	}

	return text
}
