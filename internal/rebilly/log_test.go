package rebilly

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestEveryAttemptIsLoggedWithoutSecrets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		broken := errors.New("read tcp: broken by " + rebillytest.SecretKey)
		api.Fail(
			rebillytest.OffContract(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Request-Id", "req_1 "+rebillytest.SecretKey)
				w.WriteHeader(http.StatusBadGateway)
			}),
		)
		var log logBuffer
		client := newTestClient(t, api, func(c *Config) {
			c.Logger = log.logger()
			next := c.Transport
			c.Transport = roundTripFunc(func(request *http.Request) (*http.Response, error) {
				if broken != nil {
					defer func() { broken = nil }()

					return nil, broken
				}

				return next.RoundTrip(request)
			})
		})
		if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
			t.Fatal(err)
		}

		mustNotShow(t, "the log", log.String())
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 3 {
			t.Fatalf("got %d lines, want one an attempt:\n%s", len(lines), log.String())
		}
		for i, want := range []map[string]any{
			{"attempt": 1.0, "error": "read tcp: broken by ***"},
			{"attempt": 2.0, "status": 502.0, "request_id": "req_1 ***"},
			{"attempt": 3.0, "status": 200.0, "request_id": ""},
		} {
			var line map[string]any
			if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
				t.Fatal(err)
			}
			want["level"], want["method"], want["path"] = "DEBUG", "GET", "/organization-exports/"+exportID
			for name, value := range want {
				if line[name] != value {
					t.Errorf("line %d: %s is %v, want %v", i, name, line[name], value)
				}
			}
			if _, there := line["duration"]; !there {
				t.Errorf("line %d has no duration", i)
			}
		}
	})
}
