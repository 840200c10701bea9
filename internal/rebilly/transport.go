package rebilly

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/hashicorp/go-cleanhttp"
)

// maxIdleConnections is how many connections stay open between requests.
// Terraform reads ten objects at once unless -parallelism says more; with
// net/http's default of two a host, every other read would shake hands anew.
const maxIdleConnections = 100

// maxHeader is how much of an answer's header is read, in bytes.
const maxHeader = 1 << 20

// NewTransport returns a transport of its own for one client: HTTP/2 where
// the host speaks it, the proxy of the environment, and connections that are
// kept for at least as many reads as Terraform does at once. Callers may
// change it before its first use.
func NewTransport() *http.Transport {
	transport := cleanhttp.DefaultPooledTransport()
	transport.MaxIdleConns = maxIdleConnections
	transport.MaxIdleConnsPerHost = maxIdleConnections
	transport.MaxResponseHeaderBytes = maxHeader

	return transport
}

const requestIDHeader = "X-Request-Id"

// loggingTransport logs every exchange at debug level: what was asked and how
// it ended, and neither headers nor bodies, in which the secrets are.
type loggingTransport struct {
	next   http.RoundTripper
	logger *slog.Logger
	redactor
}

// RoundTrip implements http.RoundTripper.
func (t *loggingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx := request.Context()
	if !t.logger.Enabled(ctx, slog.LevelDebug) {
		return t.next.RoundTrip(request)
	}

	start := time.Now()
	response, err := t.next.RoundTrip(request)
	attributes := []slog.Attr{
		slog.String("method", request.Method),
		slog.String("path", t.clean(request.URL.Path, maxShownText)),
		slog.Int("attempt", callFrom(ctx).attempts),
		slog.Duration("duration", time.Since(start)),
	}
	if err != nil {
		attributes = append(attributes, slog.String("error", t.clean(err.Error(), maxShownText)))
	} else {
		attributes = append(attributes,
			slog.Int("status", response.StatusCode),
			slog.String("request_id", t.clean(response.Header.Get(requestIDHeader), maxShownExcerpt)))
	}
	t.logger.LogAttrs(ctx, slog.LevelDebug, "Rebilly API request", attributes...)

	return response, err
}
