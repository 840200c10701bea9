package rebilly

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// serve starts api over TLS with HTTP/2 and returns its URL and a transport
// that trusts it.
func serve(t *testing.T, api http.Handler) (string, *http.Transport) {
	t.Helper()
	address, trust := rebillytest.ServeTLS(t, api)
	transport := NewTransport()
	transport.TLSClientConfig = trust
	t.Cleanup(transport.CloseIdleConnections)

	return address, transport
}

func TestAClientSendsItsCredentialAndSaysWhatItIs(t *testing.T) {
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
			if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
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

func TestAnOrganizationIsAPrefixOfThePathAndNoneIsNone(t *testing.T) {
	t.Parallel()
	for organization, want := range map[string]string{
		"":       "/organization-exports/" + exportID,
		"org_eu": "/organizations/org_eu/organization-exports/" + exportID,
	} {
		api := rebillytest.NewFor(t)
		api.Add("org_eu", rebillytest.Completed(exportID, rebillytest.Created))
		client := newTestClient(t, api, func(c *Config) { c.OrganizationID = organization })
		if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
			t.Errorf("organization %q: %v", organization, err)
		}
		if got := api.Requests()[0].Path; got != want {
			t.Errorf("organization %q: the path was %s, want %s", organization, got, want)
		}
	}
}

func TestAPathOfTheBaseURLIsKept(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"https://gateway.example.com/rebilly", "https://gateway.example.com/rebilly/"} {
		api := rebillytest.NewFor(t)
		client := newTestClient(t, http.StripPrefix("/rebilly", api), func(c *Config) { c.BaseURL = base })
		if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestNewClientRefusesWhatTheAPICannotBeCalledWith(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"no credential":         {func(c *Config) { c.Credential = Credential{} }, "credential: the value is empty"},
		"credential with space": {func(c *Config) { c.Credential = JWT(rebillytest.JWT + "\n") }, "credential: the value begins or ends with white space"},
		"no base URL":           {func(c *Config) { c.BaseURL = "" }, "base URL: "},
		"http to another host":  {func(c *Config) { c.BaseURL = "http://api.rebilly.com" }, "base URL: "},
		"organization":          {func(c *Config) { c.OrganizationID = "../admin" }, "organization: "},
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

func TestAClientWithoutATransportConnectsByItself(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(rebillytest.NewFor(t))
	t.Cleanup(server.Close)
	client, err := NewClient(Config{BaseURL: server.URL, Credential: SecretKey(rebillytest.SecretKey)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
		t.Error(err)
	}
}

func TestHTTP2IsSpokenWhereTheHostSpeaksIt(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, transport := serve(t, api)
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, transport })
	if _, err := client.GetOrganizationExport(t.Context(), exportID); err != nil {
		t.Fatal(err)
	}
	if got := api.Requests()[0].Proto; got != "HTTP/2.0" {
		t.Errorf("it came by %s", got)
	}
}

func TestConnectionsAreKeptForTerraformsParallelism(t *testing.T) {
	t.Parallel()
	const parallelism = 50
	api := rebillytest.NewFor(t)
	// Every request of a round waits for all others, so that each has a
	// connection of its own.
	var together sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait()
		api.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = server.URL, nil })

	var dialed atomic.Int32
	for range 3 {
		together.Add(parallelism)
		var readers sync.WaitGroup
		for range parallelism {
			readers.Go(func() {
				ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
					ConnectDone: func(string, string, error) { dialed.Add(1) },
				})
				if _, err := client.GetOrganizationExport(ctx, exportID); err != nil {
					t.Error(err)
				}
			})
		}
		readers.Wait()
	}
	if got := dialed.Load(); got > parallelism {
		t.Errorf("%d connections were made for %d requests, %d at a time", got, 3*parallelism, parallelism)
	}
}

// The environment's proxy is read once in a process, so that this test runs
// itself again in a process that begins with the proxy in its environment.
func TestTheProxyOfTheEnvironmentIsUsed(t *testing.T) {
	t.Parallel()
	const inside = "REBILLY_TEST_BEHIND_PROXY"
	if os.Getenv(inside) != "" {
		client := newTestClient(t, nil, func(c *Config) { c.Transport, c.MaxRetries = nil, 0 })
		if _, err := client.GetOrganizationExport(t.Context(), exportID); err == nil {
			t.Error("the proxy let the request pass")
		}

		return
	}

	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.Method + " " + r.Host)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), inside+"=1", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got := asked.Load(); got != "CONNECT api.rebilly.com:443" {
		t.Errorf("the proxy was asked for %v", got)
	}
}

func TestACertificateThatIsNotTrustedIsNotRetried(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, _ := serve(t, api)
	_, err := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, nil }).GetOrganizationExport(t.Context(), exportID)
	var connection *ConnectionError
	if !errors.As(err, &connection) || connection.Attempts != 1 || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); !ok {
		t.Errorf("the cause is lost: %v", err)
	}
}

func TestAConnectionErrorNamesHostAndAttempts(t *testing.T) {
	t.Parallel()
	// A port that was free a moment ago.
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	host := listener.Addr().String()
	_ = listener.Close()
	client := newTestClient(t, nil, func(c *Config) {
		c.BaseURL, c.Transport, c.MaxRetries = "http://"+host, nil, 2
		c.RetryWaitMin, c.RetryWaitMax = 1, 1
	})
	_, err = client.GetOrganizationExport(t.Context(), exportID)
	if err == nil || !strings.HasPrefix(err.Error(), "no answer from "+host+" after 3 attempts: dial tcp") {
		t.Errorf("got %v", err)
	}
}

func TestAnEncodedBodyIsLimitedByWhatItBecomes(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.OffContract(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("the client does not ask for compression")
		}
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "application/json")
		writeBomb(t, w)
	}))
	address, transport := serve(t, api)
	_, err := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, transport }).GetOrganizationExport(t.Context(), exportID)
	var unexpected *AnswerError
	if !errors.As(err, &unexpected) || !strings.Contains(err.Error(), "larger than the limit of 10 MiB") {
		t.Errorf("got %v", err)
	}
}

func TestNoMoreOfABodyIsReadThanTheLimit(t *testing.T) {
	t.Parallel()
	const whole = 4 * maxBody
	for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusServiceUnavailable} {
		body := strings.NewReader(strings.Repeat(" ", whole))
		client := newTestClient(t, nil, func(c *Config) {
			c.MaxRetries = 0
			c.Transport = roundTripFunc(func(*http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
			})
		})
		if _, err := client.GetOrganizationExport(t.Context(), exportID); err == nil {
			t.Errorf("%d: got an export", status)
		}
		if read := whole - body.Len(); read > maxBody+1 {
			t.Errorf("%d: %d bytes were read", status, read)
		}
	}
}
