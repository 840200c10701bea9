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
	if err := RefuseCredential(id); err != nil {
		return &InvalidIDError{err.Error()}
	}
	switch length := utf8.RuneCountInString(id); {
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
