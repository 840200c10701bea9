package rebilly

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestNewTransport_pings(t *testing.T) {
	t.Parallel()
	config := NewTransport().HTTP2
	if config == nil || config.SendPingTimeout <= 0 || config.PingTimeout <= 0 {
		t.Fatalf("HTTP/2 connections are not pinged: %+v", config)
	}
	if total := config.SendPingTimeout + config.PingTimeout; total > 15*time.Second {
		t.Errorf("a dead connection is closed after %s, want at most 15s", total)
	}
}

func TestNewTransport_http2(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, transport := serveTLS(t, api)
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, transport })
	if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
		t.Fatal(err)
	}
	if got := api.Requests()[0].Proto; got != "HTTP/2.0" {
		t.Errorf("the protocol was %s", got)
	}
}

func TestTransport_limitsHeaders(t *testing.T) {
	t.Parallel()
	for size, refused := range map[int]bool{maxHeaderBytes / 2: false, 2 * maxHeaderBytes: true} {
		api := rebillytest.NewFor(t)
		address, transport := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Padding", strings.Repeat("x", size))
			api.ServeHTTP(w, r)
		}))
		client := newTestClient(t, api, noRetries, func(c *Config) { c.BaseURL, c.Transport = address, transport })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); (err != nil) != refused {
			t.Errorf("%d bytes: got %v", size, err)
		}
	}
}

// fragileConnection can go silent, as if a firewall dropped its state: nothing that
// either end sends arrives, and nobody closes it.
type fragileConnection struct {
	net.Conn

	silent atomic.Bool
}

func (c *fragileConnection) Read(data []byte) (int, error) {
	for {
		if count, err := c.Conn.Read(data); err != nil || !c.silent.Load() {
			return count, err
		}
	}
}

func (c *fragileConnection) Write(data []byte) (int, error) {
	if c.silent.Load() {
		return len(data), nil
	}

	return c.Conn.Write(data)
}

func TestNewTransport_deadConnection(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	address, transport := serveTLS(t, api)
	dialed := make(chan *fragileConnection, 10)
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := new(net.Dialer).DialContext(ctx, network, address)
		fragile := &fragileConnection{Conn: connection}
		dialed <- fragile

		return fragile, err
	}
	transport.HTTP2.SendPingTimeout, transport.HTTP2.PingTimeout = 50*time.Millisecond, 450*time.Millisecond
	client := newTestClient(t, nil, func(c *Config) {
		c.BaseURL, c.Transport = address, transport
		c.RequestTimeout = 3 * time.Second
		c.RetryWaitMin, c.RetryWaitMax = 1, 1
	})
	for range 2 {
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Fatal(err)
		}
		select {
		case connection := <-dialed:
			connection.silent.Store(true)
		default:
			t.Fatal("a dead connection was used again")
		}
	}
	for _, request := range api.Requests() {
		if request.Proto != "HTTP/2.0" {
			t.Errorf("the protocol was %s", request.Proto)
		}
	}
}

func TestNewTransport_keepsConnections(t *testing.T) {
	t.Parallel()
	const parallelism = 50
	api := rebillytest.NewFor(t)
	// Every request of a round waits for all others, so each needs its own
	// connection.
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
				if _, err := client.GetOrganizationExport(ctx, "", exportID); err != nil {
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

// net/http reads the proxy's variables once in a process. The test runs itself
// again, in a process that has them.
func TestNewTransport_proxy(t *testing.T) {
	t.Parallel()
	const inside = "REBILLY_TEST_BEHIND_PROXY"
	if os.Getenv(inside) != "" {
		client := newTestClient(t, nil, noRetries, func(c *Config) { c.Transport = nil })
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err == nil {
			t.Error("the proxy let the request pass")
		}

		return
	}

	var received atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received.Store(r.Method + " " + r.Host)
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(proxy.Close)
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	command.Env = append(os.Environ(), inside+"=1", "HTTPS_PROXY="+proxy.URL, "NO_PROXY=")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got := received.Load(); got != "CONNECT api.rebilly.com:443" {
		t.Errorf("the proxy received %v", got)
	}
}

func TestTransport_postOverHTTP2(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		faults  []rebillytest.Fault
		timeout time.Duration
		want    string
	}{
		"response":    {nil, time.Minute, ""},
		"no response": {[]rebillytest.Fault{rebillytest.Hang()}, 200 * time.Millisecond, "no response within the request timeout of 200ms"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.Fail(test.faults...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			address, transport := serveTLS(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				cancel()
				api.ServeHTTP(w, r)
			}))
			client := newTestClient(t, nil, func(c *Config) {
				c.BaseURL, c.Transport, c.RequestTimeout = address, transport, test.timeout
			})
			_, err := client.CreateOrganizationExport(ctx, "", CreateOptions{})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !MayHaveActed(err)):
				t.Errorf("got %v, want %s", err, test.want)
			}
			if requests := api.Requests(); len(requests) != 1 || requests[0].Proto != "HTTP/2.0" {
				t.Errorf("got the requests %+v, want one over HTTP/2", requests)
			}
		})
	}
}

func TestTransport_logsEveryAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := rebillytest.NewFor(t)
		broken := errors.New("read tcp: broken by " + rebillytest.SecretKey)
		api.Fail(
			rebillytest.RespondWith(func(w http.ResponseWriter, _ *http.Request) {
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
		if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Fatal(err)
		}

		mustNotShow(t, "the log", log.String())
		lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(log.String()), "\n"), func(line string) bool {
			return strings.Contains(line, `"level":"WARN","msg":"Retrying a Rebilly API request","delay":`) && strings.Contains(line, `,"error":"`)
		})
		if retries := strings.Count(log.String(), "\n") - len(lines); len(lines) != 3 || retries != 2 {
			t.Fatalf("got %d lines about attempts and %d about retries:\n%s", len(lines), retries, log.String())
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
			if _, ok := line["duration"]; !ok {
				t.Errorf("line %d has no duration", i)
			}
		}
	})
}

// A credential that was pasted as an ID is a part of the path.
func TestTransport_hidesTheCredentialInThePath(t *testing.T) {
	t.Parallel()
	const secret = "key-of-an-older-kind"
	var log logBuffer
	client := newTestClient(t, rebillytest.NewFor(t), func(c *Config) {
		c.Logger, c.Credential = log.logger(), SecretKey(secret)
	})
	if _, err := client.GetOrganizationExport(t.Context(), "", secret); err == nil {
		t.Error("there is an export")
	}
	if !strings.Contains(log.String(), "/organization-exports/***") {
		t.Errorf("got the log %s", log.String())
	}
	if strings.Contains(log.String(), secret) {
		t.Errorf("the log shows the credential: %s", log.String())
	}
}

func TestClient_redirectOnTheSameHost(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"/organization-exports/" + exportID,
		LiveBaseURL + "/organization-exports/" + exportID,
		"https://API.rebilly.com:443/organization-exports/" + exportID,
	} {
		api := rebillytest.NewFor(t)
		api.Fail(rebillytest.Redirect(http.StatusTemporaryRedirect, target))
		if _, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID); err != nil {
			t.Errorf("%s: %v", target, err)
		}
		if sent := len(api.Requests()); sent != 2 {
			t.Errorf("%s: %d requests were sent", target, sent)
		}
	}
}

func TestClient_redirectRefused(t *testing.T) {
	t.Parallel()
	const elsewhere = "it is another host, which would receive the credential"
	tests := map[string]struct{ target, host, reason string }{
		"another host":         {"https://collector.example.com/x?key=" + rebillytest.SecretKey, "https://collector.example.com:443", elsewhere},
		"subdomain":            {"https://eu.api.rebilly.com/x", "https://eu.api.rebilly.com:443", elsewhere},
		"another port":         {"https://api.rebilly.com:8443/x", "https://api.rebilly.com:8443", elsewhere},
		"from https to http":   {"http://api.rebilly.com/x", "http://api.rebilly.com:80", "the connection would not be encrypted"},
		"credential in a host": {"https://" + rebillytest.SecretKey + ".example.com/", "https://***.example.com:443", elsewhere},
		"loop":                 {"/organization-exports/" + exportID, "https://api.rebilly.com:443", "there were too many redirects"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Redirect(http.StatusFound, test.target))
			_, err := newTestClient(t, api).GetOrganizationExport(t.Context(), "", exportID)
			refused, ok := errors.AsType[*RedirectError](err)
			if !ok || refused.Target != test.host || err.Error() != "refused to follow a redirect to "+test.host+": "+test.reason {
				t.Fatalf("got %v", err)
			}
			if sent := len(api.Requests()); sent > maxRedirects+1 {
				t.Errorf("%d requests were sent", sent)
			}
			mustNotShow(t, "the error", err.Error())
		})
	}
}

func TestClient_redirectSendsNothingToOtherHost(t *testing.T) {
	t.Parallel()
	other := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the other host received %s with %v", r.URL, r.Header)
	}))
	t.Cleanup(other.Close)
	api := rebillytest.NewFor(t)
	api.FailAlways(rebillytest.Redirect(http.StatusFound, other.URL+"/steal"))
	address, transport := serveTLS(t, api)
	transport.TLSClientConfig.RootCAs.AddCert(other.Certificate())
	client := newTestClient(t, api, func(c *Config) { c.BaseURL, c.Transport = address, transport })
	if _, err := client.GetOrganizationExport(t.Context(), "", exportID); err == nil {
		t.Error("the redirect of a GET was followed")
	}
	if _, err := client.CreateOrganizationExport(t.Context(), "", CreateOptions{}); err == nil {
		t.Error("the redirect of a POST was followed")
	}
}
