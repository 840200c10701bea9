package rebilly

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const mask = "***"

const (
	// maxShownText and maxShownExcerpt are the limits for texts of the API in errors
	// and logs, in characters.
	maxShownText    = 1000
	maxShownExcerpt = 120
	// maxCleaned is how much of a text is read, in bytes, and maxSecret what a secret
	// that is cut there may take.
	maxCleaned, maxSecret = 64 << 10, 8 << 10
	// minSecret is the length from which a secret is found across spaces, and secretPart
	// that of the parts that are found. Shorter ones are in too many texts: all keys of
	// the sandbox begin with the same eleven characters.
	minSecret, secretPart = 6, 12
)

var (
	// word is what spaces, quotation marks, and angle brackets separate. Mail programs
	// and proxies break the lines of a secret or a link anywhere, and indent them.
	word      = regexp.MustCompile(`(?:[^ \n"<>]|\n[\n ]*)+`)
	lineBreak = regexp.MustCompile(`\n[\n ]*`)
	// hostOfURL matches a URL up to its user information, and the host. Base64 can have
	// two slashes, too, as the value of a parameter.
	hostOfURL = regexp.MustCompile(`^([^=]*?//)(?:[^/?#@]*@)*([\pL\pN._:\[\]*-]*)`)
	// escape matches an escape of a URL, HTML, JSON, or C.
	escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}|&(?:#|[A-Za-z]+;)|\\`)
	// plainArgument matches a word with an equals sign that is too short and plain for a
	// signature, such as a part of a filter.
	plainArgument = regexp.MustCompile(`^[(\w.!=]{0,24}=[\w.:-]{0,16}[.,;)]*$`)
	// signature matches the name of a parameter that signs a URL, and its value.
	signature = regexp.MustCompile(`(?i)((?:x-[a-z-]*(?:signature|credential|token)|signature)["'\]]*\s*[:=]>?\s*["'\[]*|` +
		`(?:sig|token|policy|key-pair-id|accesskeyid|accessid)(?:["'\]]*\s*[:=]>?\s*["'\[]+|=))(?:[^\s"'<>]|\n[\n ]*)+`)
	// breakCommands keeps CI from finding commands in a line.
	breakCommands = strings.NewReplacer("::", ": :", "##[", "## [", "##vso[", "## vso[")
)

// redactor makes external text safe for errors and logs: it removes secrets,
// possible signed links, and characters that control a terminal or start a new line
// in a log. It does not read escapes, of which there are too many: it shows no word
// with one.
type redactor struct {
	// plain matches the secrets as they are, in any case: net/http lowers the case of
	// host names. parts are those without whitespace, in lower case, and all parts of
	// them with secretPart characters.
	plain *regexp.Regexp
	parts []string
}

func newRedactor(credential Credential, others ...string) redactor {
	var r redactor
	var patterns []string
	for _, secret := range append([]string{credential.secret}, others...) {
		if secret != "" {
			patterns = append(patterns, regexp.QuoteMeta(secret))
		}
		compact := compacted(secret)
		if len(compact) >= minSecret {
			r.parts = append(r.parts, compact[:min(len(compact), secretPart)])
		}
		for i := 1; i+secretPart <= len(compact); i++ {
			r.parts = append(r.parts, compact[i:i+secretPart])
		}
	}
	r.plain = regexp.MustCompile("(?i)" + strings.Join(patterns, "|"))

	return r
}

// clean returns text on one line, with at most limit characters, and cuts it only
// after that, because it would not find half a secret. If a part of a secret is left, it
// returns the mask alone.
func (r redactor) clean(text string, limit int) string {
	tooLong := len(text) > maxCleaned
	text = strings.Map(visible, text[:min(len(text), maxCleaned)])
	if tooLong {
		text = strings.ToValidUTF8(text[:max(0, len(text)-maxSecret)], "")
	}
	text = r.plain.ReplaceAllString(text, mask)
	text = signature.ReplaceAllString(text, "$1"+mask)
	if masked := word.ReplaceAllStringFunc(text, maskWord); r.shows(text) || r.shows(masked) {
		text = mask
	} else {
		// Twice, because of three colons.
		text = breakCommands.Replace(breakCommands.Replace(strings.Join(strings.Fields(masked), " ")))
	}
	if characters := []rune(text); len(characters) > limit {
		text = string(characters[:limit]) + "…"
	}

	return text
}

// shows reports whether text has a part of a secret, also across spaces.
func (r redactor) shows(text string) bool {
	text = compacted(text)

	return slices.ContainsFunc(r.parts, func(part string) bool { return strings.Contains(text, part) })
}

// maskWord returns a word of which the part is masked that could be a secret: all of
// it if it could have an escape of a URL, HTML, JSON, or C, what follows the host of a
// URL, and the value of a parameter, or an escape of quoted-printable text.
func maskWord(text string) string {
	shown := lineBreak.ReplaceAllString(text, "")
	rest := ""
	if host := hostOfURL.FindStringSubmatch(shown); host != nil {
		rest = shown[len(host[0]):]
		shown = host[1] + host[2]
		if rest != "" {
			rest = "/" + mask
		}
	} else if name, value, _ := strings.Cut(shown, "="); value != "" && !plainArgument.MatchString(shown) {
		shown, rest = name+"=", mask
	} else {
		shown = text
	}
	if escape.MatchString(shown) {
		return mask
	}

	return shown + rest
}

// compacted returns text in lower case, without whitespace and what is not visible.
func compacted(text string) string {
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
