package provider

import (
	"net/http"
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
	// sent and posts count the requests of the provider, also those that never
	// arrive.
	sent, posts atomic.Int64
}

// newWorld returns a world in which the fault hits the target once the requests
// before it are through.
func (f fault) newWorld(t *testing.T, hit target, lasting bool) *world {
	t.Helper()
	transport := rebilly.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	w, before := &world{next: transport}, hit.before
	w.network = rebillytest.ServeInMemory(t, http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		if before > 0 {
			// The next request needs a new connection, so that it can fail.
			response.Header().Set("Connection", "close")
			if before--; before == 0 {
				defer f.install(w.network, hit, lasting)
			}
		}
		bothHosts(hit.api)(response, request)
	}), faultHost, faultFilesHost)
	if before == 0 {
		f.install(w.network, hit, lasting)
	}

	transport.Proxy = nil
	transport.DialContext, transport.TLSClientConfig = w.network.Dial, w.network.Trust()
	opts := options{getenv: environment(nil), clientConfig: rebilly.Config{Transport: w}}
	w.terraform = configuredWith(t, opts, values{"base_url": "https://" + faultHost})

	return w
}

// install makes the fault hit the next request, or every request from now on.
func (f fault) install(network *rebillytest.Network, hit target, lasting bool) {
	switch {
	case f.connection != nil && lasting:
		network.FailAlways(f.connection)
	case f.connection != nil:
		network.Fail(f.connection)
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
	w.sent.Add(1)
	if request.Method == http.MethodPost {
		w.posts.Add(1)
	}

	return w.next.RoundTrip(request)
}
