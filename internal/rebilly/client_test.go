package rebilly

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestNewClient_invalid(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"no credential":                {func(c *Config) { c.Credential = Credential{} }, "credential: the value is empty"},
		"credential with a newline":    {func(c *Config) { c.Credential = JWT(rebillytest.JWT + "\n") }, "credential: the value begins or ends with whitespace"},
		"no base URL":                  {func(c *Config) { c.BaseURL = "" }, "base URL: "},
		"http base URL":                {func(c *Config) { c.BaseURL = "http://api.rebilly.com" }, "base URL: "},
		"base URL with a password":     {func(c *Config) { c.BaseURL = "https://user:" + rebillytest.SecretKey + "@api.rebilly.com" }, "base URL: "},
		"base URL with a bad password": {func(c *Config) { c.BaseURL = "https://user:" + rebillytest.SecretKey + "@[api" }, "base URL: "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := Config{BaseURL: LiveBaseURL, Credential: SecretKey(rebillytest.SecretKey)}
			test.change(&config)
			_, err := NewClient(config)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			mustNotShow(t, "the error", err.Error())
		})
	}
}

func TestNewClient_defaultTransport(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(rebillytest.NewFor(t))
	t.Cleanup(server.Close)
	client, err := NewClient(Config{BaseURL: server.URL, Credential: SecretKey(rebillytest.SecretKey)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
		t.Error(err)
	}
}

func TestClient_headers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		credential         Credential
		key, authorization string
	}{
		"secret key": {SecretKey(rebillytest.SecretKey), rebillytest.SecretKey, ""},
		"JWT":        {JWT(rebillytest.JWT), "", "Bearer " + rebillytest.JWT},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			client := newTestClient(t, api, func(c *Config) {
				c.Credential = test.credential
				c.UserAgent = "Terraform/1.11.4 terraform-provider-rebilly/1.0.0"
			})
			if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{
				"REB-APIKEY":    test.key,
				"Authorization": test.authorization,
				"Accept":        "application/json",
				"User-Agent":    "Terraform/1.11.4 terraform-provider-rebilly/1.0.0",
				"Content-Type":  "",
			}
			for name, value := range want {
				if got := api.Requests()[0].Header.Get(name); got != value {
					t.Errorf("%s was %q, want %q", name, got, value)
				}
			}
		})
	}
}

func TestClient_baseURLWithPath(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"https://gateway.example.com/rebilly", "https://gateway.example.com/rebilly/"} {
		api := rebillytest.NewFor(t)
		client := newTestClient(t, http.StripPrefix("/rebilly", api), func(c *Config) { c.BaseURL = base })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestClient_baseURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		LiveBaseURL:                              LiveBaseURL,
		LiveBaseURL + "/":                        LiveBaseURL,
		"HTTPS://API.Rebilly.com":                LiveBaseURL,
		"https://Gateway.example.com:8443/A/b//": "https://gateway.example.com:8443/A/b",
		"https://gateway.example.com/a%2Fb/":     "https://gateway.example.com/a%2Fb",
		"http://LOCALHOST:8080/":                 "http://localhost:8080",
	} {
		client := newTestClient(t, nil, func(c *Config) { c.BaseURL = address })
		if got := client.BaseURL(); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}

func TestClient_connectionError(t *testing.T) {
	t.Parallel()
	// A port that was free a moment ago.
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := listener.Addr().String()
	_ = listener.Close()
	client := newTestClient(t, nil, func(c *Config) {
		c.BaseURL, c.Transport, c.MaxRetries = "http://"+host, nil, 2
		c.RetryWaitMin, c.RetryWaitMax = 1, 1
	})
	_, err = client.GetOrganizationExport(t.Context(), "", exportID)
	if err == nil || !strings.HasPrefix(err.Error(), "no response from "+host+" after 3 attempts: dial tcp") {
		t.Errorf("got %v", err)
	}
	if connection, ok := errors.AsType[*ConnectionError](err); !ok || connection.Sent || connection.Permanent || connection.Host != host {
		t.Errorf("got %+v", connection)
	}
}

func TestClient_untrustedCertificate(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := serveTLS(t, api)
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, nil })
	_, err := client.GetOrganizationExport(t.Context(), "", exportID)
	connection, ok := errors.AsType[*ConnectionError](err)
	if !ok || connection.Attempts != 1 || !connection.Permanent || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("the cause is missing: %v", err)
	}
}

func TestClient_requestTimeout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		operation func(context.Context, *Client) error
		retries   int
	}{
		"GET": {func(ctx context.Context, client *Client) error {
			_, err := client.GetOrganizationExport(ctx, "", exportID)

			return err
		}, 0},
		// A POST that was sent is not retried.
		"POST": {func(ctx context.Context, client *Client) error {
			_, err := client.CreateOrganizationExport(ctx, "", CreateOptions{})

			return err
		}, DefaultMaxRetries},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.FailAlways(rebillytest.Hang())
				_, inMemory := serveInMemory(t, api)
				client := newTestClient(t, api, inMemory, func(c *Config) {
					c.RequestTimeout, c.MaxRetries = 7*time.Second, test.retries
				})
				start := time.Now()
				err := test.operation(t.Context(), client)
				if elapsed := time.Since(start); elapsed != 7*time.Second {
					t.Errorf("ended after %s", elapsed)
				}
				connection, ok := errors.AsType[*ConnectionError](err)
				if !ok || !connection.Sent || connection.Attempts != 1 || !strings.Contains(err.Error(), "no response within the request timeout of 7s") {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestClient_deadline(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		faults   []rebillytest.Fault
		deadline time.Duration
		want     string
	}{
		"passed before":    {nil, -time.Second, "no usable response from api.rebilly.com within the time allowed"},
		"in an attempt":    {[]rebillytest.Fault{rebillytest.Hang()}, time.Second, "no usable response from api.rebilly.com within the time allowed, after 1 attempt"},
		"between attempts": {[]rebillytest.Fault{rebillytest.Problem(502, "Bad Gateway", "")}, 300 * time.Millisecond, "no usable response from api.rebilly.com within the time allowed, after 1 attempt; the last status code was 502"},
		"in a retry":       {[]rebillytest.Fault{withHeader(503, "Retry-After", "60"), rebillytest.Hang()}, 80 * time.Second, "no usable response from api.rebilly.com within the time allowed, after 2 attempts; the last status code was 503"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := rebillytest.NewFor(t)
				api.Fail(test.faults...)
				ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
				defer cancel()
				start := time.Now()
				_, err := newTestClient(t, api).GetOrganizationExport(ctx, "", exportID)
				if _, ok := errors.AsType[*DeadlineError](err); !ok || err.Error() != test.want {
					t.Errorf("got %v, want %s", err, test.want)
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v is not context.DeadlineExceeded", err)
				}
				if elapsed := time.Since(start); elapsed != max(test.deadline, 0) {
					t.Errorf("ended after %s", elapsed)
				}
			})
		})
	}
}

// operations calls each operation for one organization.
var operations = map[string]func(context.Context, *Client, string) error{
	"get": func(ctx context.Context, client *Client, organization string) error {
		_, err := client.GetOrganizationExport(ctx, organization, exportID)

		return err
	},
	"list": func(ctx context.Context, client *Client, organization string) error {
		_, err := client.ListOrganizationExports(ctx, organization, ListOptions{})

		return err
	},
	"list all": func(ctx context.Context, client *Client, organization string) error {
		_, err := client.ListAllOrganizationExports(ctx, organization, ListOptions{})

		return err
	},
	"create": func(ctx context.Context, client *Client, organization string) error {
		_, err := client.CreateOrganizationExport(ctx, organization, CreateOptions{})

		return err
	},
	"get file": func(ctx context.Context, client *Client, organization string) error {
		_, err := client.GetFile(ctx, organization, fileID)

		return err
	},
	"wait": func(ctx context.Context, client *Client, organization string) error {
		export := &OrganizationExport{ID: exportID, Status: StatusQueued}
		_, err := client.WaitForOrganizationExport(ctx, organization, export, nil)

		return err
	},
}

func TestClient_organizationOfEveryCall(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			for _, organization := range []string{"org_eu", "org_us"} {
				api.Add(organization, rebillytest.Completed(exportID, rebillytest.Created))
			}
			client := newTestClient(t, api, func(c *Config) { c.PollWaitMin, c.PollWaitMax = 1, 1 })
			for i, organization := range []string{"org_eu", "", "org_us", "org_eu"} {
				if err := operation(t.Context(), client, organization); err != nil {
					t.Fatalf("%q: %v", organization, err)
				}
				want := "/organization-exports"
				switch name {
				case "get", "wait":
					want += "/" + exportID
				case "get file":
					want = "/files/" + fileID
				}
				if organization != "" {
					want = "/organizations/" + organization + want
				}
				if got := api.Requests()[i].Path; got != want {
					t.Errorf("%q: the path was %s, want %s", organization, got, want)
				}
			}
		})
	}
}

func TestClient_invalidOrganizationSendsNothing(t *testing.T) {
	t.Parallel()
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			client := newTestClient(t, api, func(c *Config) { c.PollWaitMin, c.PollWaitMax = 1, 1 })
			for _, organization := range []string{".", "..", "a/b", "../admin", "a b", strings.Repeat("x", 51)} {
				err := operation(t.Context(), client, organization)
				if err == nil || !strings.HasPrefix(err.Error(), "organization: the ID ") || MayHaveActed(err) {
					t.Errorf("%q: got %v", organization, err)
				}
			}
			if sent := len(api.Requests()); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
}

// interruptions return a context and a function that ends it.
var interruptions = map[string]func(context.Context) (context.Context, func()){
	"canceled": func(ctx context.Context) (context.Context, func()) {
		return context.WithCancel(ctx)
	},
	"deadline": func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithTimeout(ctx, time.Second)

		return ctx, func() {
			<-ctx.Done()
			cancel()
		}
	},
}

func TestClient_postInterrupted(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault func(*rebillytest.API) rebillytest.Fault
		want  string // A regular expression; "" means that the export is returned.
	}{
		"export returned":   {nil, ``},
		"connection broken": {rebillytest.CutAfterActing, `^no response from api\.rebilly\.com after 1 attempt: EOF$`},
		"no response": {
			func(*rebillytest.API) rebillytest.Fault { return rebillytest.Hang() },
			`^no response from api\.rebilly\.com after 1 attempt: no response within the request timeout of 30s`,
		},
		"body broken": {rebillytest.CutBodyAfterActing, `^export "org_exp_\w+" was requested and could not be read: `},
	}
	for name, test := range tests {
		for how, begin := range interruptions {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := rebillytest.NewFor(t)
					if test.fault != nil {
						api.Fail(test.fault(api))
					}
					ctx, interrupt := begin(t.Context())
					_, inMemory := serveInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						interrupt()
						synctest.Wait() // The client has done what it does about it.
						api.ServeHTTP(w, r)
					}))
					export, err := newTestClient(t, nil, inMemory).CreateOrganizationExport(ctx, "", CreateOptions{})
					switch {
					case test.want == "" && (err != nil || export.Status != StatusQueued):
						t.Errorf("got %+v and %v", export, err)
					case test.want != "" && (err == nil || export != nil || !MayHaveActed(err) || !regexp.MustCompile(test.want).MatchString(err.Error())):
						t.Errorf("got %+v and %v, want %s", export, err, test.want)
					}
					connection, ok := errors.AsType[*ConnectionError](err)
					if ok && (!connection.Sent || errors.Is(err, context.Canceled) || strings.Contains(err.Error(), "context canceled")) {
						t.Errorf("got %+v", connection)
					}
					if ctx.Err() == nil {
						t.Error("the context did not end")
					}
					if sent := len(api.Requests()); sent != 1 {
						t.Errorf("%d requests were sent, want 1", sent)
					}
				})
			})
		}
	}
}
