package provider

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// world is the provider on a network to the fake API.
type world struct {
	terraform protocol
	network   *rebillytest.Network
	next      http.RoundTripper
	// gets and posts count the requests of the provider, also those that never
	// arrive.
	gets, posts atomic.Int64

	mu          sync.Mutex
	connections []*silenceable
}

// newWorld returns a world in which the fault hits the target once the requests
// before it are through.
func (f fault) newWorld(t *testing.T, hit target, lasting bool) *world {
	t.Helper()
	current := new(world)
	through := hit.before
	if f.silence {
		// A connection that is open, and idle.
		through++
	}
	current.network = rebillytest.ServeInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if through > 0 {
			if !f.silence {
				// The next request needs a new connection, so that it can fail.
				w.Header().Set("Connection", "close")
			}
			if through--; through == 0 {
				defer f.install(current, hit, lasting)
			}
		}
		bothHosts(hit.api)(w, r)
	}), faultHost, faultFilesHost)
	if through == 0 {
		f.install(current, hit, lasting)
	}

	transport := rebilly.NewTransport()
	transport.Proxy = nil
	transport.DialContext, transport.TLSClientConfig = current.dial, current.network.Trust()
	t.Cleanup(transport.CloseIdleConnections)
	current.next = transport
	current.terraform = startProvider(t, options{getenv: environment(nil), transport: current})
	mustSucceed(t, current.terraform.configure(values{"api_key": rebillytest.SecretKey, "base_url": "https://" + faultHost}))
	if f.silence {
		_, diagnostics := current.terraform.read(exportID)
		mustSucceed(t, diagnostics)
	}

	return current
}

// install makes the fault hit the next request, or every request from now on.
func (f fault) install(current *world, hit target, lasting bool) {
	switch {
	case f.silence:
		current.silence()
	case f.connection != nil && lasting:
		current.network.FailAlways(f.connection)
	case f.connection != nil:
		current.network.Fail(f.connection)
	case f.file != nil && lasting:
		hit.api.FailFilesAlways(f.file(hit))
	case f.file != nil:
		hit.api.FailFiles(f.file(hit))
	case lasting:
		hit.api.FailAlways(f.response(hit))
	default:
		hit.api.Fail(f.response(hit))
	}
}

func (w *world) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost {
		w.posts.Add(1)
	} else {
		w.gets.Add(1)
	}

	return w.next.RoundTrip(request)
}

func (w *world) sent() int { return int(w.gets.Load() + w.posts.Load()) }

func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	connection, err := w.network.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.connections = append(w.connections, &silenceable{Conn: connection})

	return w.connections[len(w.connections)-1], nil
}

// silence silences the connections that are open.
func (w *world) silence() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, connection := range w.connections {
		connection.silent.Store(true)
	}
}

// silenceable is a connection that can lose everything that is written to it
// without an error.
type silenceable struct {
	net.Conn

	silent atomic.Bool
}

func (c *silenceable) Write(data []byte) (int, error) {
	if c.silent.Load() {
		return len(data), nil
	}

	return c.Conn.Write(data)
}
