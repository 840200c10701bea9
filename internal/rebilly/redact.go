package rebilly

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// mask replaces secrets.
const mask = "***"

// The longest texts of the API that errors and logs show, in characters.
const (
	maxShownText    = 1000
	maxShownExcerpt = 120
)

// Absolute URLs, also with the escapes of JSON ("https:\/\/"). The secret of a
// signed link is in its path or query, so that only the host of a link may be
// shown, without user information.
var (
	userInformation = regexp.MustCompile(`(?i)(https?:\\?/\\?/)[^\s/?#"'<>\\]*@`)
	beyondTheHost   = regexp.MustCompile(`(?i)(https?:\\?/\\?/[^\s/?#"'<>\\]*)[\\/?#][^\s"'<>]*`)
)

// redactor makes external text safe for errors and logs: it removes the
// credential, possible signed links, and characters that control a terminal or
// start a new line in a log.
type redactor struct {
	secret *regexp.Regexp
}

// newRedactor returns a redactor that finds the credential as it is and as
// URLs escape it, in any case: net/http lowers the case of host names.
func newRedactor(credential Credential) redactor {
	secret := credential.secret
	spellings := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	for i, spelling := range spellings {
		spellings[i] = regexp.QuoteMeta(spelling)
	}

	return redactor{secret: regexp.MustCompile(`(?i)` + strings.Join(spellings, "|"))}
}

// clean returns text on one line, with at most limit characters. It cuts last,
// because it would not find half a secret.
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
