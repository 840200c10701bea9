package rebilly

import (
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const exportID = rebillytest.ExportID

// newTestClient returns a client of api that needs no network, changed by
// the given functions.
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

// logBuffer collects log lines of all levels.
type logBuffer struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (b *logBuffer) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.lines.Write(line)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()

	return b.lines.String()
}

func (b *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// mustNotShow fails the test where text holds a credential or a signed link.
func mustNotShow(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{rebillytest.SecretKey, rebillytest.JWT, rebillytest.SignedLinkSecret} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows a secret: %s", what, text)
		}
	}
}
