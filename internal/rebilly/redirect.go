package rebilly

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

const maxRedirects = 5

// checkRedirect is the client's http.Client.CheckRedirect. net/http takes
// REB-APIKEY for a header like any other and would carry it to whatever host
// a redirect names, so that only the host asked in the first place, by the
// same scheme and port, is followed to.
func (r redactor) checkRedirect(request *http.Request, via []*http.Request) error {
	refuse := func(reason string) error {
		return &RedirectError{Target: r.clean(origin(request.URL), maxShownExcerpt), reason: reason}
	}
	switch first := via[0]; {
	case first.URL.Scheme == "https" && request.URL.Scheme != "https":
		return refuse("the connection would not be encrypted")
	case origin(request.URL) != origin(first.URL):
		return refuse("it is not the host that was asked, and would be handed the credential")
	case first.Method != http.MethodGet:
		return refuse("the request changes something and is sent only once")
	case len(via) > maxRedirects:
		return refuse("the redirects go on and on")
	}

	return nil
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// origin returns scheme, host and port of u, the port always spelled out.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}

	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
