package rebillytest

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"syscall"
)

// Transport returns an http.RoundTripper that calls handler in the same
// goroutine, without a network. The clock of a testing/synctest bubble does not
// advance while a goroutine waits for a network. If handler panics with
// http.ErrAbortHandler, the connection fails.
func Transport(handler http.Handler) http.RoundTripper {
	return transport{handler}
}

type transport struct{ handler http.Handler }

func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	// net/http sends nothing either.
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	if trace := httptrace.ContextClientTrace(request.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	incoming := request.Clone(request.Context())
	if incoming.Body == nil {
		incoming.Body = http.NoBody
	}
	recorded := httptest.NewRecorder()
	cut := t.serve(recorded, incoming)

	switch {
	case request.Context().Err() != nil:
		return nil, request.Context().Err()
	case cut && !recorded.Flushed:
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	response := recorded.Result()
	response.Request = request
	if cut {
		response.Body = io.NopCloser(io.MultiReader(bytes.NewReader(recorded.Body.Bytes()), brokenReader{}))
	}

	return response, nil
}

func (t transport) serve(w http.ResponseWriter, r *http.Request) (cut bool) {
	defer func() {
		switch reason := recover(); reason {
		case nil:
		case http.ErrAbortHandler:
			cut = true
		default:
			panic(reason)
		}
	}()
	t.handler.ServeHTTP(w, r)

	return false
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
