package rebilly

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// The API's hosts, one for each environment.
const (
	LiveBaseURL    = "https://api.rebilly.com"
	SandboxBaseURL = "https://api-sandbox.rebilly.com"
)

// ValidateBaseURL returns nil where address can stand before the API's paths:
// an absolute https URL with a host, or an http URL whose host is a loopback
// address, and neither user information, query nor fragment. A path is kept,
// for an API behind a gateway. The error says what is wrong and what to give
// instead; it does not show user information, which may hold a password.
func ValidateBaseURL(address string) error {
	_, err := parseBaseURL(address)

	return err
}

func parseBaseURL(address string) (*url.URL, error) {
	if strings.TrimSpace(address) != address {
		return nil, errors.New("the URL begins or ends with white space; remove it")
	}
	base, err := url.Parse(address)
	switch {
	case err != nil:
		// The parser's own words would repeat the address, and with it a
		// password that may stand in it.
		return nil, errors.New("the value is not a URL; give one such as " + SandboxBaseURL)
	case base.User != nil:
		return nil, errors.New("the URL holds a user name or password; leave it out and give the credential as api_key or jwt")
	case base.Scheme != "https" && base.Scheme != "http":
		return nil, fmt.Errorf("the URL %q does not begin with https://; give one such as %s", address, SandboxBaseURL)
	case base.Hostname() == "":
		return nil, fmt.Errorf("the URL %q has no host; give one such as %s", address, SandboxBaseURL)
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return nil, errors.New("the URL has a query or a fragment; leave out everything from ? or # on")
	case base.Scheme == "http" && !isLoopback(base.Hostname()):
		return nil, fmt.Errorf("the URL %q would send the credential unencrypted; use https (http is for loopback addresses alone, such as http://127.0.0.1:8080)", address)
	}

	return base, nil
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}
