package rebilly

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// writeBomb writes a gzip stream of 64 MiB of spaces.
func writeBomb(t *testing.T, w io.Writer) {
	t.Helper()
	compressed := gzip.NewWriter(w)
	spaces := []byte(strings.Repeat(" ", 1<<20))
	for range 64 {
		if _, err := compressed.Write(spaces); err != nil {
			return // The client has seen enough.
		}
	}
	_ = compressed.Close()
}

func TestARedirectOnTheSameHostIsFollowed(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"/organization-exports/" + exportID,
		LiveBaseURL + "/organization-exports/" + exportID,
		"https://API.rebilly.com:443/organization-exports/" + exportID,
	} {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.Redirect(http.StatusTemporaryRedirect, target))
		if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		if sent := len(api.Requests()); sent != 2 {
			t.Errorf("%s: %d requests were sent", target, sent)
		}
	}
}

func TestARedirectElsewhereIsRefusedAndNamesItsTarget(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ target, host, reason string }{
		"another host":            {"https://collector.example.com/x?key=" + rebillytest.SecretKey, "https://collector.example.com:443", "would be handed the credential"},
		"a subdomain":             {"https://eu.api.rebilly.com/x", "https://eu.api.rebilly.com:443", "would be handed the credential"},
		"another port":            {"https://api.rebilly.com:8443/x", "https://api.rebilly.com:8443", "would be handed the credential"},
		"from https to http":      {"http://api.rebilly.com/x", "http://api.rebilly.com:80", "would not be encrypted"},
		"a host named by the key": {"https://" + rebillytest.SecretKey + ".example.com/", "https://***.example.com:443", "would be handed the credential"},
		"around and around":       {"/organization-exports/" + exportID, "https://api.rebilly.com:443", "the redirects go on and on"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Redirect(http.StatusFound, test.target))
			_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), exportID)
			var refused *RedirectError
			if !errors.As(err, &refused) {
				t.Fatalf("got %v", err)
			}
			if refused.Target != test.host || !strings.Contains(err.Error(), test.reason) {
				t.Errorf("got %v (%s)", err, refused.Target)
			}
			if sent := len(api.Requests()); sent > maxRedirects+1 {
				t.Errorf("%d requests were sent", sent)
			}
			mustNotShow(t, "the error", err.Error())
		})
	}
}

func TestNoHeaderReachesTheHostOfARefusedRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host was asked for %s with %v", r.URL, r.Header)
	}))
	t.Cleanup(elsewhere.Close)
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Redirect(http.StatusFound, elsewhere.URL+"/steal"))
	address, transport := serve(t, api)
	transport.TLSClientConfig.RootCAs.AddCert(elsewhere.Certificate())
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, transport })
	if _, err := client.GetOrganizationExport(t.Context(), exportID); err == nil {
		t.Error("the redirect was followed")
	}
	if _, err := client.CreateOrganizationExport(t.Context(), CreateOptions{}); err == nil {
		t.Error("the redirect was followed")
	}
}
