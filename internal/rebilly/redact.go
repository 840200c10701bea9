package rebilly

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
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
	// slash is one as it is, or after backslashes, as JSON has it, or a backslash, which
	// browsers accept.
	slash = `(?:\\*/|\\)`
	// escapedSlash is one in the escapes of URLs, JSON, JavaScript, and HTML.
	escapedSlash = `(?:%(?:25)*2f|\\+(?:u00|x)2f|&#x0*2f;|&#0*47;|&sol;)`
)

// Everything after the host of a URL can be a secret, and so is user information.
var (
	escapedURL = regexp.MustCompile(`(?i)(?:` +
		slash + lineBreak + escapedSlash + `|` + escapedSlash + lineBreak + `(?:` + slash + `|` + escapedSlash + `))` + rest)
	userInformation = regexp.MustCompile(`(` + slash + lineBreak + slash + `)(?:[^ /?#"<>\\]*@)+`)
	beyondTheHost   = regexp.MustCompile(`(` + slash + lineBreak + slash + `(?:[\pL\pN._:\[\]*-]|\n)*)[^\s"<>\pL\pN._:\[\]*-]` + rest)
	// signatureParameter is a parameter that signs a URL, wherever it stands.
	signatureParameter = regexp.MustCompile(`(?i)((?:x-(?:amz|goog|ms|oss|cos)-[a-z-]*(?:signature|credential|token)|(?:signature|sig|token|access_token|policy|key-pair-id|awsaccesskeyid|googleaccessid))` +
		`(?:\\*["']?\s*:\s*\\*["']|=|%(?:25)*3d|\\+(?:u00|x)3d)|` +
		`(?:x-(?:amz|goog|ms|oss|cos)-[a-z-]*)?signature\s*[:=]\s*)` + rest)
	// escapes are those of URLs, quoted-printable text, JSON, JavaScript, and C.
	escapes = regexp.MustCompile(`%[0-9A-Fa-f]{2}|=[0-9A-F]{2}|\\u\{[0-9A-Fa-f]{1,6}\}|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|\\[0-7]{3}|\\.`)
	// breakCommands keeps CI from finding commands in a line.
	breakCommands = strings.NewReplacer("::", ": :", "##[", "## [", "##vso[", "## vso[")
)

const (
	// maxCleaned is how much of a text is read, in bytes, and maxSpelling what a
	// secret that is cut there may take.
	maxCleaned, maxSpelling = 64 << 10, 8 << 10
	// maxNesting is how often a text may be escaped.
	maxNesting = 5
	// minSecret is the length from which a secret is found however it is spelled. A
	// shorter one is in too many words.
	minSecret = 6
)

// quoted is text in quotes. The errors of net/http quote what a host sent.
var quoted = regexp.MustCompile(`"(\\.|[^"\\])*"`)

// unquote returns the text of an error of net/http without Go's escapes, in which a
// secret could hide.
func unquote(err error) string {
	return quoted.ReplaceAllStringFunc(err.Error(), func(text string) string {
		plain, err := strconv.Unquote(text)
		if err != nil {
			return mask
		}

		return `"` + strings.ReplaceAll(plain, `"`, "'") + `"`
	})
}

// redactor makes external text safe for errors and logs: it removes secrets,
// possible signed links, and characters that control a terminal or start a new line
// in a log.
type redactor struct {
	// secret compiles its pattern when it is first needed: for a token of 1 KB, that
	// takes 40 ms, and most runs show no text of the API.
	secret func() *regexp.Regexp
	// plain are the secrets without escapes and whitespace.
	plain []string
}

// newRedactor returns a redactor that finds the credential and other secrets, as they
// are and in any escapes, in any case: net/http lowers the case of host names.
func newRedactor(credential Credential, others ...string) redactor {
	var patterns, plain []string
	for _, secret := range append([]string{credential.secret}, others...) {
		if secret != "" {
			patterns = append(patterns, secretPattern(secret))
		}
		if text := withoutSpaces(unescape(secret)); len(text) >= minSecret {
			plain = append(plain, text)
		}
	}

	return redactor{plain: plain, secret: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)` + strings.Join(patterns, "|")) })}
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

// clean returns text on one line, with at most limit characters, and cuts it only
// after that, because it would not find half a secret. If a secret is left in another
// spelling, it returns the mask alone.
func (r redactor) clean(text string, limit int) string {
	tooLong := len(text) > maxCleaned
	text = strings.Map(visible, text[:min(len(text), maxCleaned)])
	text = r.mask(text)
	if tooLong {
		text = strings.ToValidUTF8(text[:max(0, len(text)-maxSpelling)], "")
	}
	plain := unescape(text)
	if r.mask(plain) != plain || slices.ContainsFunc(r.plain, func(secret string) bool { return strings.Contains(withoutSpaces(plain), secret) }) {
		text = mask
	}
	text = breakCommands.Replace(strings.Join(strings.Fields(text), " "))

	if characters := []rune(text); len(characters) > limit {
		text = string(characters[:limit]) + "…"
	}

	return text
}

// mask masks secrets and links.
func (r redactor) mask(text string) string {
	text = r.secret().ReplaceAllString(text, mask)
	text = signatureParameter.ReplaceAllString(text, "$1"+mask)
	text = escapedURL.ReplaceAllString(text, mask)
	text = userInformation.ReplaceAllString(text, "$1")

	return beyondTheHost.ReplaceAllString(text, "$1/"+mask)
}

// unescape returns text without escapes, also nested ones.
func unescape(text string) string {
	for range maxNesting {
		before := text
		text = escapes.ReplaceAllStringFunc(html.UnescapeString(text), func(escape string) string {
			digits, base := strings.Trim(escape, `\%=ux{}`), 16
			if escape[0] == '\\' && len(escape) == len(`\137`) && escape[1] != 'x' {
				base = 8
			}
			if code, err := strconv.ParseUint(digits, base, 21); err == nil && len(escape) > len(`\n`) {
				return string(rune(code))
			}
			switch escape[1:] {
			case "b", "f", "n", "r", "t", "v":
				return ""
			default:
				return escape[1:]
			}
		})
		if text == before {
			break
		}
	}

	return text
}

// withoutSpaces returns text in lower case, without whitespace and what is not
// visible.
func withoutSpaces(text string) string {
	return strings.ToLower(strings.Join(strings.Fields(strings.Map(visible, text)), ""))
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
