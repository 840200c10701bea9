package rebilly

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

const (
	// maxIdleConnections is the number of connections kept open between
	// requests. Terraform reads ten objects at a time by default; with the
	// default of net/http, two per host, most reads would dial again.
	maxIdleConnections = 100

	// maxHeaderBytes is the limit for a response's header, in bytes.
	maxHeaderBytes = 1 << 20

	// A connection without a frame for http2PingAfter is pinged, and closed
	// http2PingTimeout later if no response came. Without this, one dead
	// HTTP/2 connection would fail every retry of every request.
	http2PingAfter   = 10 * time.Second
	http2PingTimeout = 5 * time.Second

	maxRedirects = 5

	requestIDHeader = "X-Request-Id"
)

// NewTransport returns a new transport for one client, with HTTP/2, the proxy
// of the environment, health checks of idle HTTP/2 connections, and enough
// idle connections for Terraform's parallelism. Callers may change it before
// its first use.
func NewTransport() *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.MaxIdleConns = maxIdleConnections
	transport.MaxIdleConnsPerHost = maxIdleConnections
	transport.MaxResponseHeaderBytes = maxHeaderBytes
	transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: http2PingAfter, PingTimeout: http2PingTimeout}

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
	port := u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}

	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
