package rebilly

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// mask replaces secrets.
const mask = "***"

// The longest texts of the API that errors and logs show, in characters.
const (
	maxShownText    = 1000
	maxShownExcerpt = 120
)

// The parts of the patterns below. At that time, text has no control or format
// characters but newlines. A newline, and the indentation after it, can be anywhere
// in a secret, because mail programs and proxies break lines.
const (
	lineBreak = `(?:\n[\n ]*)?`
	// rest is everything up to a space, a quotation mark, or an angle bracket. An
	// apostrophe is a part of a URL.
	rest = `(?:[^\s"<>]|\n[\n ]*)*`
	// slash is one as it is, or after backslashes, as JSON has it.
	slash = `\\*/`
	// escapedSlash is one in the escapes of URLs, JSON, JavaScript, and HTML.
	escapedSlash = `(?:%(?:25)*2f|\\+(?:u00|x)2f|&#x0*2f;|&#0*47;|&sol;)`
)

// Everything after the host of a URL can be a secret, and so is user information.
var (
	escapedURL = regexp.MustCompile(`(?i)(?:` +
		slash + lineBreak + escapedSlash + `|` + escapedSlash + lineBreak + `(?:` + slash + `|` + escapedSlash + `))` + rest)
	userInformation = regexp.MustCompile(`(` + slash + lineBreak + slash + `)(?:[^ /?#"<>\\]*@)+`)
	beyondTheHost   = regexp.MustCompile(`(` + slash + lineBreak + slash + `(?:[\pL\pN._:\[\]-]|\n)+)[^\s"<>\pL\pN._:\[\]-]` + rest)
	// signatureParameter is a parameter that signs a URL, wherever it stands.
	signatureParameter = regexp.MustCompile(`(?i)((?:x-(?:amz|goog|ms|oss|cos)-[a-z-]*(?:signature|credential|token)|(?:signature|sig|token|access_token|policy|key-pair-id|awsaccesskeyid|googleaccessid))` +
		`(?:\\*"?\s*:\s*\\*"|=|%(?:25)*3d|\\+(?:u00|x)3d))` + rest)
)

// redactor makes external text safe for errors and logs: it removes secrets,
// possible signed links, and characters that control a terminal or start a new line
// in a log.
type redactor struct {
	// secret compiles its pattern when it is first needed: for a token of 1 KB, that
	// takes 40 ms, and most runs show no text of the API.
	secret func() *regexp.Regexp
}

// newRedactor returns a redactor that finds the credential and other secrets, as they
// are and in any escapes, in any case: net/http lowers the case of host names.
func newRedactor(credential Credential, others ...string) redactor {
	var patterns []string
	for _, secret := range append([]string{credential.secret}, others...) {
		if secret != "" {
			patterns = append(patterns, secretPattern(secret))
		}
	}

	return redactor{secret: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)` + strings.Join(patterns, "|")) })}
}

// secretPattern returns a pattern for secret in which every character can be
// escaped, and any two can be on different lines.
func secretPattern(secret string) string {
	characters := make([]string, len(secret))
	for i, character := range []byte(secret) {
		characters[i] = fmt.Sprintf(`(?:%s|%%(?:25)*%02x|\\+(?:u00|x)%02x|&#x0*%02x;)`,
			regexp.QuoteMeta(string(rune(character))), character, character, character)
		if character == '/' {
			characters[i] = `\\*` + characters[i]
		}
	}

	return strings.Join(characters, lineBreak)
}

// clean returns text on one line, with at most limit characters. It cuts last,
// because it would not find half a secret.
func (r redactor) clean(text string, limit int) string {
	text = strings.Map(visible, text)
	text = r.secret().ReplaceAllString(text, mask)
	text = signatureParameter.ReplaceAllString(text, "$1"+mask)
	text = escapedURL.ReplaceAllString(text, mask)
	text = userInformation.ReplaceAllString(text, "$1")
	text = beyondTheHost.ReplaceAllString(text, "$1/"+mask)
	text = strings.Join(strings.Fields(text), " ")

	if characters := []rune(text); len(characters) > limit {
		text = string(characters[:limit]) + "…"
	}

	return text
}

// visible maps what separates lines to a newline, other whitespace to a space, and
// what is not visible to nothing.
func visible(character rune) rune {
	switch {
	case unicode.In(character, unicode.Zl, unicode.Zp), strings.ContainsRune("\t\n\v\f\r\u0085", character):
		return '\n'
	case unicode.IsSpace(character):
		return ' '
	case !unicode.IsPrint(character), unicode.In(character, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
		return -1
	default:
		return character
	}
}
