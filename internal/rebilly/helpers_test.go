package rebilly

import (
	"bytes"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const (
	exportID = rebillytest.ExportID
	fileID   = "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"
)

// newTestClient returns a client of api, with the given changes to its
// configuration. The client needs no network.
func newTestClient(tb testing.TB, api http.Handler, changes ...func(*Config)) *Client {
	tb.Helper()
	config := Config{
		BaseURL:    LiveBaseURL,
		Credential: SecretKey(rebillytest.SecretKey),
		UserAgent:  "test",
		MaxRetries: DefaultMaxRetries,
		Transport:  rebillytest.Transport(api),
	}
	for _, change := range changes {
		change(&config)
	}
	client, err := NewClient(config)
	if err != nil {
		tb.Fatalf("NewClient: %v", err)
	}

	return client
}

func maxRetries(count int) func(*Config) {
	return func(c *Config) { c.MaxRetries = count }
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// apiHost is the host of LiveBaseURL, and filesHost that of signed links.
const (
	apiHost   = "api.rebilly.com"
	filesHost = "files.example.com"
)

// serveInMemory serves api over TLS in memory. It returns the network, and a
// change that makes a client use it through the transport of net/http.
func serveInMemory(t *testing.T, api http.Handler) (*rebillytest.Network, func(*Config)) {
	t.Helper()
	network := rebillytest.ServeInMemory(t, api, apiHost, filesHost)

	return network, func(c *Config) {
		transport := NewTransport()
		transport.Proxy = nil
		transport.DialContext = network.Dial
		transport.TLSClientConfig = network.Trust()
		c.Transport = transport
	}
}

// serveTLS serves api over TLS with HTTP/2. It returns the URL, and a transport
// that trusts the server's certificate.
func serveTLS(t *testing.T, api http.Handler) (string, *http.Transport) {
	t.Helper()
	address, trust := rebillytest.ServeTLS(t, api)
	transport := NewTransport()
	transport.TLSClientConfig = trust
	t.Cleanup(transport.CloseIdleConnections)

	return address, transport
}

// logBuffer collects log lines of all levels. Its handler locks it.
type logBuffer struct{ bytes.Buffer }

func (b *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// mustNotShow fails the test if text contains a credential or a signed link.
func mustNotShow(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{rebillytest.SecretKey, rebillytest.JWT, rebillytest.SignedLinkSecret} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows a secret: %s", what, text)
		}
	}
}

// allocated returns the number of bytes that this process allocates until run
// returns.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)

	return after.TotalAlloc - before.TotalAlloc
}
