package rebilly

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

const (
	maxRedirects = 5

	requestIDHeader = "X-Request-Id"
)

// NewTransport returns a new transport for one client, with HTTP/2, the proxy
// of the environment, health checks of idle HTTP/2 connections, and enough
// idle connections for Terraform's parallelism. Callers may change it before
// its first use.
func NewTransport() *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	// Terraform reads ten objects at a time by default. With the limit of go-cleanhttp,
	// one more per host than there are CPUs, most reads would dial again.
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns
	transport.MaxResponseHeaderBytes = 1 << 20
	// Without these pings, one dead HTTP/2 connection would fail every retry of every
	// request.
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second}

	return transport
}

// checkRedirect is the client's http.Client.CheckRedirect. It follows redirects
// within the first request's scheme, host, and port only: net/http treats
// REB-APIKEY like any other header and would send it to every host.
func (c *Client) checkRedirect(request *http.Request, via []*http.Request) error {
	first, target := via[0], origin(request.URL)
	onSameHost := target == origin(first.URL)
	refuse := func(reason string) error {
		return &RedirectError{Target: c.redactor.clean(target, maxShownExcerpt), OnSameHost: onSameHost, reason: reason}
	}
	switch {
	case first.URL.Scheme == "https" && request.URL.Scheme != "https":
		return refuse("the connection would not be encrypted")
	case !onSameHost:
		return refuse("it is another host, which would receive the credential")
	case first.Method != http.MethodGet:
		return refuse("the request changes something and is sent only once")
	case len(via) > maxRedirects:
		return refuse("there were too many redirects")
	}

	return nil
}

var defaultPorts = map[string]string{"http": "80", "https": "443"}

// origin returns the scheme, host, and port of u, always with the port.
func origin(u *url.URL) string {
	port := cmp.Or(u.Port(), defaultPorts[u.Scheme])

	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
