package rebilly

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The base URLs of Rebilly's environments.
const (
	LiveBaseURL    = "https://api.rebilly.com"
	SandboxBaseURL = "https://api-sandbox.rebilly.com"
)

// maxIDLength is the API's limit for every resource ID, in characters.
const maxIDLength = 50

// otherCharacter matches what no ID has.
var otherCharacter = regexp.MustCompile(`[^@~\-.\w]`)

// ValidateID returns nil if id can be the ID of an export, an organization, or
// a file: 1 to 50 characters, each an ASCII letter, a digit, or one of
// @ ~ - . _ (the API's parameter resourceId). It refuses "." and "..", which
// change the path of a URL. The error is an *InvalidIDError.
func ValidateID(id string) error {
	switch length := utf8.RuneCountInString(id); {
	case LooksLikeCredential(id):
		return &InvalidIDError{"the value " + errMisplaced}
	case length == 0:
		return &InvalidIDError{"the ID is empty; check the variable or resource that it comes from"}
	case strings.Contains(id, "://"):
		return &InvalidIDError{"the value is a URL; give only the ID, which is its last part"}
	case length > maxIDLength:
		return &InvalidIDError{fmt.Sprintf("the ID has %d characters, and Rebilly's IDs have at most %d", length, maxIDLength)}
	case strings.ContainsAny(id, "\"'"):
		return &InvalidIDError{fmt.Sprintf("the ID %q has quotation marks; remove them", id)}
	case strings.TrimSpace(id) != id:
		return &InvalidIDError{fmt.Sprintf("the ID %q begins or ends with whitespace; remove it", id)}
	case otherCharacter.MatchString(id):
		return &InvalidIDError{fmt.Sprintf("the ID %q has the character %q, which Rebilly's IDs do not have; copy the ID again. IDs consist of letters, digits, and _ - . ~ @",
			id, otherCharacter.FindString(id))}
	case id == "." || id == "..":
		return &InvalidIDError{fmt.Sprintf("the ID %q would change the path of the request; check the variable or resource that it comes from", id)}
	}

	return nil
}

// errMisplaced says what a credential in another argument is.
const errMisplaced = "begins like a credential (sk_, pk_, or eyJ), and this text does not show it; set it as api_key or jwt only"

// LooksLikeCredential reports whether text begins like a secret or publishable API
// key or a JWT. Then no argument but a credential can have it, and nobody may show it.
func LooksLikeCredential(text string) bool {
	// Some tools keep the quotation marks of a variable.
	text = strings.TrimLeft(strings.Map(visible, text), "\n \"'`")

	return strings.HasPrefix(text, "sk_") || strings.HasPrefix(text, "pk_") || strings.HasPrefix(text, "eyJ")
}

// RefuseCredential returns an error, without text, if LooksLikeCredential is true.
func RefuseCredential(text string) error {
	if LooksLikeCredential(text) {
		return errors.New("the value " + errMisplaced)
	}

	return nil
}

// maxTextLength is the limit for text of a response that reaches state and messages,
// in bytes.
const maxTextLength = 1000

// validateText returns an error if text has control or format characters or commands,
// which speak to terminals and to CI, or is longer than maxTextLength. The error does
// not show text.
func validateText(field string, text *string) error {
	switch {
	case text == nil:
		return nil
	case len(*text) > maxTextLength:
		return fmt.Errorf("its field %q has more than %d bytes", field, maxTextLength)
	case strings.ContainsFunc(*text, isControl):
		return fmt.Errorf("its field %q has control or format characters", field)
	case breakCommands.Replace(*text) != *text:
		return fmt.Errorf("its field %q has a command for CI", field)
	}

	return nil
}

// isControl reports whether character controls what surrounds it: C0, C1, DEL,
// separators of lines, and format characters, such as bidirectional overrides.
func isControl(character rune) bool {
	return unicode.In(character, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// ValidateCredential returns nil if secret can be a secret API key or a JWT: one
// or more visible ASCII characters, which a header carries unchanged (RFC 9110,
// section 5.5). It refuses publishable keys (pk_...), which cannot call the API,
// and tokens after the authentication scheme Bearer. The error says what is
// wrong and how to fix it, and does not show the secret.
func ValidateCredential(secret string) error {
	switch {
	case secret == "":
		return errors.New("the value is empty; check the variable or secret that it comes from")
	case strings.TrimSpace(secret) == "":
		return errors.New("the value is only whitespace; check the variable or secret that it comes from")
	case strings.TrimSpace(secret) != secret:
		return errors.New("the value begins or ends with whitespace, such as a newline; remove it, with trimspace() in a configuration, or with \"$(cat FILE)\" in a shell")
	case strings.HasPrefix(secret, `"`), strings.HasPrefix(secret, "'"):
		return errors.New("the value has quotation marks, which some files of variables keep; remove them")
	case strings.HasPrefix(secret, "pk_"):
		return errors.New("the value is a publishable key (pk_...), which cannot call this API; give a secret API key (sk_...)")
	case strings.HasPrefix(secret, jwtPrefix):
		return errors.New("the value begins with the authentication scheme Bearer; give the token alone")
	}
	for position, character := range secret {
		if character <= ' ' || character > '~' {
			return fmt.Errorf("character %d of the value is not allowed in an HTTP header; keys and tokens consist of visible ASCII characters without spaces", position+1)
		}
	}

	return nil
}

// ValidateBaseURL returns nil if address can precede the API's paths: an
// absolute https URL with a host, or an http URL with a loopback address, and
// without user information, a query, or a fragment. A path is allowed, for an API
// behind a gateway. The error says how to fix the URL. It does not show the
// URL, which may contain a password.
func ValidateBaseURL(address string) error {
	_, err := parseBaseURL(address)

	return err
}

// parseBaseURL returns the validated URL in its normal form: the host in lower
// case and no trailing slash.
func parseBaseURL(address string) (*url.URL, error) {
	if err := RefuseCredential(address); err != nil {
		return nil, err
	}
	switch {
	case address == "":
		return nil, errors.New("the URL is empty; leave base_url out, or check the variable or resource that it comes from")
	case strings.TrimSpace(address) != address:
		return nil, errors.New("the URL begins or ends with whitespace; remove it")
	}
	base, err := url.Parse(address)
	switch {
	case err != nil:
		// The parser's error quotes the URL.
		return nil, errors.New("the value is not a valid URL; use a URL such as " + SandboxBaseURL)
	case base.User != nil:
		return nil, errors.New("the URL contains a user name or password; remove it and set the credential as api_key or jwt")
	case base.Scheme != "https" && base.Scheme != "http":
		return nil, errors.New("the URL does not begin with https://; use a URL such as " + SandboxBaseURL)
	case base.Hostname() == "":
		return nil, errors.New("the URL has no host; use a URL such as " + SandboxBaseURL)
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("the URL has a query or a fragment; remove everything from ? or # on")
	case base.Scheme == "http" && !isLoopback(base.Hostname()):
		return nil, errors.New("the URL would send the credential unencrypted; use https (http is allowed for loopback addresses only, such as http://127.0.0.1:8080)")
	}
	base.Host = strings.ToLower(base.Host)
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), strings.TrimRight(base.RawPath, "/")

	return base, nil
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}
