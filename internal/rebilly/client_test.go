package rebilly

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestClient_headers(t *testing.T) {
	t.Parallel()
	const agent = "Terraform/1.11.4 terraform-provider-rebilly/1.0.0"
	for name, test := range map[string]struct {
		credential Credential
		value      string
	}{
		"Reb-Apikey":    {SecretKey(rebillytest.SecretKey), rebillytest.SecretKey},
		"Authorization": {JWT(rebillytest.JWT), "Bearer " + rebillytest.JWT},
	} {
		api := rebillytest.NewFor(t)
		client := newTestClient(t, api, func(c *Config) { c.Credential, c.UserAgent = test.credential, agent })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Fatal(err)
		}
		want := http.Header{"Accept": {"application/json"}, "User-Agent": {agent}, name: {test.value}}
		if difference := cmp.Diff(want, api.Requests()[0].Header); difference != "" {
			t.Errorf("the header differs (-want +got):\n%s", difference)
		}
	}
}

func TestClient_baseURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		LiveBaseURL:                              LiveBaseURL,
		LiveBaseURL + "/":                        LiveBaseURL,
		SandboxBaseURL:                           SandboxBaseURL,
		"HTTPS://API.Rebilly.com":                LiveBaseURL,
		"https://Gateway.example.com:8443/A/b//": "https://gateway.example.com:8443/A/b",
		"https://gateway.example.com/a%2Fb/":     "https://gateway.example.com/a%2Fb",
		"http://LOCALHOST:8080/":                 "http://localhost:8080",
		"http://127.8.9.10":                      "http://127.8.9.10",
		"http://[::1]:8080":                      "http://[::1]:8080",
	} {
		client := newTestClient(t, nil, func(c *Config) { c.BaseURL = address })
		target, err := client.resourceURL("", exportsPath, "x")
		err = errors.Join(err, ValidateBaseURL(address))
		if got := client.BaseURL(); got != want || err != nil || target.String() != want+"/organization-exports/x" {
			t.Errorf("%s: got %s, %s, and %v, want %s", address, got, target, err, want)
		}
	}
}

func TestClient_untrustedCertificate(t *testing.T) {
	t.Parallel()
	address, _ := serveTLS(t, rebillytest.NewFor(t))
	client := newTestClient(t, nil, func(c *Config) { c.BaseURL, c.Transport = address, nil })
	_, err := client.GetOrganizationExport(t.Context(), "", exportID)
	connection, ok := errors.AsType[*ConnectionError](err)
	if !ok || connection.Attempts != 1 {
		t.Errorf("got %v", err)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("the cause is missing: %v", err)
	}
}

// errorOf returns the error of a call.
func errorOf[Result any](_ Result, err error) error { return err }

// operations calls each operation for one organization. The paths are those of the
// organization.
var operations = map[string]struct {
	path string
	call func(context.Context, *Client, string) error
}{
	"get": {"/organization-exports/" + exportID, func(ctx context.Context, client *Client, organization string) error {
		return errorOf(client.GetOrganizationExport(ctx, organization, exportID))
	}},
	"find": {"/organization-exports/" + exportID, func(ctx context.Context, client *Client, organization string) error {
		return errorOf(client.FindOrganizationExport(ctx, organization, exportID))
	}},
	"list": {"/organization-exports", func(ctx context.Context, client *Client, organization string) error {
		return errorOf(client.ListAllOrganizationExports(ctx, organization, ListOptions{}))
	}},
	"create": {"/organization-exports", func(ctx context.Context, client *Client, organization string) error {
		return errorOf(client.CreateOrganizationExport(ctx, organization, false))
	}},
	"get file": {"/files/" + fileID, func(ctx context.Context, client *Client, organization string) error {
		return errorOf(client.GetFile(ctx, organization, fileID))
	}},
	"wait": {"/organization-exports/" + exportID, func(ctx context.Context, client *Client, organization string) error {
		export := &OrganizationExport{ID: exportID, Status: StatusQueued}

		return errorOf(client.WaitForOrganizationExport(ctx, organization, export, nil))
	}},
}

func TestClient_organizationOfEveryCall(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			client := newTestClient(t, api, func(c *Config) { c.PollWait = 1 })
			for _, organization := range []string{".", "..", "a/b", "../admin", "a b", strings.Repeat("x", 51)} {
				err := operation.call(t.Context(), client, organization)
				if err == nil || !strings.HasPrefix(err.Error(), "organization: the ID ") || MayHaveActed(err) {
					t.Errorf("%q: got %v", organization, err)
				}
			}
			for i, organization := range []string{"org_eu", "", "org_us", "org_eu"} {
				want := operation.path
				if organization != "" {
					api.Add(organization, rebillytest.Completed(exportID, rebillytest.Created))
					want = "/organizations/" + organization + want
				}
				if err := operation.call(t.Context(), client, organization); err != nil {
					t.Fatalf("%q: %v", organization, err)
				}
				if requests := api.Requests(); len(requests) != i+1 || requests[i].Path != want {
					t.Errorf("%q: got the requests %+v, want the path %s", organization, requests, want)
				}
			}
		})
	}
}

// interruptions return a context that ends after a second.
var interruptions = map[string]func(context.Context) context.Context{
	"canceled": func(ctx context.Context) context.Context {
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Second, cancel)

		return ctx
	},
	"deadline": func(ctx context.Context) context.Context {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		context.AfterFunc(ctx, cancel)

		return ctx
	},
}

func TestClient_endOfContext(t *testing.T) {
	t.Parallel()
	type faults []rebillytest.Fault
	badGateway := rebillytest.Problem(http.StatusBadGateway, "Bad Gateway", "")
	tests := map[string]struct {
		faults  faults
		retries int
		early   bool
		wait    time.Duration
		want    string // the end of the error of a deadline
	}{
		"before the first attempt": {early: true},
		"in an attempt":            {faults: faults{rebillytest.Hang()}, retries: 1, want: ", after 1 attempt"},
		"in the last attempt":      {faults: faults{rebillytest.Hang()}, want: ", after 1 attempt"},
		"between attempts": {
			faults: faults{badGateway}, retries: 1, wait: time.Minute, want: ", after 1 attempt; the last status code was 502",
		},
		"in a retry": {
			faults: faults{badGateway, rebillytest.Hang()}, retries: 1, want: ", after 2 attempts; the last status code was 502",
		},
	}
	for name, test := range tests {
		for how, begin := range interruptions {
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(test.faults...)
				client := newTestClient(t, api, maxRetries(test.retries), func(c *Config) { c.RetryWait = test.wait })
				start := time.Now()
				ctx := begin(t.Context())
				if test.early {
					<-ctx.Done()
				}
				_, err := client.GetOrganizationExport(ctx, "", exportID)
				if elapsed := time.Since(start); !errors.Is(err, ctx.Err()) || elapsed > time.Second {
					t.Errorf("%s, %s: got %v after %s", name, how, err, elapsed)
				}
				want := "no usable response from " + apiHost + " within the time allowed" + test.want
				if _, ok := errors.AsType[*DeadlineError](err); ok != (how == "deadline") || ok && err.Error() != want {
					t.Errorf("%s, %s: got %v, want %s", name, how, err, want)
				}
				if _, ok := errors.AsType[*ConnectionError](err); ok {
					t.Errorf("%s, %s: got %+v, which is not about the connection", name, how, err)
				}
			})
		}
	}
}

func TestClient_postInterrupted(t *testing.T) {
	t.Parallel()
	hang := func(*rebillytest.API) rebillytest.Fault { return rebillytest.Hang() }
	// The keys are regular expressions; "" means that the export is returned.
	for want, fault := range map[string]func(*rebillytest.API) rebillytest.Fault{
		``: nil,
		`^no response from api\.rebilly\.com after 1 attempt: EOF$`:                                         rebillytest.CutAfterActing,
		`^no response from api\.rebilly\.com after 1 attempt: no response within the request timeout of 7s`: hang,
		`^export "org_exp_\w+" was requested and could not be read: `:                                       rebillytest.CutBodyAfterActing,
	} {
		for how, begin := range interruptions {
			synctest.Test(t, func(t *testing.T) {
				ctx := begin(t.Context())
				api := rebillytest.NewFor(t)
				if fault != nil {
					api.Fail(fault(api))
				}
				_, inMemory := serveInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					<-ctx.Done()
					synctest.Wait() // The client has done what it does about it.
					api.ServeHTTP(w, r)
				}))
				client := newTestClient(t, nil, inMemory, func(c *Config) { c.RequestTimeout = 7 * time.Second })
				export, err := client.CreateOrganizationExport(ctx, "", false)
				switch {
				case want == "" && (err != nil || export.Status != StatusQueued):
					t.Errorf("%s: got %+v and %v", how, export, err)
				case want != "" && (err == nil || export != nil || !MayHaveActed(err) || !regexp.MustCompile(want).MatchString(err.Error())):
					t.Errorf("%s: got %+v and %v, want %s", how, export, err, want)
				}
				connection, ok := errors.AsType[*ConnectionError](err)
				if ok && (!connection.Sent || errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "context canceled")) {
					t.Errorf("%s: got %+v", how, connection)
				}
				if sent := len(api.Requests()); ctx.Err() == nil || sent != 1 {
					t.Errorf("%s: %d requests were sent, and the context ended with %v", how, sent, ctx.Err())
				}
			})
		}
	}
}
