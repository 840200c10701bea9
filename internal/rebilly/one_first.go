package rebilly

import (
	"net/http"
	"net/http/httptrace"
	"sync"
)

// oneFirst has one request connect before the others are sent. With HTTP/2
// they all share its connection; net/http would make one for each of those
// that begin at the same time, as the reads of a plan do.
type oneFirst struct {
	next http.RoundTripper

	begun sync.Once
	// connected is closed when the first request has a connection, or failed.
	connected chan struct{}
}

func newOneFirst(next http.RoundTripper) *oneFirst {
	return &oneFirst{next: next, connected: make(chan struct{})}
}

// RoundTrip implements http.RoundTripper.
func (t *oneFirst) RoundTrip(request *http.Request) (*http.Response, error) {
	first := false
	t.begun.Do(func() { first = true })
	if first {
		release := sync.OnceFunc(func() { close(t.connected) })
		defer release()
		request = request.WithContext(httptrace.WithClientTrace(request.Context(), &httptrace.ClientTrace{
			GotConn: func(httptrace.GotConnInfo) { release() },
		}))

		return t.next.RoundTrip(request)
	}

	select {
	case <-t.connected:
		return t.next.RoundTrip(request)
	case <-request.Context().Done():
		if request.Body != nil {
			_ = request.Body.Close()
		}

		return nil, request.Context().Err()
	}
}
